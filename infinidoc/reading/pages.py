"""Lines into pages of about 3,000 characters.

A page ends at a form feed, before a heading, or where it is full: at a line end, or in a line
that is longer than a page behind a sentence, else behind a word. Knows lines, no files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from infinidoc.reading.document import ended
from infinidoc.reading.indentation import Indentation
from infinidoc.text.sentences import sentence_spans

PAGE = 3000  # characters
MARKS = 32  # on one letter: a line of more of them is cut between them

_PLAIN_HEADING = re.compile(
    r"^\s*((?:chapter|part|book|canto|act|scene)\s+[\divxlc]+\b.{0,60})$", re.I
)
_PAUSE = re.compile(r"[、，；：]")
_SPACE = re.compile(r"\s+")


@dataclass
class Line:
    """A line of a text, or part of a very long one; `number` from 1.

    `end` is its end mark: "\\n", or "" where a long line was cut. `heading`: the words of the
    chapter that begins here.
    """

    number: int
    text: str
    page_break: bool = False
    end: str = "\n"
    heading: str | None = None


@dataclass
class TextPage:
    """A stretch of lines, with the heading in force where it begins, and the lines in which
    its first one stands by indentation."""

    text: str
    line: int
    title: str | None
    chapter: bool
    within: str


def cut_pages(lines: Iterable[Line], size: int = PAGE) -> Iterator[TextPage]:
    """Pages of at most `size` characters and a line end, cut at headings and form feeds, too."""
    held: list[str] = []
    length, first, title, chapter, within = 0, 1, None, False, ""
    indentation = Indentation()
    for line in _bounded(lines, size):
        full = length + len(line.text) > size
        begins = line.heading and any(text.strip() for text in held)
        if held and (line.page_break or begins or full):
            yield TextPage("".join(held), first, title, chapter, within)
            held, length, chapter = [], 0, False
        if not held:
            first, within = line.number, indentation.lines
        if line.heading:
            title, chapter = line.heading, True
        held.append(line.text + line.end)
        indentation.add(line.text)
        length += len(line.text) + len(line.end)
    if held:
        yield TextPage(ended("".join(held)), first, title, chapter, within)


def plainly_headed(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines, with headings as plain text has them."""
    for line in lines:
        line.heading = line.heading or plain_heading(line.text)
        yield line


def plain_heading(text: str) -> str | None:
    """The words of a chapter heading in plain text: "Chapter IV ..."."""
    match = _PLAIN_HEADING.match(text)
    return match.group(1).strip() if match else None


def _bounded(lines: Iterable[Line], size: int) -> Iterator[Line]:
    """The same lines, cut so that none is longer than `size`; parts of a line are joined."""
    rest: Line | None = None
    for line in lines:
        if rest is not None:
            rest.text, rest.end = rest.text + line.text, line.end
            line, rest = rest, None
        while len(line.text) > size:
            at = _cut_at(line.text, size)
            in_a_word = line.text[at - 1].isalnum() and line.text[at].isalnum()
            alone = line.page_break or in_a_word
            yield replace(line, text=line.text[:at], end="", page_break=alone)
            line = replace(line, text=line.text[at:], page_break=False, heading=None)
        if line.end:
            yield line
        else:
            rest = line
    if rest is not None:
        yield rest


def _cut_at(text: str, size: int) -> int:
    """Where a line is cut: behind the last sentence, clause or word that fits in `size`."""
    for low in (size - size // 8, size // 2):  # a sentence is rarely longer
        starts = [low + span.start for span in sentence_spans(text[low:size])]
        if starts[1:]:
            return starts[-1]
    for pattern, low in ((_SPACE, 1), (_PAUSE, size // 2)):
        ends = [match.end() for match in pattern.finditer(text, low, size)]
        if ends:
            return ends[-1]
    letters = range(size, max(size - MARKS, 0), -1)
    return next((at for at in letters if not _joins(text[at])), size)


def _joins(letter: str) -> bool:
    """Whether it is a mark on the letter before it."""
    return bool(unicodedata.combining(letter)) or letter in "\u200d\ufe0f"
