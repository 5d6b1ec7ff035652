"""Pages into sentences, each with the place where it begins.

Knows strings and page rows only. A sentence may run over a page border; a blank line, a
heading, an item of a list and a new chapter end one. Pages are taken one after the other,
so a text of any length needs little memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.text.titles import in_a_line

LONGEST = 4000  # characters held back at a page's end; what goes on longer is no sentence

_BLOCK = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*+•|>]|#{1,6}|\d{1,3}[.)])[ \t])")
# A line that is short and ends without a stop, before a capital: a heading of a PDF.
_SHORT = re.compile(r"^([^\n]*[^\s.,;:!?…\-—\"'”’])\n(?=[\"'“‘]?[A-ZÀ-Þ\d])", re.MULTILINE)
_END = re.compile(r"[.!?…]+[\"'”’»)\]_*]*\s+(?=[\"'“‘«(\[_*—-]*(?![a-zß-ÿ])[^\W_])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“‘'])(?:[^\W\d_]|Mr|Mrs|Ms|Messrs|Dr|Prof|St|Rev|Hon|Capt|Col|Gen|Lt|Lieut|Maj"
    r"|Sgt|Sir|Jr|Sr|Nos?|Figs?|Vol|Ch|pp?|cf|vs|viz|ca|approx|e\.g|i\.e|Mme|Mlle|Inc|Ltd|Co"
    r"|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.\s+$"
)
_HEADING = re.compile(r"\s*#{1,6}[ \t].*(?:\n|$)")
_WHOLE = re.compile(r"[\"'“‘«(\[_*]*[A-ZÀ-ÞŒ\d].*[.!?…][\"'”’»)\]_*]*$", re.DOTALL)


@dataclass(frozen=True)
class Sentence:
    """A sentence on one line; `start` and `end` count characters of the document.

    `whole`: it begins and ends as sentences do. `first`: a paragraph begins with it.
    """

    text: str
    start: int
    end: int
    page: int
    label: str | None
    path: str | None
    line: int | None
    title: str | None
    whole: bool
    first: bool


def sentences(pages: Iterable[dict[str, Any]]) -> Iterator[Sentence]:
    """The sentences of pages that follow one another, in reading order; no headings."""
    text, origin, first = "", 0, True
    rows: list[dict[str, Any]] = []
    for page in pages:
        if rows and (page["chapter"] or page["path"] != rows[-1]["path"]):
            yield from _cut(text, origin, rows, first)
            text = ""
        if not text:
            origin, rows, first = page["start"], [], True
        text, rows = text + page["text"], [*rows, page]
        border, goes_on = _unfinished(text)
        yield from _cut(text[:border], origin, rows, first)
        text, origin, first = text[border:], origin + border, goes_on or (first and border == 0)
        rows = [row for row in rows if row["end"] > origin]
    yield from _cut(text, origin, rows, first)


def _unfinished(text: str) -> tuple[int, bool]:
    """Where the last sentence begins, as the next page may go on with it; whether a paragraph
    begins with it."""
    spans = list(_spans(text)) if len(text) <= LONGEST else []
    return (spans[-1][0], spans[-1][2]) if spans else (len(text), True)


def _cut(text: str, origin: int, rows: list[dict[str, Any]], first: bool) -> Iterator[Sentence]:
    """The sentences of a text; `first`: whether a paragraph begins where it begins."""
    for low, high, begins in _spans(text):
        words = " ".join(text[low:high].split())
        if words:
            yield _sentence(words, origin + low, origin + high, rows, begins and first)
            first = True


def _sentence(
    words: str, start: int, end: int, rows: list[dict[str, Any]], first: bool
) -> Sentence:
    page = next(row for row in reversed(rows) if row["start"] <= start)
    line = page["line"]
    if line is not None:
        line += page["text"].count("\n", 0, start - page["start"])
    place = {key: page[key] for key in ("label", "path")} | {"title": in_a_line(page["title"])}
    whole = _WHOLE.match(words) is not None
    return Sentence(words, start, end, page["number"], line=line, whole=whole, first=first, **place)


def _spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether it begins a block) of every sentence, white space left out."""
    at = 0
    for end, following in [*_borders(text), (len(text), len(text))]:
        if end < at:
            continue
        heading = _HEADING.match(text, at, end)
        low = top = heading.end() if heading else at
        for mark in _END.finditer(text, low, end):
            if not _ABBREVIATION.search(text, max(low, mark.start() - 8), mark.end()):
                yield *_stripped(text, low, mark.end()), low == top
                low = mark.end()
        if low < end:
            yield *_stripped(text, low, end), low == top
        at = following


def _borders(text: str) -> list[tuple[int, int]]:
    """(end, next start) of the blocks of a text: paragraphs, items, headings."""
    width = max(map(len, text.split("\n")))
    short = min(45, 0.6 * width)
    blocks = [match.span() for match in _BLOCK.finditer(text)]
    lines = [match for match in _SHORT.finditer(text) if len(match[1]) < short]
    return sorted(blocks + [(match.end(1), match.end()) for match in lines])


def _stripped(text: str, low: int, high: int) -> tuple[int, int]:
    piece = text[low:high]
    return low + len(piece) - len(piece.lstrip()), low + len(piece.rstrip())
