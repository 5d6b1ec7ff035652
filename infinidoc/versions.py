"""Which document of the library a source is: the same, a copy of one, or a newer one.

A source is known by its content and its place. Its document is replaced when the content has
changed; no other is. Knows rows of the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infinidoc.errors import MismatchError, SourceError, UsageError
from infinidoc.identity import INDEXED
from infinidoc.provenance import all_read
from infinidoc.reading import Source, is_address
from infinidoc.store import Store

Row = dict[str, Any]
STDIN = "-"


@dataclass(frozen=True)
class Versions:
    """A source and what the library has of it; `wanted`: the name that was asked for."""

    store: Store
    source: Source
    wanted: str | None
    identity: Row

    @property
    def name(self) -> str:
        return self.wanted or self.source.name

    def same(self) -> Row | None:
        """The document that has this content, from this place, or from one that is gone."""
        alike = [row for row in self._alike if self.wanted in (None, row["name"])]
        here = [row for row in alike if row["source"] == self.source.location]
        moved = [row for row in alike if not _is_there(row["source"])]
        named = [row for row in alike if row["name"] == self.wanted]
        return next(iter([*here, *named, *moved]), None)

    def twin(self) -> Row | None:
        """A document that was read to its end from the same content somewhere else."""
        whole = (row for row in self._alike if row["status"] != "reading" and self._is_one(row))
        return next(whole, None)

    def older(self, force: bool) -> Row | None:
        """The document that this source replaces: from its place, with other content.

        Raises MismatchError if nothing differs but the model, UsageError if more was appended.
        """
        row = self._older(force)
        if row is None or force:
            return row
        same = row["source_sha256"] == self.source.sha256 and row["identity"] != INDEXED
        if same and row["identity"] != self.identity:
            what = f"{row['name']!r} was read by another model or adapter"
            raise MismatchError(what, hint="ingest --force reads it again, --name keeps both")
        if not self._is_one(row):
            what = f"{row['name']!r} has changed, and more was appended to it"
            raise UsageError(what, hint="--force reads it without that, --name keeps both")
        return row

    def _older(self, force: bool) -> Row | None:
        rows = self.store.named_or_from(self.name, self.source.location)
        ours = [row for row in rows if row["imported"] is None]  # others only say so
        here = [row for row in ours if row["source"] == self.source.location != STDIN]
        anywhere = force and self.wanted is not None
        named = [row for row in (rows if anywhere else here) if row["name"] == self.name]
        only = here if len(here) == 1 and self.wanted is None else []
        return next(iter([*named, *only]), None)

    @cached_property
    def _alike(self) -> list[Row]:
        """The documents with this content, read by this model, or by any if for their text alone.

        Finding them may take reading.
        """
        by_any = self.identity == INDEXED
        return list(all_read(self.store, self.source, None if by_any else self.identity))

    def _is_one(self, row: Row) -> bool:
        return len(self.store.parts(row["id"])) == 1


def refuse_unreadable(source: Source) -> None:
    """Raise SourceError if there is nothing to read in a source."""
    if not any(page.text.strip() for page in source.pages()):
        raise SourceError("there is nothing to read in it", where=source.location)


def _is_there(location: str) -> bool:
    """Whether a place still has something; stdin and several files are never there again.

    Of an address nobody asks the network.
    """
    try:
        if is_address(location):
            return True
        return location != STDIN and Path(location).exists()
    except (OSError, ValueError):
        return False
