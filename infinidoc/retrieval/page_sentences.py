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

from infinidoc.text.lines import one_line
from infinidoc.text.sentences import Span, sentence_spans
from infinidoc.text.titles import in_a_line

LONGEST = 4000  # characters held back at a page's end; what goes on longer is no sentence

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
    """Where the last sentence begins, as the next page may go on with it."""
    spans = list(_prose(text)) if len(text) <= LONGEST else []
    return spans[-1].start if spans else len(text)


def _cut(text: str, origin: int, rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    for span in _prose(text):
        words = one_line(text[span.start : span.end])
        start, end = origin + span.start, origin + span.end
        page = next(row for row in reversed(rows) if row["start"] <= start)
        line = page["line"]
        if line is not None:
            line += page["text"].count("\n", 0, start - page["start"])
        place = (page["number"], page["label"], page["path"], line, in_a_line(page["title"]))
        yield Sentence(words, start, end, *place, whole=_WHOLE.match(words) is not None)


def _prose(text: str) -> Iterator[Span]:
    return (span for span in sentence_spans(text) if span.kind != "heading")
