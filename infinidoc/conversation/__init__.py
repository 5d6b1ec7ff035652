"""Questions in turn: a conversation is a document, with a memory of its own.

`chat` asks and answers in turn; `followup` tells what a question leans on of those before it;
`conversation` keeps what is said as pages of a document, at once.
"""
