"""Rows in and out of the library: transactions, locks, and a digest in every row.

Knows tables and columns by name only; knows nothing of documents, nor what database it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from infinidoc.address import Place, library_at
from infinidoc.errors import Busy
from infinidoc.store.backend import Row, open_backend
from infinidoc.store.connection import bindable
from infinidoc.store.digests import COLUMN, row_digest


class Transactions:
    """An open library. Every method is one transaction, or part of the one it is in."""

    def __init__(self, path: Place | str | None) -> None:
        self.path = None if path is None else library_at(path)
        self.backend = open_backend(self.path)

    def close(self) -> None:
        self.backend.close()

    @property
    def db(self) -> Any:
        """The library file itself, for what is done to SQLite only."""
        return self.backend.db  # type: ignore[attr-defined]

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written: the medium or the permissions do not allow it."""
        return self.backend.is_read_only

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing; may be nested. One writer at a time: the others wait for their turn.

        The turn is taken before anything is read, so nothing that was read is stale when it
        comes to writing.
        """
        with self.backend.translated(), self.turn():
            yield

    @contextmanager
    def turn(self) -> Iterator[None]:
        """`atomic`, with errors as the database says them."""
        with self.backend.turn():
            yield

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Everything that is read in here is of one moment, whoever writes meanwhile."""
        with self.backend.one_state():
            yield

    @contextmanager
    def lock(self, name_or_id: str | int) -> Iterator[None]:
        """One writer per document at a time; a second one is refused at once.

        The name may be one that no document has yet.
        """
        name = name_or_id if isinstance(name_or_id, str) else self._name(name_or_id)
        with self._locked(name, name):
            yield

    @contextmanager
    def lock_content(self, sha256: str, name: str) -> Iterator[None]:
        """One reader of the same content at a time, whatever its files are called."""
        with self._locked(f"content {sha256}", name):
            yield

    @contextmanager
    def _locked(self, key: str, name: str) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(self.backend.locked(key))
            except TimeoutError:
                what, hint = "another process is reading it", "wait until it is done"
                raise Busy(what, where=name, hint=hint) from None
            yield

    def _name(self, document: int) -> str:
        rows = self._rows("select name from documents where id = ?", [document])
        return str(rows[0]["name"]) if rows else f"document {document}"

    # -- rows ------------------------------------------------------------------------------

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self.backend.rows(sql, values)

    def _run(self, sql: str, values: Sequence[Any] = ()) -> None:
        with self.atomic():
            self.backend.run(sql, values)

    def _insert(self, table: str, rows: Sequence[Row], *, replace: bool = False) -> int | None:
        """Insert rows of the same keys, each with its digest; returns the last row id."""
        if not rows:
            return None
        names = [name for name in rows[0] if name != COLUMN]
        with self.atomic():
            sealed = [_sealed(names, row) for row in rows]
            return self.backend.insert(table, [*names, COLUMN], sealed, replace)

    def put_rows(self, table: str, rows: Sequence[Row]) -> None:
        """Rows of the same keys, in place of those that have theirs; see `_insert`."""
        self._insert(table, rows, replace=True)

    def _update(self, table: str, key: int, fields: Row) -> None:
        """Change columns of the row with this id, and its digest."""
        columns = ", ".join(f'"{name}" = ?' for name in fields)
        with self.atomic():
            self.backend.run(f"update {table} set {columns} where id = ?", [*fields.values(), key])
            for row in self._rows(f"select * from {table} where id = ?", [key]):
                sql = f"update {table} set {COLUMN} = ? where id = ?"
                self.backend.run(sql, [row_digest(row), key])


def _sealed(names: Sequence[str], row: Row) -> list[Any]:
    """The values of a row as they will be kept, and behind them its digest."""
    values = bindable(row[name] for name in names)
    return [*values, row_digest(dict(zip(names, values, strict=True)))]
