"""What differs between two readings of a source: file by file, and from which page on.

Knows rows of pages; knows no memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from infinidoc.reading import Page

Row = dict[str, Any]
_SAME = ("text", "label", "title", "path", "line", "problem")


def begins_with(pages: Iterable[Page], rows: Iterable[Row]) -> bool:
    """Whether a source's pages begin with all of a document's, and may go on."""
    for row, page in zip_longest(rows, pages):
        if row is None:
            return True
        if page is None or bool(row["chapter"]) != page.chapter:
            return False
        if any(row[name] != getattr(page, name) for name in _SAME):
            return False
    return True


def files_of(rows: Iterable[Row]) -> dict[str, bytes]:
    """The files of a document, each with a digest of its text."""
    found: dict[str, Any] = {}
    for row in rows:
        if row["path"] is not None:
            found.setdefault(row["path"], hashlib.sha256()).update(row["text"].encode())
    return {path: total.digest() for path, total in found.items()}


def changes(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, Any]:
    """Files that were added, changed, removed or moved, and how many are as they were."""
    gone = [path for path in before if path not in after]
    new = [path for path in after if path not in before]
    moved = []
    for path in list(gone):
        twin = next((other for other in new if after[other] == before[path]), None)
        if twin is not None:
            moved.append({"from": path, "to": twin})
            gone.remove(path)
            new.remove(twin)
    both = [path for path in after if path in before]
    changed = [path for path in both if before[path] != after[path]]
    told: dict[str, Any] = {"added": new, "changed": changed, "removed": gone, "moved": moved}
    return {**told, "unchanged": len(both) - len(changed)}
