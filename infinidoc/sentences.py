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

    `whole`: it begins and ends as sentences do.
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


def sentences(pages: Iterable[dict[str, Any]]) -> Iterator[Sentence]:
    """The sentences of pages that follow one another, in reading order; no headings."""
    text, origin = "", 0
    rows: list[dict[str, Any]] = []
    for page in pages:
        if rows and (page["chapter"] or page["path"] != rows[-1]["path"]):
            yield from _cut(text, origin, rows)
            text = ""
        if not text:
            origin, rows = page["start"], []
        text, rows = text + page["text"], [*rows, page]
        border = _unfinished(text)
        yield from _cut(text[:border], origin, rows)
        text, origin = text[border:], origin + border
        rows = [row for row in rows if row["end"] > origin]
    yield from _cut(text, origin, rows)


def _unfinished(text: str) -> int:
    """Where the last sentence begins: the next page may go on with it."""
    spans = list(_spans(text)) if len(text) <= LONGEST else []
    return spans[-1][0] if spans else len(text)


def _cut(text: str, origin: int, rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    for low, high in _spans(text):
        words = " ".join(text[low:high].split())
        if words:
            yield _sentence(words, origin + low, origin + high, rows)


def _sentence(words: str, start: int, end: int, rows: list[dict[str, Any]]) -> Sentence:
    page = next(row for row in reversed(rows) if row["start"] <= start)
    line = page["line"]
    if line is not None:
        line += page["text"].count("\n", 0, start - page["start"])
    place = {key: page[key] for key in ("label", "path", "title")}
    whole = _WHOLE.match(words) is not None
    return Sentence(words, start, end, page["number"], line=line, whole=whole, **place)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every sentence, without the white space around it."""
    at = 0
    for end, following in [*_borders(text), (len(text), len(text))]:
        if end < at:
            continue
        heading = _HEADING.match(text, at, end)
        low = heading.end() if heading else at
        for mark in _END.finditer(text, low, end):
            if not _ABBREVIATION.search(text, max(low, mark.start() - 8), mark.end()):
                yield _stripped(text, low, mark.end())
                low = mark.end()
        if low < end:
            yield _stripped(text, low, end)
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
