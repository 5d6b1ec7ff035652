"""What the trees of source text define: names, lines, defaults, what belongs to what.

`syntax` parses Python by the standard library, `grammars` all else by tree-sitter, `queries` says
what a definition is in each language, `preprocessor` mends what no grammar reads, `tags` is what a
tree defines.
"""
