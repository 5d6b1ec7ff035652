"""Opens the library file and speaks SQLite's errors in our words.

Opening migrates: an old file is brought to today's schema, a newer one is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from infinidoc.errors import LibraryError
from infinidoc.store.migrations import migrations

BUSY_SECONDS = 30.0


def open_database(path: Path | None) -> Database:
    """The library at `path`, migrated; None: one in memory."""
    with translated(path):
        if path is None:
            connection = sqlite3.connect(":memory:")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        return adopt(connection, path)


def adopt(connection: sqlite3.Connection, path: Path | None) -> Database:
    """An open connection as a library: checked, migrated."""
    with translated(path):
        connection.execute("PRAGMA foreign_keys = ON")
        database = Database(connection, execute_plugins=False)
        _migrate(database, path)
        return database


def _migrate(database: Database, path: Path | None) -> None:
    tables = set(database.table_names())
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    if "_sqlite_migrations" in tables:
        done = database.query("select name from _sqlite_migrations where migration_set='infinidoc'")
        names = {row["name"] for row in done}
        if not names <= known:
            raise LibraryError("made by a newer infinidoc", where=path, hint="upgrade infinidoc")
        if names == known:
            return
    elif tables:
        raise LibraryError("a database, but no infinidoc library", where=path, hint="another file")
    if path is not None:
        database.enable_wal()
    migrations.apply(database)


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Raise LibraryError for what SQLite or the file system says."""
    try:
        yield
    except sqlite3.Error as error:
        what, hint = _explain(str(error).lower())
        raise LibraryError(what, where=path or "library", hint=hint) from error
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise LibraryError(f"the library cannot be opened: {reason}", where=path) from error


def _explain(message: str) -> tuple[str, str | None]:
    if "not a database" in message:
        return "not an infinidoc library (no SQLite file)", "choose another with --database"
    if "malformed" in message:
        return "the library file is damaged", "infinidoc verify says what is left"
    if "readonly" in message or "read-only" in message:
        return "the library cannot be written to", "check its permissions, or use --database"
    if "full" in message:
        return "the disk is full; what was committed is kept", "make room, then repeat the command"
    if "locked" in message or "busy" in message:
        return "the library is in use by another process", "try again when it is done"
    if "unable to open" in message:
        return "the library file cannot be opened", "check the path given with --database"
    return f"the library failed ({message})", "infinidoc verify checks it"
