"""A library in a schema of a PostgreSQL server: transactions, advisory locks, rows.

One writer at a time, as with a file: the turn is a lock that a transaction holds. Documents
are locked by the session, so the server drops a lock when its process or the connection dies.
What is deleted is not overwritten, as SQLite does it: that is the server's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from typing import Any

from infinidoc.address import Address
from infinidoc.errors import LibraryError
from infinidoc.store.backend import BUSY_SECONDS, Row
from infinidoc.store.postgres import schema
from infinidoc.store.postgres.blobs import GRACE_SECONDS, Blobs, place_of
from infinidoc.store.postgres.blobs import TABLES as BLOBS
from infinidoc.store.postgres.connection import connect, lock_key, spoken, to_server, translated
from infinidoc.store.postgres.index import Index

_NUMBERED = ("documents", "passages", "replies")  # tables whose rows have ids
_AT_ONCE = 100  # rows that are fetched together where not all are wanted at once


class PostgreSQL:
    """An open library on a server."""

    def __init__(self, address: Address, connection: Any) -> None:
        self.address = address
        self.connection = connection
        self.index = Index(connection)
        self.blobs: Blobs | None = None  # None: they are in the tables
        self._blob_place: str | None = None
        self._held: set[int] = set()
        self._cursors = count(1)
        self._read_only: bool | None = None
        self._is_sweeping = False
        self._is_busy = False  # within a transaction
        self._is_closed = False

    @classmethod
    def open(cls, address: Address) -> PostgreSQL:
        """Connected, and migrated; LibraryError if the schema is not ours or newer."""
        library = cls(address, connect(address))
        try:
            with translated(address):
                library._blob_place = library._made()
                library._begin()
        except BaseException:
            library.close()
            raise
        return library

    def _begin(self) -> None:
        """Index and objects over the connection that there is."""
        self.index.close()
        self.index = Index(self.connection)
        if self.blobs is not None:
            self.blobs.close()
        if self._blob_place is not None:
            self.blobs = Blobs(self.address, self.connection, self._blob_place)

    def close(self) -> None:
        self._is_closed = True
        self.index.close()
        if self.blobs is not None:
            self.blobs.close()
        self.connection.close()

    def _alive(self) -> None:
        """Connect anew where the server broke off: a program that waits for questions outlives
        its restarts. Not within a transaction, nor while a document is locked: both are lost."""
        if self.connection.closed and not (self._held or self._is_busy or self._is_closed):
            self.connection = connect(self.address)
            self._begin()

    @property
    def is_read_only(self) -> bool:
        if self._read_only is None:
            sql = """
            select current_setting('transaction_read_only') = 'on'
            or not has_table_privilege('documents', 'insert') as refused
            """
            self._read_only = bool(self.rows(sql)[0]["refused"])
        return self._read_only

    # -- opening ---------------------------------------------------------------------------

    def _made(self) -> str | None:
        """Bring the schema up to date, once, however many processes open the library at once;
        returns where the blobs are, if it is not in the tables."""
        if schema.applied(self.connection, self.address.schema) == set(schema.MIGRATIONS):
            return place_of(self.address, self.connection, False)
        with self.turn():  # another process may have been first
            done = self._applied()
            if done != set(schema.MIGRATIONS):
                schema.create(self.connection, self.address.schema)
                schema.apply(self.connection, done)
            return place_of(self.address, self.connection, not done)

    def _applied(self) -> set[str]:
        """The migrations that there were; LibraryError if they are a newer program's, or if
        there are tables and none of ours."""
        done = schema.applied(self.connection, self.address.schema)
        if done is None:
            sql = "select count(*) as count from pg_tables where schemaname = %s"
            found = self.connection.execute(sql, [self.address.schema]).fetchone()
            if found["count"]:
                hint = "name another one: ?schema=NAME"
                raise LibraryError("no infinidoc library", where=self.address, hint=hint)
            return set()
        if not done <= set(schema.MIGRATIONS):
            hint = "upgrade infinidoc"
            raise LibraryError("made by a newer infinidoc", where=self.address, hint=hint)
        return done

    # -- transactions ----------------------------------------------------------------------

    @property
    def _is_in_transaction(self) -> bool:
        from psycopg.pq import TransactionStatus

        status = self.connection.info.transaction_status
        return self._is_busy or status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)

    def translated(self) -> AbstractContextManager[None]:
        return translated(self.address)

    @contextmanager
    def turn(self) -> Iterator[None]:
        if self._is_in_transaction:
            with self.connection.transaction():  # a savepoint
                yield
            return
        self._alive()
        self.connection.execute("begin")
        self._is_busy = True
        try:
            milliseconds = int(BUSY_SECONDS * 1000)
            self.connection.execute(f"set local lock_timeout = {milliseconds}")
            key = lock_key(self.address.schema, "turn")
            self.connection.execute("select pg_advisory_xact_lock(%s)", [key])
            yield
            self.connection.execute("commit")
        except BaseException:
            with suppress(Exception):  # the first error is the one to tell
                self.connection.execute("rollback")
            raise
        finally:
            self._is_busy = False
        if not self._is_sweeping:
            self._sweep()

    def _sweep(self, grace: int | None = None) -> bool:
        """Remove objects that are not needed; False if that must wait: it is tried again later."""
        if self.blobs is None or self.is_read_only or self._is_in_transaction:
            return self.blobs is None
        self._is_sweeping = True
        try:
            if grace is not None or self.blobs.has_left():
                with self.translated(), self.turn():
                    self.blobs.sweep(GRACE_SECONDS if grace is None else grace)
            return True
        except LibraryError:
            return False
        finally:
            self._is_sweeping = False

    @contextmanager
    def one_state(self) -> Iterator[None]:
        if self._is_in_transaction:
            yield
            return
        with self.translated():
            self._alive()
            self.connection.execute("begin isolation level repeatable read")
            self._is_busy = True
            try:
                yield
            finally:
                self._is_busy = False
                self.connection.execute("rollback")

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        number = lock_key(self.address.schema, "document", key)
        sql = "select pg_try_advisory_lock(?) as held"
        if number in self._held or not self.rows(sql, [number])[0]["held"]:
            raise TimeoutError("locked")
        self._held.add(number)
        try:
            yield
        finally:
            self._held.discard(number)
            with suppress(Exception):  # with a broken connection the lock is gone
                self.connection.execute("select pg_advisory_unlock(%s)", [number])

    # -- rows ------------------------------------------------------------------------------

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self.translated():
            return list(self._execute(sql, values))

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        self._alive()
        cursor = self.connection.cursor(binary=True)
        return cursor.execute(spoken(sql), to_server(values))

    def each(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """A cursor on the server; outside a transaction it is kept until it has been read."""
        name = f"rows_{next(self._cursors)}"
        with self.translated():
            self._alive()
        kept = not self._is_in_transaction
        with (
            self.translated(),
            self.connection.cursor(name, binary=True, withhold=kept) as cursor,
        ):
            cursor.itersize = _AT_ONCE
            cursor.execute(spoken(sql), to_server(values))
            yield from cursor

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._execute(sql, values)

    def insert(
        self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]], replace: bool
    ) -> int | None:
        """Ids are counted on here, under the turn: a sequence has gaps where one was broken off."""
        columns, kept, last = list(names), [to_server(row) for row in rows], None
        if self.blobs is not None and table in BLOBS:
            kept = [self._without_blob(self.blobs, columns, row) for row in kept]
        if table in _NUMBERED:
            first = self.rows(f"select coalesce(max(id), 0) + 1 as id from {table}")[0]["id"]
            columns, last = [*columns, "id"], first + len(kept) - 1
            kept = [[*row, first + number] for number, row in enumerate(kept)]
        if table == "passages":
            self._insert_passages(columns, kept, names, rows)
            return last
        self._insert(table, columns, kept, replace)
        return last

    def _without_blob(self, blobs: Blobs, columns: list[str], row: list[Any]) -> list[Any]:
        """The row, once its bytes are in the object store."""
        at, name = columns.index("blob"), row[columns.index("sha256")]
        if row[at]:
            blobs.put(name, row[at])
        return [*row[:at], b"", *row[at + 1 :]]

    def _insert(
        self, table: str, columns: Sequence[str], rows: list[list[Any]], replace: bool = False
    ) -> None:
        named = ", ".join(f'"{name}"' for name in columns)
        sql = f"insert into {table} ({named}) values ({', '.join(['%s'] * len(columns))})"
        if replace:
            changed = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
            sql += f" on conflict ({', '.join(schema.KEYS[table])}) do update set {changed}"
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def _insert_passages(
        self,
        columns: list[str],
        kept: list[list[Any]],
        names: Sequence[str],
        rows: Sequence[Sequence[Any]],
    ) -> None:
        """Passages with the number of their words, and their words for the index."""
        given = [dict(zip(names, row, strict=True)) for row in rows]
        texts = [row["text"] if row.get("folded") is None else row["folded"] for row in given]
        counted = self.index.counts(texts)
        sized = [[*row, counts.total()] for row, counts in zip(kept, counted, strict=True)]
        self._insert("passages", [*columns, "length"], sized)
        keys, documents = [row[-1] for row in kept], [row["document"] for row in given]
        self.index.add(list(zip(keys, documents, counted, strict=True)))

    def columns(self, table: str) -> list[str]:
        sql = """
        select column_name as name from information_schema.columns
        where table_schema = current_schema() and table_name = ? order by ordinal_position
        """
        names = [row["name"] for row in self.rows(sql, [table])]
        return [name for name in names if name not in schema.HIDDEN.get(table, ())]

    def blob(self, table: str, sha256: str) -> bytes | None:
        if self.blobs is not None:
            with self.translated():
                return self.blobs.get(sha256)
        sql = f"select blob from {table} where sha256 = ? and length(blob) > 0 limit 1"
        held = self.rows(sql, [sha256])
        return held[0]["blob"] if held else None

    # -- the index of words ----------------------------------------------------------------

    def search(self, borders: dict[int, int], words: Sequence[str], limit: int) -> list[Row]:
        with self.translated():
            self._alive()
            return self.index.search(borders, words, limit)

    def matching(self, document: int, words: Sequence[str], last: int) -> list[Row]:
        with self.translated():
            self._alive()
            return self.index.matching(document, words, last)

    def count(self, word: str, limit: int) -> int:
        with self.translated():
            self._alive()
            return self.index.count(word, limit)

    def best(self, words: Sequence[str], every: bool, limit: int) -> list[Row]:
        with self.translated():
            self._alive()
            return self.index.best(words, every, limit)

    def forget(self) -> None:
        """Words go with their passages."""

    # -- checks ----------------------------------------------------------------------------

    def index_agrees(self) -> bool:
        with self.one_state():
            return self.index.agrees()

    def is_as_made(self) -> bool:
        """Compared with a schema that is made anew, and taken back; true where none may be."""
        from psycopg import Rollback
        from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

        ours = schema.described(self.connection, self.address.schema)
        fresh = f"{self.address.schema[:40]}_as_made"
        made = ours
        try:
            with self.translated(), self.connection.transaction() as attempt:
                self.connection.execute(f'create schema "{fresh}"')
                self.connection.execute(f'set local search_path to "{fresh}"')
                schema.apply(self.connection, set())
                made = schema.described(self.connection, fresh)
                raise Rollback(attempt)
        except LibraryError as error:
            if not isinstance(error.__cause__, InsufficientPrivilege | ReadOnlySqlTransaction):
                raise
        return ours == made

    def problems(self) -> Iterator[str]:
        """The server checks its pages and references by itself."""
        yield from ()

    def compact(self) -> bool:
        """The server gives room back by itself; objects that no row names are removed now."""
        return self._sweep(0)
