"""Finds what a document of code defines or states, each with its line as evidence.

Knows pages with paths; what a definition looks like is known by `definitions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from infinidoc.code.definitions import MANIFESTS, definitions, remarks, signature_of
from infinidoc.code.syntax import CONSTANT, docstring_lines
from infinidoc.code.tags import Symbol
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.text import fold

Row = dict[str, Any]
PARSED = 256  # files whose definitions are remembered


@dataclass(frozen=True)
class Definition:
    """Something defined in the text of a file, and its line as evidence."""

    found: Symbol
    evidence: Evidence
    text: str

    def belongs_to(self, owner: str) -> bool:
        """Whether it stands in something whose first line names `owner`."""
        lines = self.text.split("\n")
        margin = _margin(lines[self.found.line])
        for line in reversed(lines[: self.found.line]):
            if line.strip() and _margin(line) < margin and line.lstrip()[0] not in ")]}":
                if re.search(rf"(?<!\w){re.escape(owner)}(?!\w)", line):
                    return True
                margin = _margin(line)
        return False

    @property
    def remark(self) -> str:
        """All that is remarked on it."""
        return remarks(self.text, self.found.line, self.found.first)

    @property
    def signature(self) -> str:
        """Its first line up to where its body begins."""
        return signature_of(self.found, self.text)


def defined_as(name: str, pages: Any, document: str, owner: str = "") -> list[Definition]:
    """The definitions of `name`: those of `owner` if it has any, else exactly so spelled rather
    than nearly, at the margin if any is.

    What is only declared, as in a header, is among them: it may be what explains the name.
    """
    known = list(_defined(pages, document, name))
    exact = [one for one in known if one.found.name == name] or known
    if owner and (owned := [one for one in exact if one.belongs_to(owner)]):
        return owned
    outer = [one for one in exact if not one.found.declared and not one.found.inner]
    return [one for one in exact if one in outer or one.found.declared] if outer else exact


def explained(pages: Any, document: str) -> Iterator[Definition]:
    """All at the margin that says something of itself, in reading order."""
    return (
        one
        for one in _defined(pages, document)
        if one.found.doc and not one.found.inner and one.found.kind != CONSTANT
    )


def _defined(pages: Any, document: str, name: str = "") -> Iterator[Definition]:
    """All that is defined, under the name `name` if one is given."""
    for file, text in _files_with(name, pages):
        for found in _symbols(text, file[0]["path"]):
            if not name or fold(found.name) == fold(name):
                yield Definition(found, line_of(file, found, document), text)


@lru_cache(maxsize=PARSED)
def _symbols(text: str, path: str) -> tuple[Symbol, ...]:
    """All that a file defines; one question looks twice."""
    return tuple(definitions(text, True, path))


def _margin(line: str) -> int:
    """How far a line is indented, in characters."""
    return len(line) - len(line.lstrip())


def docstrings(name: str, pages: Any) -> Iterator[tuple[str, int]]:
    """The lines, path and number, of what files that hold `name` say to their readers alone."""
    for file, text in _files_with(name, pages):
        first, path = file[0]["line"] or 1, file[0]["path"]
        yield from ((path, first + line) for line in docstring_lines(text, path))


def _files_with(name: str, pages: Any) -> Iterator[tuple[list[Row], str]]:
    """The files that hold `name` in any letters, each with its text."""
    for file in files_of(pages):
        text = "".join(page["text"] for page in file)
        if fold(name) in fold(text):
            yield file, text


def files_of(pages: Any) -> Iterator[list[Row]]:
    """The pages of each file together: what they define may begin on one and end on another."""
    for path, file in groupby(pages, key=itemgetter("path")):
        if path is not None:
            yield list(file)


def stated(key: str, pages: Any, document: str) -> Iterator[tuple[str, Evidence]]:
    """The values of a key such as "version" in manifests, each with its line."""
    pattern = re.compile(rf"^\s*[\"']?{key}[\"']?\s*[:=]\s*[\"'](?P<x>[^\"']+)[\"']", re.MULTILINE)
    for page in pages:
        if page["path"] is None or page["path"].rsplit("/", 1)[-1] not in MANIFESTS:
            continue
        for match in pattern.finditer(page["text"]):
            span = (match.start() + len(match[0]) - len(match[0].lstrip()), match.end())
            yield match["x"], evidence_at(page["text"], page["start"], span, page, document)


def line_of(file: list[Row], found: Symbol, document: str) -> Evidence:
    """The line of a definition, on the page of its file where it stands."""
    number = found.line
    for page in file:
        lines = page["text"].split("\n")
        if number < len(lines) - 1 or page is file[-1]:
            break
        number -= len(lines) - 1  # a page ends with its last line
    low = sum(len(line) + 1 for line in lines[:number])
    high = low + len(lines[number].rstrip())
    return evidence_at(page["text"], page["start"], (low, high), page, document)
