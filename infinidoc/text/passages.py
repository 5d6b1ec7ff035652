"""Cuts the text of a page into passages: what is searched, read again and cited.

Knows strings only. A passage ends where a reader would pause (a blank line, a heading, a
sentence, at worst a line or a word), holds about `SIZE` characters, and together the
passages of a page are the page: nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from infinidoc.text.sentences import sentence_spans

SIZE = 600
SMALL = 120  # a passage shorter than this joins its neighbour

_PARAGRAPH = re.compile(
    r"\n[ \t]*\n+|\n(?=#{1,6} )|\n(?=(?:def|class|async def|fn|func|pub|impl) )"
)
_LINE = re.compile(r"\n")
_WORD = re.compile(r"\s+")


def cut_passages(text: str, size: int = SIZE) -> list[tuple[int, int]]:
    """Spans (start, end) that cover `text` from the first to the last character."""
    spans: list[tuple[int, int]] = []
    for start, end in _pack(_pieces(text, 0, len(text), size), size):
        if spans and (end - start < SMALL and end - spans[-1][0] <= size + SMALL):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def _pieces(text: str, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Paragraphs; those too long as sentences, those as lines, those as words, or just cut."""
    for low, high in _split(text, start, end, _PARAGRAPH):
        if high - low <= size:
            yield low, high
            continue
        for first, last in _sentences(text, low, high):
            if last - first <= size:
                yield first, last
            else:
                yield from _lines(text, first, last, size)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences, each with the white space behind it: a line that was only wrapped ends none."""
    starts = {start + span.start for span in sentence_spans(text[start:end])}
    yield from pairwise(sorted({at for at in starts if start < at < end} | {start, end}))


def _lines(text: str, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    for first, last in _split(text, start, end, _LINE):
        if last - first <= size:
            yield first, last
            continue
        for a, b in _pack(_split(text, first, last, _WORD), size):
            yield from ((at, min(at + size, b)) for at in range(a, b, size))


def _split(text: str, start: int, end: int, border: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    ends = {match.end() for match in border.finditer(text, start, end)}
    yield from pairwise(sorted({start, end} | ends))


def _pack(pieces: Iterator[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Join neighbours while they fit into `size`."""
    low = high = -1
    for start, end in pieces:
        if low < 0:
            low, high = start, end
        elif end - low <= size:
            high = end
        else:
            yield low, high
            low, high = start, end
    if low >= 0:
        yield low, high
