"""Summaries that can be checked: every sentence with its page.

`sections` cuts a document into chapters or shares of its pages; for each `extractive` chooses
sentences that stand in the text and `abstractive` keeps what the model wrote and the passages
bear out; `summary` puts the sections together and keeps them in the store.
"""
