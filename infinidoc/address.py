"""Where a library is: a file, or a schema of a PostgreSQL server, named by its address.

    postgresql://USER@HOST:PORT/DATABASE?schema=NAME&blobs=s3://BUCKET/FOLDER

`schema` and `blobs` are ours; whatever else an address may say is libpq's. Knows how they are
written, opens nothing. A password is never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from infinidoc.errors import UsageError

SCHEMA = "infinidoc"  # of a database that may hold other things, too
_SCHEMES = ("postgresql://", "postgres://")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,62}")  # a name that needs no quotes


@dataclass(frozen=True)
class Address:
    """A library on a server: what libpq is told, the schema, and where the blobs are."""

    url: str = field(repr=False)  # as it was given
    server: str = field(repr=False)  # without what is ours
    schema: str = SCHEMA
    blobs: str | None = None  # None: as the library says; a new one keeps them in its tables

    def __str__(self) -> str:
        """The address without its password."""
        hidden = re.sub(r"(?<=://)([^/@]*?):[^/]*@", r"\1@", self.url)
        return re.sub(r"([?&]password=)[^&]*", r"\1***", hidden)


Place = Path | Address


def library_at(place: str | Path | Address) -> Place:
    """The place that is meant: an address by how it begins, a path otherwise."""
    if not isinstance(place, str):
        return place
    return _address(place) if place.startswith(_SCHEMES) else Path(place)


def _address(url: str) -> Address:
    from urllib.parse import parse_qsl, urlencode

    server, _, query = url.partition("?")
    said = dict(parse_qsl(query, keep_blank_values=True))
    schema, blobs = said.pop("schema", SCHEMA), said.pop("blobs", None)
    if not _PLAIN.fullmatch(schema):
        hint = "small letters, digits and underscores, at most 63"
        raise UsageError(f"no name of a schema: {schema!r}", hint=hint)
    if blobs is not None and "://" not in blobs:
        hint = "such as s3://bucket/folder or file:///folder"
        raise UsageError(f"no address of an object store: {blobs!r}", hint=hint)
    return Address(url, f"{server}?{urlencode(said)}" if said else server, schema, blobs)
