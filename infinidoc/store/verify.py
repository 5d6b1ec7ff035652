"""Reads a library back and says what disagrees: SQLite's own checks, then ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from infinidoc.store.store import Store, digest


def verify(store: Store) -> Iterator[str]:
    """One line per thing that is wrong; nothing if all is well."""
    yield from _sqlite(store)
    for document in store.documents():
        name = document["name"]
        yield from (f"{name}: {line}" for line in _text(store, document["id"]))
        yield from (f"{name}: {line}" for line in _blobs(store, document["id"]))


def _sqlite(store: Store) -> Iterator[str]:
    for row in store._rows("pragma integrity_check"):
        if row["integrity_check"] != "ok":
            yield f"sqlite: {row['integrity_check']}"
    for row in store._rows("pragma foreign_key_check"):
        yield f"a row of {row['table']} belongs to no document"
    try:
        store.db.conn.execute(
            "insert into passages_fts (passages_fts, rank) values ('integrity-check', 1)"
        )
    except sqlite3.Error:
        yield "the full-text index disagrees with the text"


def _text(store: Store, document: int) -> Iterator[str]:
    """Pages follow one another without a gap, and segments cover what was read."""
    at = 0
    for page in store.pages(document):
        if page["start"] != at or page["end"] - page["start"] != len(page["text"]):
            yield f"page {page['number']}: its text is not where it should be"
        at = page["end"]
    for segment in store.segments(document):
        if segment["end"] > at:
            yield f"segment {segment['number']}: lies beyond the text"


def _blobs(store: Store, document: int) -> Iterator[str]:
    for table, key in (("memories", "role"), ("snapshots", "tokens")):
        sql = f"select {key} as key, blob, sha256 from {table} where document = ?"
        for row in store._rows(sql, [document]):
            if digest(row["blob"]) != row["sha256"]:
                yield f"{table} {row['key']}: damaged"
