"""What source text says of itself: definitions, references, entry points.

`syntax` parses (Python by the standard library, JavaScript and TypeScript by tree-sitter),
`definitions` finds what a text defines and remarks, `lookup` looks names up in the pages of
a document, `outline` describes a repository from them. No model is asked.
"""
