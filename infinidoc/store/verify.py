"""Reads a library back and says what disagrees: SQLite's own checks, then ours.

Changes nothing. A line names documents, pages and tables, never text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from infinidoc.store.connection import legible, translated
from infinidoc.store.digests import COLUMN, TABLES, row_digest
from infinidoc.store.store import Row, Store, digest
from infinidoc.store.textless import STATUS


def verify(store: Store) -> Iterator[str]:
    """One line per thing that is wrong; nothing if all is well.

    Everything is looked at as it was at one moment; the index, which SQLite checks by itself,
    a moment before.
    """
    if not _index_agrees(store):
        yield "the full-text index disagrees with the text"
    with store.one_state():
        with Store(None) as fresh:
            if schema(store) != schema(fresh):
                yield "its tables, views, triggers or indexes are not as they were made"
        yield from _sqlite(store)
        for document in store._rows("select * from documents order by id"):
            for line in _document(store, document):
                yield f"{document['name']}: {line}"


def schema(store: Store) -> set[tuple[str, str, str]]:
    """Our tables, and every view, trigger and index, with the words they were created with."""
    names = ", ".join(f"'{table}'" for table in (*TABLES, "passages_fts"))
    sql = "select type, name, sql from sqlite_master where sql is not null and (name in"
    rows = store._rows(f"{sql} ({names}) or type in ('view', 'trigger', 'index'))")
    return {(row["type"], row["name"], row["sql"]) for row in rows}


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
        names = ", ".join(f'"{n}"' for n in store.db[table].columns_dict if n != "blob")
        sql = f"select {names} from {table} where document = ?"
        with translated(store.path), legible(store.path):
            rows = store.db.query(sql, [document["id"]])
            count = sum(row_digest(row) != row[COLUMN] for row in rows)
        if count:
            yield f"{table}: {count} rows are not what was written"


def _sqlite(store: Store) -> Iterator[str]:
    for row in store._rows("pragma integrity_check"):
        if row["integrity_check"] != "ok":
            yield f"sqlite: {row['integrity_check']}"
    for row in store._rows("pragma foreign_key_check"):
        yield f"a row of {row['table']} belongs to no document"


def _index_agrees(store: Store) -> bool:
    """FTS5's own check. It is spelled as an insert: a library to be read is copied for it."""
    check = "insert into passages_fts (passages_fts, rank) values ('integrity-check', 1)"
    with translated(store.path), legible(store.path):
        try:
            if store.is_read_only:
                with closing(sqlite3.connect("")) as copy:
                    store.db.conn.backup(copy)
                    copy.execute(check)
                return True
            with store.turn():
                store.db.conn.execute(check)
        except sqlite3.OperationalError:
            raise  # locked or read-only: that says nothing about the index
        except sqlite3.DatabaseError:
            return False
    return True


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
    except (TypeError, ValueError):  # TypeError: a damaged file can hold NULL
        return False
    return True
