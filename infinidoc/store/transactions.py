"""Rows in and out of the library file: transactions, locks, and a digest in every row.

Knows tables and columns by name only; knows nothing of documents.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from infinidoc.errors import Busy
from infinidoc.store.connection import (
    bindable,
    file_lock,
    is_read_only,
    legible,
    open_database,
    translated,
)
from infinidoc.store.digests import COLUMN, row_digest

Row = dict[str, Any]


class Transactions:
    """An open library file. Every method is one transaction, or part of the one it is in."""

    def __init__(self, path: Path | str | None) -> None:
        self.path = None if path is None else Path(path)
        self.db = open_database(self.path)

    def close(self) -> None:
        self.db.close()

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written: the medium or the permissions do not allow it."""
        return is_read_only(self.db.conn)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing; may be nested. One writer at a time: the others wait for their turn.

        The turn is taken before anything is read, so nothing that was read is stale when it
        comes to writing.
        """
        with translated(self.path), self.turn():
            yield

    @contextmanager
    def turn(self) -> Iterator[None]:
        """`atomic`, with errors as SQLite says them."""
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
        """Everything that is read in here is of one moment, whoever writes meanwhile."""
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
    def lock(self, name_or_id: str | int) -> Iterator[None]:
        """One writer per document at a time; a second one is refused at once.

        The name may be one that no document has yet.
        """
        if self.path is None:
            yield
            return
        name = name_or_id if isinstance(name_or_id, str) else self._name(name_or_id)
        with self._locked(name, name):
            yield

    @contextmanager
    def lock_content(self, sha256: str, name: str) -> Iterator[None]:
        """One reader of the same content at a time, whatever its files are called."""
        if self.path is None:
            yield
            return
        with self._locked(f"content {sha256}", name):
            yield

    @contextmanager
    def _locked(self, key: str, name: str) -> Iterator[None]:
        assert self.path is not None
        purpose = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:16]
        with ExitStack() as stack:
            try:
                stack.enter_context(file_lock(self.path, purpose, 0))
            except TimeoutError:
                what, hint = "another process is reading it", "wait until it is done"
                raise Busy(what, where=name, hint=hint) from None
            yield

    def _name(self, document: int) -> str:
        rows = self._rows("select name from documents where id = ?", [document])
        return str(rows[0]["name"]) if rows else f"document {document}"

    # -- rows ------------------------------------------------------------------------------

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with translated(self.path), legible(self.path):
            return list(self.db.query(sql, bindable(values)))

    def _run(self, sql: str, values: Sequence[Any] = ()) -> None:
        with self.atomic():
            self.db.conn.execute(sql, bindable(values))

    def _insert(self, table: str, rows: Sequence[Row], *, replace: bool = False) -> int | None:
        """Insert rows of the same keys, each with its digest; returns the last row id."""
        if not rows:
            return None
        names = [*(name for name in rows[0] if name != COLUMN), COLUMN]
        columns = ", ".join(f'"{name}"' for name in names)
        verb = "insert or replace" if replace else "insert"
        sql = f"{verb} into {table} ({columns}) values ({', '.join('?' * len(names))})"
        with self.atomic():
            for row in rows:
                values = bindable(row[name] for name in names[:-1])
                seal = row_digest(dict(zip(names, values, strict=False)))
                last = self.db.conn.execute(sql, [*values, seal]).lastrowid
        return last

    def _update(self, table: str, key: int, fields: Row) -> None:
        """Change columns of the row with this id, and its digest."""
        columns = ", ".join(f'"{name}" = ?' for name in fields)
        with self.atomic():
            sql = f"update {table} set {columns} where id = ?"
            self.db.conn.execute(sql, bindable([*fields.values(), key]))
            for row in self._rows(f"select * from {table} where id = ?", [key]):
                sql = f"update {table} set {COLUMN} = ? where id = ?"
                self.db.conn.execute(sql, [row_digest(row), key])
