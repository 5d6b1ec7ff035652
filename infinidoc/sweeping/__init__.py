"""Questions that need the whole text: counts, lists, comparisons, first and last mentions.

`routing` chooses how a question is answered, by its kind (`questions`). A `search` is one document
as far as it may be known, with what a question names in it. A finder (`counting`, `listing`,
`places`, `comparison`, `symbols`) is a function that goes through one and yields findings;
`finders` says which is for which kind. `assembled` is the one frame that puts findings together;
`several_documents` has the finders of many documents. `structure` knows strings and rows only.
"""
