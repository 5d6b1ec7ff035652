"""Reads a library back and says what disagrees: the database's own checks, then ours.

Changes nothing. A line names documents, pages and tables, never text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from infinidoc.store.backend import Row
from infinidoc.store.digests import COLUMN, TABLES, row_digest
from infinidoc.store.store import Store, digest
from infinidoc.store.textless import STATUS


def verify(store: Store) -> Iterator[str]:
    """One line per thing that is wrong; nothing if all is well.

    Everything is looked at as it was at one moment; the index, which is checked by itself, a
    moment before.
    """
    if not store.backend.index_agrees():
        yield "the full-text index disagrees with the text"
    with store.one_state():
        if not store.backend.is_as_made():
            yield "its tables, views, triggers or indexes are not as they were made"
        yield from store.backend.problems()
        for document in store._rows("select * from documents order by id"):
            for line in _document(store, document):
                yield f"{document['name']}: {line}"


def _document(store: Store, document: Row) -> list[str]:
    """What is wrong with a document; that a row has changed only if nothing says how."""
    key = document["id"]
    found = [*_record(document), *_text(store, document), *_blobs(store, key)]
    return found or list(_changed_rows(store, document))


def _changed_rows(store: Store, document: Row) -> Iterator[str]:
    """Tables with rows that are not what was written."""
    if row_digest(document) != document[COLUMN]:
        yield "its record is not what was written"
    for table in TABLES[1:]:
        names = ", ".join(f'"{n}"' for n in store.backend.columns(table) if n != "blob")
        sql = f"select {names} from {table} where document = ?"
        rows = store.backend.each(sql, [document["id"]])
        count = sum(row_digest(row) != row[COLUMN] for row in rows)
        if count:
            yield f"{table}: {count} rows are not what was written"


def _record(document: Row) -> Iterator[str]:
    for column in ("identity", "warnings"):
        if not _is_json(document[column]):
            yield f"its {column} cannot be read"


def _text(store: Store, document: Row) -> Iterator[str]:
    """Pages follow one another without a gap, and segments cover what was read."""
    at = count = 0
    textless = document["status"] == STATUS
    for page in store.pages(document["id"]):
        count += 1
        length = 0 if textless else page["end"] - page["start"]
        if page["start"] != at or length != len(page["text"]):
            yield f"page {page['number']}: its text is not where it should be"
        elif not _passages_agree(store, document["id"], page):
            yield f"page {page['number']}: its text and its passages disagree"
        at = page["end"]
    for unit, there in (("pages", count), ("characters", at)):
        if there != document[unit]:
            yield f"{there} {unit} are there, {document[unit]} were read"
    for segment in store.segments(document["id"]):
        if segment["end"] > at:
            yield f"segment {segment['number']}: lies beyond the text"


def _passages_agree(store: Store, document: int, page: Row) -> bool:
    """The text is kept twice, as a page and as passages: a byte flipped in one is seen."""
    number, start = page["number"], page["start"]
    left = page["text"]
    sql = (
        'select start, "end", text from passages where document = ? and page = ? '
        "order by start desc"
    )
    for row in store._rows(sql, [document, number]):
        low, high = row["start"] - start, row["end"] - start
        if low < 0 or page["text"][low:high] != row["text"]:
            return False
        left = left[:low] + left[high:]
    return not left.strip()  # blank stretches are no passage


def _blobs(store: Store, document: int) -> Iterator[str]:
    for table, key in (("memories", "role"), ("snapshots", "tokens")):
        sql = f"select {key} as key, header, blob, sha256 from {table} where document = ?"
        for row in store._rows(sql, [document]):
            blob = store.with_bytes(table, row)["blob"]
            if digest(blob) != row["sha256"] or not _is_json(row["header"]):
                yield f"{table} {row['key']}: damaged"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (TypeError, ValueError, RecursionError):  # TypeError: a damaged file can hold NULL
        return False
    return True
