"""The section that a question names by its number: "What does section 4.2 require?", "What
changed in version 8.0.0?"

Its heading is a line that begins with that number, or that names that version; the section goes
as far as the next such heading. Where several lines do, short ones are not meant: those of a
list of contents. Knows lines and pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infinidoc.store import Store
from infinidoc.text.lines import lines_in
from infinidoc.text.references import NUMBER, UNITS, Number, References, number_of, versions_in

DIVIDED = 8  # documents at most in which a section that is named is looked for
LONGEST = 4_000  # characters of a passage
LEAST = 3  # headings that name a version, in a text that is divided by versions
SHARE = 0.3  # of the longest section of a number that another of that number has
WIDEST = 120  # characters of a heading that names a version
HIGHEST = 400  # a line that begins with a larger number begins with a year, or an amount

PROSE = (".md", ".markdown", ".rst", ".txt")  # files that have headings
_LINK = re.compile(r"(?<=\])\([^()\s]*\)|<[^<>\s]+>")  # where a link leads

_BEFORE = r"[ \t#*>|]{0,8}"
_UNIT = re.compile(rf"{_BEFORE}(?:(?i:{UNITS})\b|§)")
_NUMBERED = re.compile(
    rf"{_BEFORE}(?:(?i:{UNITS})\.?[ \t]+|§[ \t]?)?({NUMBER})([.):]?)(?=[ \t*—–-]|$)[ \t*]*(\S?)"
)
_ITEM = re.compile(r"[ \t]*(?:[-*+•o]|\d+[.)])[ \t]")


@dataclass(frozen=True)
class Section:
    """Characters `start` to `end` of a document."""

    document: int
    start: int
    end: int

    def may_hold(self, document: int, start: int) -> bool:
        """Whether a passage that begins there may be in part of this section."""
        return document == self.document and self.start - LONGEST < start < self.end

    def within(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """The part of a passage that is of this section, as a passage; None if none is."""
        low, high = max(row["start"], self.start), min(row["end"], self.end)
        if row["document"] != self.document or low >= high:
            return None
        before, text = (row["text"][a - row["start"] : b - row["start"]] for a, b in
                        ((row["start"], low), (low, high)))  # fmt: skip
        line = None if row["line"] is None else row["line"] + before.count("\n")
        return {**row, "start": low, "end": high, "text": text, "line": line}


@dataclass(frozen=True)
class _Heading:
    start: int
    number: Number


def named_sections(
    store: Store, documents: Collection[int], question: str, until: dict[int, int]
) -> list[Section]:
    """The sections that the question names, in each of the documents that has them; [] of more
    documents than are looked through for them."""
    named = References.of(question)
    if not named or len(documents) > DIVIDED:
        return []
    return [
        Section(document, *span)
        for document in documents
        for span in _named_spans(named, list(store.pages(document, until.get(document))))
    ]


def _named_spans(named: References, pages: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Where the sections of the versions stand that are named; else those of the numbers."""
    end = int(pages[-1]["end"]) if pages else 0
    of_versions = _version_headings(pages) if named.versions else []
    versions = ((version,) for version in named.versions)
    spans = [s for one in versions for s in _sections(of_versions, one, end, equal=True)]
    if spans or not named.sections:
        return spans
    headings = list(_numbered_headings(pages))
    return [span for number in named.sections for span in _sections(headings, number, end)]


def has_versions(pages: Sequence[dict[str, Any]]) -> bool:
    """Whether a text is divided by versions, as a list of changes is."""
    return bool(_version_headings(pages))


def _sections(
    headings: Sequence[_Heading], number: Number, end: int, *, equal: bool = False
) -> list[tuple[int, int]]:
    """The sections of this number, none much shorter than the longest. One ends where one of a
    later number and no lower rank begins; with `equal`, wherever another one begins."""
    spans = []
    for at, heading in enumerate(headings):
        if heading.number == number:
            later = (
                each.start
                for each in headings[at + 1 :]
                if each.number != number and (equal or _is_later(each.number, number))
            )
            spans.append((heading.start, next(later, end)))
    longest = max((high - low for low, high in spans), default=0)
    return [(low, high) for low, high in spans if high - low >= SHARE * longest]


def _is_later(one: Number, other: Number) -> bool:
    """Whether a section ends where `one` begins: 4.2 at 4.3 and at 5, but not at 4.2.1. At 4.1,
    too: a list of contents ends there."""
    if isinstance(one[0], int) != isinstance(other[0], int) or len(one) > len(other):
        return False
    sibling = len(one) == len(other) > 1 and one[:-1] == other[:-1]
    return sibling or one > other[: len(one)]


def _lines(pages: Sequence[dict[str, Any]]) -> Iterator[tuple[int, str, bool]]:
    """Each line that is not empty, where it begins, and whether the one before was empty."""
    for page in pages:
        free = True
        for at, line in lines_in(page["text"]):
            if line.strip():
                yield page["start"] + at, line.rstrip(), free
            free = not line.strip()


def _numbered_headings(pages: Sequence[dict[str, Any]]) -> Iterator[_Heading]:
    for start, line, _ in _lines(pages):
        found = _NUMBERED.match(line)
        if found is None:
            continue
        number, named = number_of(found[1]), _UNIT.match(line) is not None
        bare = isinstance(number[0], int) and number[0] < HIGHEST and found[1][0].isdigit()
        told = found[2] or "." in found[1] or found[3].isupper() or line.lstrip().startswith("#")
        if named or (bare and told):
            yield _Heading(start, number)


def _version_headings(pages: Sequence[dict[str, Any]]) -> list[_Heading]:
    """Those of versions; none where they are too few to divide the text."""
    found = list(_naming_versions(pages))
    return found if sum(bool(one.number) for one in found) >= LEAST else []


def _naming_versions(pages: Sequence[dict[str, Any]]) -> Iterator[_Heading]:
    """Lines for themselves that name a version, the last one they name; of several files those
    of prose, and where each file begins."""
    before = None
    for page in pages:
        if page["path"] != before:
            before = page["path"]
            yield _Heading(page["start"], ())
        if before is None or _is_prose(before):
            yield from _versions_on(page)


def _is_prose(path: str) -> bool:
    """Whether a file has headings: by the end of its name, or by a name such as NEWS."""
    name = path.rsplit("/", 1)[-1]
    return name.lower().endswith(PROSE) or ("." not in name and name[:1].isupper())


def _versions_on(page: dict[str, Any]) -> Iterator[_Heading]:
    for start, line, free in _lines([page]):
        line = _LINK.sub("", line)
        if len(line) > WIDEST or _ITEM.match(line) or not (free or line.startswith("#")):
            continue
        versions = versions_in(line)
        if versions and not line.endswith((".", ",", ";", ":")):
            yield _Heading(start, (versions[-1],))
