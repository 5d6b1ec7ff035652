"""The lines of a text and where they begin; a text as one line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from infinidoc.text.folding import UNSPACED


def lines_in(text: str) -> Iterator[tuple[int, str]]:
    """Where each line begins, and the line with its end."""
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line
        at += len(line)


def one_line(text: str) -> str:
    """The text as one line, spaces evened; where words are written without spaces, none is put
    in the place of a line's end."""
    return " ".join((text if text.isascii() else _wrapped().sub("", text)).split())


@cache
def _wrapped() -> Any:
    """The end of a line between two letters that no space parts."""
    import regex

    return regex.compile(rf"(?<=[{UNSPACED}、。])[^\S\n]*\n[^\S\n]*(?=[{UNSPACED}])")
