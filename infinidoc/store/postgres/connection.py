"""Connects to the server, says its errors in our words, and values in its own.

PostgreSQL's text cannot hold the character NUL; it is written as two others, and read back as
it was. Knows SQL and no tables.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from infinidoc.address import Address
from infinidoc.errors import LibraryError, UsageError
from infinidoc.store.connection import bindable

if TYPE_CHECKING:
    import psycopg

ESCAPE, NUL = "\x10", "\x10\x30"  # the control character "data link escape", alone and with 0
_ESCAPED = re.compile("\x10(.)", re.DOTALL)
_MEANT = {"0": "\0", ESCAPE: ESCAPE}
_CONNECT_SECONDS = 10
_BROKEN = "the server cannot be reached; what was committed is kept"
# What the first characters of an SQLSTATE, or words of a message of libpq's, mean.
_STATES = {
    "28": ("the server refuses the user or the password", "check the address, or ~/.pgpass"),
    "3D000": ("the server has no such database", "createdb makes one"),
    "42501": ("the library cannot be written to", "its owner can grant the rights"),
    "25006": ("the library cannot be written to", "is this server a standby?"),
    "55P03": ("the library is in use by another process", "try again when it is done"),
    "40P01": ("the library is in use by another process", "try again when it is done"),
    "53100": ("the disk is full; what was committed is kept", "make room, then repeat the command"),
    "53": ("the server lacks room or connections; what was committed is kept", "try again later"),
    "57P": (_BROKEN, "see that it runs, then repeat the command"),
    "08": (_BROKEN, "see that it runs, then repeat the command"),
}
_SAID = {
    "authentication failed": "28",
    "no password": "28",
    "role": "28",
    "database": "3D000",
}


def connect(address: Address) -> psycopg.Connection[Any]:
    """A connection that commits every statement by itself, but for what `BEGIN` starts."""
    try:
        import psycopg
    except ImportError as error:
        hint = "pip install 'infinidoc[postgres]'"
        raise LibraryError(
            "a library on a server needs psycopg", where=address, hint=hint
        ) from error
    with translated(address):
        connection = psycopg.connect(_told(address), autocommit=True)
        connection.row_factory = as_rows  # type: ignore[assignment]
        connection.execute(f'set search_path to "{address.schema}"')
    return connection


def _told(address: Address) -> str:
    """What libpq is told: the address, and who we are; not to wait for minutes."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        said = conninfo_to_dict(address.server)
    except ProgrammingError as error:  # it quotes the address, with its password
        hint = "postgresql://USER@HOST/DATABASE"
        raise UsageError("no address of a library", where=address, hint=hint) from error
    ours: dict[str, Any] = {"application_name": "infinidoc", "connect_timeout": _CONNECT_SECONDS}
    return make_conninfo(**{**ours, **said})


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Raise LibraryError for what the server says; its own words may quote a document."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        what, hint = _explain(error)
        raise LibraryError(what, where=address, hint=hint) from error


def _explain(error: psycopg.Error) -> tuple[str, str]:
    import psycopg

    state = error.sqlstate or ""
    if not state and isinstance(error, psycopg.OperationalError):  # libpq's own, with no state
        said = str(error).lower()
        state = next((state for words, state in _SAID.items() if f"{words} " in said), "08")
    for beginning, explained in _STATES.items():
        if state.startswith(beginning):
            return explained
    what = f"{type(error).__name__} {state}".strip()
    return f"the library failed ({what})", "infinidoc verify checks it"


def lock_key(*words: str) -> int:
    """The number of an advisory lock: 64 bits of a digest, with a sign."""
    digest = hashlib.sha256("\n".join(words).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@lru_cache(maxsize=512)
def spoken(sql: str) -> str:
    """The store's SQL with psycopg's marks for values."""
    return sql.replace("%", "%%").replace("?", "%s")


def to_server(values: Iterable[Any]) -> list[Any]:
    """Values as the server can hold them: no NUL, no half characters, no booleans."""
    return [_to_server(value) for value in bindable(values)]


def _to_server(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(ESCAPE, 2 * ESCAPE).replace("\0", NUL)
    return int(value) if isinstance(value, bool) else value


def from_server(value: Any) -> Any:
    """A value as it was given to `to_server`."""
    if isinstance(value, str) and ESCAPE in value:
        return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[0]), value)
    return value


def as_rows(cursor: Any) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """psycopg's way to say what becomes of a row: a dictionary, text as it was given."""
    names = [column.name for column in cursor.description or ()]
    return lambda values: {
        name: from_server(value) for name, value in zip(names, values, strict=True)
    }
