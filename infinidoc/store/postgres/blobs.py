"""Where a library keeps the bytes of its memories: in its tables, or in an object store.

An object is named in `intended` before it is written, over a connection of its own, and in
`released` when a row that named it goes. Both are looked through under the writers' turn,
when no object is on its way; so a process that is killed leaves nothing for ever. What was
released a moment ago stays for those who may be reading it.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from infinidoc.address import Address
from infinidoc.errors import LibraryError
from infinidoc.store.postgres.connection import connect
from infinidoc.store.postgres.objects import Objects

TABLES = ("memories", "snapshots")
GRACE_SECONDS = 600
_INTEND = "insert into intended values (%s) on conflict (sha256) do update set at = now()"
_LEFT = """
select sha256 from intended where at <= now() - make_interval(secs => %s)
union select sha256 from released where at <= now() - make_interval(secs => %s)
"""
_NAMED = """
select sha256 from memories where sha256 = any(%s)
union select sha256 from snapshots where sha256 = any(%s)
"""


class Blobs:
    """The objects of a library, and what is known of those on their way in or out."""

    def __init__(self, address: Address, connection: Any, place: str) -> None:
        self._address = address
        self._connection = connection
        self._place = place
        self._opened: Objects | None = None
        self._intents: Any = None

    @property
    def _objects(self) -> Objects:
        """The object store, opened when bytes are first wanted: `list` needs none."""
        if self._opened is None:
            self._opened = Objects(self._place)
        return self._opened

    def close(self) -> None:
        if self._intents is not None:
            self._intents.close()

    def put(self, sha256: str, content: bytes) -> None:
        if self._intents is None:
            self._intents = connect(self._address)
        self._intents.execute(_INTEND, [sha256])
        self._objects.put(sha256, content)

    def get(self, sha256: str) -> bytes | None:
        return self._objects.get(sha256)

    def has_left(self) -> bool:
        """Whether there may be objects that nobody needs any more."""
        return bool(self._left(GRACE_SECONDS, " limit 1"))

    def sweep(self, grace: int = GRACE_SECONDS) -> None:
        """Remove objects that no row names, in a turn that does nothing else: a row that goes in
        a transaction may come back with it."""
        left = self._left(grace)
        named = {row["sha256"] for row in self._connection.execute(_NAMED, [left, left])}
        self._objects.remove(name for name in left if name not in named)
        for table in ("intended", "released"):
            self._connection.execute(f"delete from {table} where sha256 = any(%s)", [left])

    def _left(self, grace: int, limit: str = "") -> list[str]:
        rows = self._connection.execute(_LEFT + limit, [grace, grace])
        return [row["sha256"] for row in rows]


def place_of(address: Address, connection: Any, is_new: bool) -> str | None:
    """Where the library's blobs are: as it was made; LibraryError if the address says other.

    Each library has a folder of its own there, since it removes what none of its rows names.
    """
    asked = None if address.blobs is None else address.blobs.rstrip("/")
    if is_new and asked is not None:
        Objects(asked)  # LibraryError before anything is made, if it cannot be
        told = [["blobs", asked], ["folder", uuid4().hex]]
        connection.cursor().executemany("insert into settings values (%s, %s)", told)
    said = {row["key"]: row["value"] for row in connection.execute("select * from settings")}
    kept = said.get("blobs")
    if asked not in (None, kept):
        hint = "leave out ?blobs=; infinidoc copy moves documents into a library that has it"
        what = f"its memories are kept {f'in {kept}' if kept else 'in the database'}"
        raise LibraryError(what, where=address, hint=hint)
    return f"{kept}/{said['folder']}" if kept else None
