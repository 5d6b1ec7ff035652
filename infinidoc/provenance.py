"""Tells whether a source has been read before: which document it is already.

A document out of another library's file says of itself what it was read from; it is taken at
its word only once its text is found to be the source's.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from infinidoc.store import Store

if TYPE_CHECKING:
    from infinidoc.reading import Source

Row = dict[str, Any]


def find_read(store: Store, source: Source, identity: Row | None = None) -> Row | None:
    """The latest document with this content (read by this model, if one is given)."""
    return next(all_read(store, source, identity), None)


def all_read(store: Store, source: Source, identity: Row | None = None) -> Iterator[Row]:
    """The documents with this content (read by this model, if one is given), the latest first."""
    for row in store.with_content(source.sha256):
        if identity in (None, row["identity"]) and is_read_from(store, row, source):
            yield row


def is_read_from(store: Store, row: Row, source: Source) -> bool:
    """Whether a document's text is the source's; of one that was read here this is known."""
    if row["imported"] is None:
        return True
    if row["status"] == "reading" or len(store.parts(row["id"])) != 1:
        return False
    pairs = zip_longest(store.pages(row["id"]), source.pages())
    if not all(ours and theirs and ours["text"] == theirs.text for ours, theirs in pairs):
        return False
    store.update_document(row["id"], imported=None)
    return True


def remove(store: Store, row: Row) -> None:
    """Forget a document, unless another process is at work on it."""
    with store.lock(row["name"]):
        store.remove(row["id"])
