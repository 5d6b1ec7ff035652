"""The lines of a text and where they begin."""

from __future__ import annotations

from collections.abc import Iterator


def lines_in(text: str) -> Iterator[tuple[int, str]]:
    """Where each line begins, and the line with its end."""
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line
        at += len(line)
