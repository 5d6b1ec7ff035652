"""Files of data as tables and as trees of keys, each value with the line it stands on.

`files` finds them in a document, `trees` and `sql` parse them, `tables` and `keys` are what a
question can be matched with. Knows no question; names are cut into pieces as those are.
"""
