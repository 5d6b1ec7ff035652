"""Questions that are answered from the rows and keys of data, exactly.

What a question says is matched with the names that the document has (`naming`, `filters`) and
answered by rows (`rows_asked`) or by a key (`keys_asked`). Where a word names nothing of the
document, or several things, nothing is answered here.
"""
