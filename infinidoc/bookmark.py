"""Where a reading stands: what is kept with a memory so that it can go on from there.

A plain dictionary, the header of the memory to go on from. It can come out of another
library's file, so it is checked before it is used.
"""

from __future__ import annotations

from typing import Any

from infinidoc.errors import LibraryError

Bookmark = dict[str, Any]


def beginning(snapshot_step: int) -> Bookmark:
    """The bookmark before anything was read; `snapshot_step`: tokens between two snapshots."""
    return {
        "tail": [],
        "at": 0,
        "encoded": 0,
        "pages": 0,
        "characters": 0,
        "first_page": 0,
        "snapshot_step": snapshot_step,
        "next_snapshot": snapshot_step,
        "title": None,
        "problems": [],
        "chapter_starts": [],
        "page_ends": [],
        "page_passed": 0,
    }


def checked(bookmark: Bookmark, vocabulary: int) -> Bookmark:
    """The bookmark, if a reading can go on from it; `vocabulary`: token ids are below."""
    kinds = {name: type(value) for name, value in beginning(1).items()} | {"title": (str, None)}
    whole = all(_is_of(bookmark.get(name), kind) for name, kind in kinds.items())
    if not whole or not _lists_are_sound(bookmark, vocabulary):
        what = "the place where reading stopped is damaged"
        raise LibraryError(what, hint="ingest the document again with --force")
    return bookmark


def _is_of(value: Any, kind: Any) -> bool:
    if kind == (str, None):
        return value is None or isinstance(value, str)
    return isinstance(value, kind) and (kind is not int or value >= 0)


def _lists_are_sound(bookmark: Bookmark, vocabulary: int) -> bool:
    pairs = [*bookmark["tail"], *bookmark["page_ends"]]
    numbers = [number for pair in pairs if isinstance(pair, list | tuple) for number in pair]
    numbers += bookmark["chapter_starts"]
    return (
        len(numbers) == 2 * len(pairs) + len(bookmark["chapter_starts"])
        and all(type(number) is int and number >= 0 for number in numbers)
        and all(token < vocabulary for token, _ in bookmark["tail"])
        and all(isinstance(problem, str) for problem in bookmark["problems"])
    )
