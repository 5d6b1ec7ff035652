"""Opens the library file and speaks SQLite's errors in our words.

Opening migrates: an old file is brought to today's schema, a newer one is refused. Knows
files, locks and what SQLite can hold; knows nothing of documents.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlite_utils import Database

from infinidoc.errors import LibraryError
from infinidoc.store.backend import BUSY_SECONDS
from infinidoc.store.migrations import migrations

PAGE_BYTES = 16384  # of SQLite's: memories are megabytes, larger pages halve the cost of saving
LARGEST = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


class ReadOnly(sqlite3.Connection):
    """A connection to a file that cannot be written to."""


def open_database(path: Path | None) -> Database:
    """The library at `path`, migrated; None: one in memory.

    Where nothing can be written (the medium, the permissions, a full disk) it is opened to
    be read.
    """
    with translated(path), reachable(path), legible(path):
        if path is None:
            return adopt(sqlite3.connect(":memory:"), None)
        if path.is_dir():
            hint = "name a file, such as library.db"
            raise LibraryError("a folder, not a library", where=path, hint=hint)
        _create(path)
        return adopt(_connect(path), path)


def _create(path: Path) -> None:
    """A new library, and its folder if there is none: for nobody but their owner."""
    if path.exists():
        return
    if not path.parent.exists():
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _connect(path: Path) -> sqlite3.Connection:
    if os.access(path, os.W_OK):
        try:
            return _touched(sqlite3.connect(path, timeout=BUSY_SECONDS))
        except sqlite3.OperationalError as error:
            if not re.search("unable to open|readonly|i/o|full", str(error).lower()):
                raise
    return _connect_to_read(path)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """First beside others who may write; then as a file that nobody can change.

    What is in a write-ahead log can only be read with the files that SQLite keeps beside it.
    """
    address = path.resolve().as_uri()
    try:
        return _touched(_to_read(f"{address}?mode=ro"))
    except sqlite3.OperationalError:
        log = path.with_name(f"{path.name}-wal")
        if not log.exists() or not log.stat().st_size:
            return _touched(_to_read(f"{address}?immutable=1"))
        connection = _to_read(f"{address}?mode=rw")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # needs no file of shared memory
        return _touched(connection)


def _to_read(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, factory=ReadOnly)


def _touched(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, once the file behind it has been read from; closed if it cannot be."""
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def is_read_only(connection: sqlite3.Connection) -> bool:
    return isinstance(connection, ReadOnly)


def adopt(connection: sqlite3.Connection, path: Path | None) -> Database:
    """An open connection as a library: checked, migrated; what it deletes is overwritten."""
    with translated(path), legible(path):
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        database = Database(connection, execute_plugins=False)
        if not _is_current(database, path):
            _migrate(database, path)
        return database


def compact(connection: sqlite3.Connection) -> bool:
    """Give free room back to the disk; False if others are at work or the disk is full."""
    connection.execute("PRAGMA busy_timeout = 2000")
    try:
        connection.execute("VACUUM")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy
    except sqlite3.OperationalError:
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def _is_current(database: Database, path: Path | None) -> bool:
    """Whether the schema is today's; LibraryError if it is not ours or of a newer program."""
    tables = set(database.table_names())
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    if "_sqlite_migrations" in tables:
        done = database.query("select name from _sqlite_migrations where migration_set='infinidoc'")
        names = {row["name"] for row in done}
        if not names <= known:
            raise LibraryError("made by a newer infinidoc", where=path, hint="upgrade infinidoc")
        return names == known
    if tables:
        raise LibraryError("a database, but no infinidoc library", where=path, hint="another file")
    return False


def _migrate(database: Database, path: Path | None) -> None:
    """Bring the schema up to date, once, however many processes open the library at once."""
    if path is None:
        migrations.apply(database)
        return
    if is_read_only(database.conn):
        what = "made by an older infinidoc, and cannot be brought up to date here"
        raise LibraryError(what, where=path, hint="copy it to a place that can be written to")
    with file_lock(path, "opening", BUSY_SECONDS):
        if not _is_current(database, path):  # another process may have been first
            database.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # heeded in a new file only
            database.enable_wal()
            migrations.apply(database)
            with suppress(OSError):  # a file of before, or of another user
                path.chmod(0o600)


@contextmanager
def file_lock(path: Path, purpose: str, seconds: float) -> Iterator[None]:
    """Hold the lock file for `purpose` beside `path`; TimeoutError if another process does.

    The operating system drops the lock when its process dies. The file goes while the lock
    is still held: removed later, it could be one that the next process has just locked.
    """
    lock = FileLock(path.with_name(f".{path.name}.{purpose}.lock"))
    try:
        with reachable(path):
            lock.acquire(timeout=seconds)
    except Timeout as error:
        raise TimeoutError(f"{purpose} is locked") from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file: an empty one stays
            Path(lock.lock_file).unlink()
        lock.release()


def bindable(values: Iterable[Any]) -> list[Any]:
    """The values as SQLite can hold them: half characters replaced, huge numbers cut.

    Both come from outside: a file name that is not UTF-8, a page number of thirty digits.
    """
    return [_bindable(value) for value in values]


def _bindable(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, int):
        return max(-LARGEST, min(value, LARGEST))
    return value


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Raise LibraryError for what SQLite says."""
    try:
        yield
    except sqlite3.Error as error:
        message = str(error).lower()
        if "disk i/o" in message and _is_full(path):
            message = "full"
        what, hint = _explain(message)
        raise LibraryError(what, where=path or "library", hint=hint) from error


def _is_full(path: Path | None) -> bool:
    """Whether the disk has no room for the next page and its log."""
    try:
        return path is not None and shutil.disk_usage(path.parent).free < 64 * PAGE_BYTES
    except OSError:
        return False


@contextmanager
def legible(path: Path | None) -> Iterator[None]:
    """Raise LibraryError for names in a damaged file that are not UTF-8.

    Python decodes them, and SQLite's messages that quote them, before SQLite can object. Only
    around queries: within a transaction such an error can be a source's that is being read.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        what, hint = _explain("malformed")
        raise LibraryError(what, where=path or "library", hint=hint) from error


@contextmanager
def reachable(path: Path | None) -> Iterator[None]:
    """Raise LibraryError for what the file system says.

    Only around opening and locking: within a transaction an OSError is somebody else's.
    """
    try:
        yield
    except Timeout:
        raise
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
    if "disk i/o" in message:
        return "the disk failed to read or write; what was committed is kept", "check the disk"
    if "full" in message:
        return "the disk is full; what was committed is kept", "make room, then repeat the command"
    if "locked" in message or "busy" in message:
        return "the library is in use by another process", "try again when it is done"
    if "unable to open" in message:
        return "the library file cannot be opened", "check the path given with --database"
    return f"the library failed ({message})", "infinidoc verify checks it"
