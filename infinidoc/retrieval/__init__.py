"""Evidence: what of a document bears on a question, each with its place.

`retriever` ranks passages by their words (BM25 in the store's index) and by meaning (the
adapter's embedder); `mentions` finds words in the whole text, page by page, and `proper_names`
its names, as `text.names` tells them; `numbered_sections` are those that a question names by their
number, `unknown` what it names and no text does; `noun_phrases` are the things that a word is said
of; `page_sentences` are those of stored pages; `evidence` is
a passage with its page, label, path and line, which are looked up and never generated;
`memory_at` fetches the document's memory as it was at a place.
"""
