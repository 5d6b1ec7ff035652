"""What a library's file or server must do for the store: transactions, rows, locks, an index.

The store speaks one SQL, with `?` for values; a backend says it to its database. Knows no
documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from infinidoc.address import Address, Place

Row = dict[str, Any]
BUSY_SECONDS = 30.0  # that a writer waits for its turn


class Backend(Protocol):
    """An open library."""

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written: the medium or the permissions do not allow it."""

    def close(self) -> None: ...

    # -- transactions ----------------------------------------------------------------------

    def translated(self) -> AbstractContextManager[None]:
        """Raise LibraryError for what the database says."""

    def turn(self) -> AbstractContextManager[None]:
        """All or nothing; may be nested. One writer at a time, errors as the database says them."""

    def one_state(self) -> AbstractContextManager[None]:
        """Everything that is read in here is of one moment."""

    def locked(self, key: str) -> AbstractContextManager[None]:
        """Hold a lock for as long as this process lives; TimeoutError if it is held."""

    # -- rows ------------------------------------------------------------------------------

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]: ...

    def each(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """As `rows`, one after another, never all of them in memory."""

    def run(self, sql: str, values: Sequence[Any] = ()) -> None: ...

    def insert(
        self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]], replace: bool
    ) -> int | None:
        """Add rows of these columns, in place of those of the same key if `replace`.

        Returns the last row's id. Ids grow by one, so that neighbours have neighbouring ids.
        """

    def columns(self, table: str) -> list[str]: ...

    def blob(self, table: str, sha256: str) -> bytes | None:
        """The bytes that a row without bytes of its own shares with another."""

    # -- the index of words ----------------------------------------------------------------

    def search(self, borders: dict[int, int], words: Sequence[str], limit: int) -> list[Row]:
        """The passages with any of the words, best by BM25 first, of {document: last page}."""

    def matching(self, document: int, words: Sequence[str], last: int) -> list[Row]:
        """The passages of a document with all of the words, in reading order."""

    def count(self, word: str, limit: int) -> int:
        """How many passages have a word, `limit` at most."""

    def best(self, words: Sequence[str], every: bool, limit: int) -> list[Row]:
        """id, document and text of the best passages with any (or all) of the words."""

    def forget(self) -> None:
        """Drop what the index still has of words whose passages are gone."""

    # -- checks ----------------------------------------------------------------------------

    def index_agrees(self) -> bool:
        """Whether the index holds the words of the text, and no others."""

    def is_as_made(self) -> bool:
        """Whether tables, views, triggers and indexes are those of a new library."""

    def problems(self) -> Iterator[str]:
        """What the database finds wrong with itself."""

    def compact(self) -> bool:
        """Give free room back to the disk; False if that must wait."""


def open_backend(place: Place | None) -> Backend:
    """The library at `place`, made or migrated if need be; None: one in memory."""
    if isinstance(place, Address):
        from infinidoc.store.postgres.backend import PostgreSQL

        return PostgreSQL.open(place)
    from infinidoc.store.sqlite import SQLite

    return SQLite.open(place)
