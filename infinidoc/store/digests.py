"""A digest in every row: one changed value is found, whatever column it is in.

A digest is BLAKE2b, 16 bytes, over the names and values of a row's columns. Columns that are
NULL are left out, so a later schema can add columns. Guards against decay, not against a
forger, who would write a new digest.
"""

from __future__ import annotations

import hashlib
from typing import Any

COLUMN = "digest"
TABLES = (
    "documents",
    "parts",
    "pages",
    "segments",
    "passages",
    "memories",
    "snapshots",
    "summaries",
    "vectors",
    "replies",
)
# Numbers that SQLite gives out: the rows that refer to them, or the index, tell if one changes.
# `blob` has a digest of its own in `sha256`, which is part of the row's.
_LEFT_OUT = {COLUMN, "id", "blob"}


def row_digest(row: dict[str, Any]) -> bytes:
    """The digest of a row, from all its columns (those that are not there count as NULL)."""
    total = hashlib.blake2b(digest_size=16)
    for name in sorted(row.keys() - _LEFT_OUT):
        value = row[name]
        if value is None:
            continue
        content = value if isinstance(value, bytes) else str(_plain(value)).encode()
        total.update(f"{name}:{len(content)}:".encode())
        total.update(content)
    return total.digest()


def _plain(value: Any) -> Any:
    """The value as SQLite gives it back: it has no booleans."""
    return int(value) if isinstance(value, bool) else value
