"""Keeps what was asked about a document and what was replied: a log, only ever added to.

The replies are the reader's, not the document's: they go when the document is removed, and
an exported document does not carry them.
"""

from __future__ import annotations

from infinidoc.store.store import Row, Store


def add_reply(store: Store, document: int, reply: Row) -> None:
    """One question (question, answer, kind, page, start, end) with given, grade and asked."""
    store._insert("replies", [{"document": document, **reply}])


def replies(store: Store, document: int) -> list[Row]:
    """All replies about the document, the oldest first."""
    return store._rows("select * from replies where document = ? order by asked, id", [document])
