"""Documents from one library into another: a file, a server, in either direction.

Each is copied as it is at one moment and in a transaction of its own, so a copying that was
broken off goes on when it is begun again. What has been written is read back and compared by
its digest before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infinidoc.errors import LibraryError, UsageError
from infinidoc.store.backend import Row
from infinidoc.store.portable import HELD, copy_document
from infinidoc.store.store import Store, digest

_SAME = ("source_sha256", "memory_sha256", "identity", "status", "created", "updated")


class Damaged(LibraryError):
    """A memory is not what was written; it is left out, and the others are copied."""


@dataclass(frozen=True)
class Copied:
    """What became of a document: its record in the library that was copied into, or why it is
    not there."""

    row: Row
    was_there: bool = False
    error: Damaged | None = None


def copy_documents(
    source: Store, target: Store, names: Sequence[str | int] = ()
) -> Iterator[Copied]:
    """Copy documents, all of them if none is named, the one touched last as the last.

    One that is there already, as it is here, is left alone; of another one of the same name
    the name gets a number.
    """
    if source.path is not None and source.path == target.path:
        raise UsageError("both are the same library", where=source.path)
    chosen = [source.document(name) for name in dict.fromkeys(names)] or source.documents()[::-1]
    for row in chosen:
        try:
            yield _copied(source, target, row)
        except Damaged as error:
            yield Copied(row, error=error)


def _copied(source: Store, target: Store, row: Row) -> Copied:
    with target.atomic():
        there = [known for known in target.with_content(row["source_sha256"]) if _same(row, known)]
        if there:
            return Copied(there[0], was_there=True)
        name, imported = target.unique_name(row["name"]), row["imported"]
        added = copy_document(source, target, row["id"], name, imported, whole=True)
        _read_back(target, added, row["name"])
    return Copied(target.document(added))


def _same(row: Row, known: Row) -> bool:
    return all(row[name] == known[name] for name in _SAME)


def _read_back(target: Store, document: int, name: str) -> None:
    """Damaged if bytes of a memory or a snapshot are not what their digest says."""
    for table in HELD:
        keys = "role" if table == "memories" else "tokens"
        sql = f"select {keys} as key from {table} where document = ?"
        for key in [row["key"] for row in target._rows(sql, [document])]:  # one at a time: large
            sql = f"select blob, sha256 from {table} where document = ? and {keys} = ?"
            (row,) = target._rows(sql, [document, key])
            if digest(target.with_bytes(table, row)["blob"]) != row["sha256"]:
                hint = "infinidoc verify says where; ingest it with --force"
                raise Damaged("a saved memory is damaged", where=name, hint=hint)
