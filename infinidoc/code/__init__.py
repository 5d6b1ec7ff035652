"""What source text says of itself: definitions, references, entry points.

`syntax` parses Python by the standard library, `grammars` all else by tree-sitter, `queries` says
what a definition is in each language, `preprocessor` takes out what no grammar reads, `tags` is
what a tree defines. `definitions` finds what a text defines and remarks, `lookup` looks names up
in the pages of a document, `outline` describes a repository from them. No model is asked.
"""
