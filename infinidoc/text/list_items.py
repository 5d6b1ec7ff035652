"""Cuts what is no prose into points that can be quoted: the items of lists, lines of records.

Knows strings and offsets. An item goes on over the lines that are set in or begin with a
small letter. Where there are no lists every line that says something is a point: a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from infinidoc.text.sentences import Sentence, without_asides

LONGEST = 60  # words of a point worth quoting
OF_ITEM, OF_LINE = 2, 3  # words that a point has at least

_MARK = re.compile(
    r"[ \t]*(?:[-*+•‣◦▪●○–—·\uf0b7]|\(?(?:\d{1,3}|[a-z])[.)])(?:[ \t]+|[ \t]*\n[ \t]*)"
)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_GOES_ON = re.compile(r"[ \t]{2,}\S|[ \t]*[^\W\d_A-Z]")
_WORD = re.compile(r"[^\W\d_]{2,}")


def cut_points(text: str) -> list[Sentence]:
    """The points of `text`, in order: of its lists, or its lines if it has none."""
    prose = without_asides(text)
    return list(_items(prose)) or list(_lines(prose)) or list(_lines(text))


def _items(text: str) -> Iterator[Sentence]:
    at = 0
    for line in _LINE.finditer(text):
        mark = _MARK.match(text, line.start())
        if mark is None or line.start() < at:
            continue
        at = _end(text, mark.end())
        if point := _point(text, mark.end(), at, OF_ITEM):
            yield point


def _end(text: str, at: int) -> int:
    """Where the item ends that begins at `at`."""
    end = text.find("\n", at)
    while end >= 0 and _GOES_ON.match(text, end + 1) and not _MARK.match(text, end + 1):
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end


def _lines(text: str) -> Iterator[Sentence]:
    for line in _LINE.finditer(text):
        if point := _point(text, *line.span(), OF_LINE):
            yield point


def _point(text: str, start: int, end: int, least: int) -> Sentence | None:
    """The words between two places, unless they are too few or too many."""
    words = text[start:end].split()
    if len(words) > LONGEST or len(_WORD.findall(text, start, end)) < least:
        return None
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return Sentence(" ".join(words), start, end, opens=False)
