"""A library in one SQLite file: transactions, rows, locks beside the file.

Knows tables and columns by name only; knows nothing of documents.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from infinidoc.store.backend import Row
from infinidoc.store.connection import (
    bindable,
    compact,
    file_lock,
    is_read_only,
    legible,
    open_database,
    translated,
)
from infinidoc.store.index import Index

_CHECK = "insert into passages_fts (passages_fts, rank) values ('integrity-check', 1)"


class SQLite:
    """An open library file, or a library in memory."""

    def __init__(self, path: Path | None, db: Database) -> None:
        self.path = path
        self.db = db
        self.index = Index(db)

    @classmethod
    def open(cls, path: Path | None) -> SQLite:
        return cls(path, open_database(path))

    def close(self) -> None:
        self.index.close()
        self.db.close()

    @property
    def is_read_only(self) -> bool:
        return is_read_only(self.db.conn)

    # -- transactions ----------------------------------------------------------------------

    def translated(self) -> AbstractContextManager[None]:
        return translated(self.path)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The turn is taken before anything is read, so nothing that was read is stale when it
        comes to writing."""
        if self.db.conn.in_transaction:
            with self.db.atomic():
                yield
            return
        self.db.conn.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have rewritten the file (VACUUM): the schema is read anew here,
            # not by the first statement that deletes through a foreign key or the index.
            self.db.conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            yield
            self.db.conn.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the first error is the one to tell
                self.db.rollback()
            raise

    @contextmanager
    def one_state(self) -> Iterator[None]:
        if self.db.conn.in_transaction:
            yield
            return
        with translated(self.path):
            self.db.conn.execute("BEGIN")
            try:
                yield
            finally:
                self.db.rollback()

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """A library in memory has no other process to be locked against."""
        if self.path is None:
            yield
            return
        purpose = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:16]
        with file_lock(self.path, purpose, 0):
            yield

    # -- rows ------------------------------------------------------------------------------

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return list(self.each(sql, values))

    def each(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        with translated(self.path), legible(self.path):
            yield from self.db.query(sql, bindable(values))

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        self.db.conn.execute(sql, bindable(values))

    def insert(
        self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]], replace: bool
    ) -> int | None:
        columns = ", ".join(f'"{name}"' for name in names)
        verb = "insert or replace" if replace else "insert"
        sql = f"{verb} into {table} ({columns}) values ({', '.join('?' * len(names))})"
        last = None
        for row in rows:
            last = self.db.conn.execute(sql, row).lastrowid
        return last

    def columns(self, table: str) -> list[str]:
        return list(self.db[table].columns_dict)

    def blob(self, table: str, sha256: str) -> bytes | None:
        sql = f"select blob from {table} where sha256 = ? and length(blob) > 0 limit 1"
        held = self.rows(sql, [sha256])
        return held[0]["blob"] if held else None

    # -- the index of words ----------------------------------------------------------------

    @contextmanager
    def _searching(self) -> Iterator[Index]:
        """The index, as it is at one moment."""
        with translated(self.path), legible(self.path):
            self.index.open()
            with self.one_state():
                yield self.index

    def search(self, borders: dict[int, int], words: Sequence[str], limit: int) -> list[Row]:
        with self._searching() as index:
            return index.search(borders, words, limit)

    def matching(self, document: int, words: Sequence[str], last: int) -> list[Row]:
        with self._searching() as index:
            return index.matching(document, words, last)

    def count(self, word: str, limit: int) -> int:
        with translated(self.path), legible(self.path):
            return self.index.count(word, limit)

    def best(self, words: Sequence[str], every: bool, limit: int) -> list[Row]:
        with translated(self.path), legible(self.path):
            return self.index.best(words, every, limit)

    def forget(self) -> None:
        """The index forgets words when its parts are merged into one; what is deleted from the
        file is overwritten (`connection.adopt`)."""
        self.run("insert into passages_fts (passages_fts) values ('optimize')")

    # -- checks ----------------------------------------------------------------------------

    def index_agrees(self) -> bool:
        """FTS5's own check. It is spelled as an insert: a library to be read is copied for it."""
        with translated(self.path), legible(self.path):
            try:
                if self.is_read_only:
                    with closing(sqlite3.connect("")) as copy:
                        self.db.conn.backup(copy)
                        copy.execute(_CHECK)
                    return True
                with self.turn():
                    self.db.conn.execute(_CHECK)
            except sqlite3.OperationalError:
                raise  # locked or read-only: that says nothing about the index
            except sqlite3.DatabaseError:
                return False
        return True

    def is_as_made(self) -> bool:
        """Whether every table, index, view and trigger is there as in a new library, with what
        it belongs to and the words it was created with; tables of others are left alone."""
        with closing(SQLite.open(None)) as fresh:
            made = fresh.schema()
        names = {name for entry in made for name in entry[1:3]}
        ours = {e for e in self.schema() if names & {*e[1:3]} or (e[0] != "table" and e[3])}
        return ours == made

    def schema(self) -> set[tuple[str, str, str, str | None]]:
        """Type, name, table and words of everything that was created."""
        rows = self.rows("select type, name, tbl_name, sql from sqlite_master")
        return {(row["type"], row["name"], row["tbl_name"], row["sql"]) for row in rows}

    def problems(self) -> Iterator[str]:
        for row in self.rows("pragma integrity_check"):
            if row["integrity_check"] != "ok":
                yield f"sqlite: {row['integrity_check']}"
        for row in self.rows("pragma foreign_key_check"):
            yield f"a row of {row['table']} belongs to no document"

    def compact(self) -> bool:
        return compact(self.db.conn)
