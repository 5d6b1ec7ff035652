"""Finds what a document of code defines or states, each with its line as evidence.

Knows pages with paths; what a definition looks like is known by `definitions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from infinidoc.code.definitions import (
    BESIDES,
    MANIFESTS,
    remarks,
    signature_of,
    statement_at,
    tests,
)
from infinidoc.code.source import Source, symbols_of
from infinidoc.definition_kinds import FUNCTIONS, IMPLEMENTED, VALUES
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.text import fold
from infinidoc.text.phrases import shortened
from infinidoc.text.sentences import sentence_spans
from infinidoc.trees.syntax import docstring_lines
from infinidoc.trees.tags import Symbol

READ = 2000  # characters of a definition that is read
MARKS = "#!?="  # what belongs to a name, and may be left out
_TESTS = {"test", "tests", "__tests__", "spec", "specs"}
# What a function gives back or raises, on one line each.
GIVEN = {
    "returns": re.compile(r"\s*return\s+(?P<x>[^\s;][^;]*?)\s*;?\s*$"),
    "raises": re.compile(r"\s*(?:raise|throw)\s+(?:new\s+)?(?P<x>[^\s;][^;]*?)\s*;?\s*$"),
}
_CLAUSE = re.compile(r"\s+from\s+\S+$")  # behind what is raised


@dataclass(frozen=True)
class Definition:
    """Something defined in the text of a file, and its line as evidence."""

    found: Symbol
    evidence: Evidence
    text: str

    def belongs_to(self, owner: str) -> bool:
        """Whether it stands in `owner`: by its tree, else in what names it on its first line."""
        if self.found.owners is not None:
            return owner in self.found.owners
        lines = self.text.split("\n")
        margin = _margin(lines[self.found.line])
        for line in reversed(lines[: self.found.line]):
            if line.strip() and _margin(line) < margin and line.lstrip()[0] not in ")]}":
                if re.search(rf"(?<!\w){re.escape(owner)}(?!\w)", line):
                    return True
                margin = _margin(line)
        return False

    def belongs_directly(self, owner: str) -> bool:
        """Whether `owner` is the next around it."""
        return (self.found.owners or ())[-1:] == (owner,)

    @property
    def qualified(self) -> tuple[str, ...]:
        """Its name behind the names of what it belongs to."""
        return (*(self.found.owners or ()), self.found.name)

    @property
    def in_test(self) -> bool:
        """Whether its file is one of tests."""
        return is_test(self.evidence.path or "")

    @property
    def whole(self) -> Evidence:
        """All its lines, to be read, no more than a passage of them."""
        lines = self.text.split("\n")[self.found.line : (self.found.end or self.found.line) + 1]
        text = "\n".join(lines)[:READ].rstrip()
        return replace(self.evidence, text=text, end=self.evidence.start + len(text))

    def given(self, how: str) -> str:
        """What its code returns or raises, as it is written; "" if it does not say."""
        last = self.found.end or self.found.line
        inner = {
            number
            for one in symbols_of(self.text, self.evidence.path or "")
            if one.kind in FUNCTIONS and self.found.line < one.line <= last
            for number in range(one.line, (one.end or one.line) + 1)
        }
        lines = self.text.split("\n")[: last + 1]
        own = [at for at in range(self.found.line, len(lines)) if at not in inner]
        found = (GIVEN[how].match(statement_at(lines, at)) for at in own)
        given = [_CLAUSE.sub("", one["x"]) for one in found if one]
        return " or ".join(f"`{one}`" for one in dict.fromkeys(given) if _closed(one))

    @property
    def value(self) -> str | None:
        """A constant or a variable as it is set; None if it is neither."""
        lines = self.text.split("\n")
        text = " ".join(statement_at(lines, self.found.line).split())
        return f"`{shortened(text)}`" if self.found.kind in VALUES else None

    @property
    def remark(self) -> str:
        """All that is remarked on it."""
        return remarks(self.text, self.found.line, self.found.first)

    @property
    def signature(self) -> str:
        """Its first line up to where its body begins."""
        return signature_of(self.found, self.text)


def defined_as(name: str, source: Source, owner: str = "") -> list[Definition]:
    """The definitions of `name`, those in tests last: of `owner` if it has any, else exactly so
    spelled rather than nearly.

    What is only declared, as in a header, is among them: it may be what explains the name.
    """
    known = [one for one in _defined(source, name) if one.found.kind != IMPLEMENTED]
    exact = [one for one in known if one.found.name == name] or known
    owned = [one for one in exact if owner and one.belongs_to(owner)]
    return sorted(owned or exact, key=lambda one: one.in_test)


def every_definition(source: Source) -> Iterator[Definition]:
    """All that a document defines, in reading order."""
    return _defined(source)


def leading(known: list[Definition]) -> list[Definition]:
    """Definitions, those in tests last, without what is only declared where it is defined, too."""
    bodies = {one.qualified[-2:] for one in known if not one.found.declared}
    kept = [one for one in known if not one.found.declared or one.qualified[-2:] not in bodies]
    return sorted(kept, key=lambda one: one.in_test)


def is_test(path: str) -> bool:
    """Whether a file is one of tests, by the name of a folder or its own."""
    *folders, name = path.lower().split("/")
    stem = name.split(".", 1)[0]
    return (
        not _TESTS.isdisjoint(folders)
        or stem.startswith("test_")
        or stem.endswith(("_test", "_spec"))
        or not _TESTS.isdisjoint(name.split(".")[:-1])
    )


def explained(source: Source) -> Iterator[Definition]:
    """All at the margin that says something of itself, in reading order."""
    return (
        one
        for one in _defined(source)
        if one.found.doc and not one.found.inner and one.found.kind not in BESIDES
    )


def tests_in(source: Source) -> Iterator[Definition]:
    """The tests of a document, in reading order: cases that a framework runs."""
    for file in source.files():
        for found in tests(file.text, file.path, of_tests=is_test(file.path)):
            yield Definition(found, file.line_of(found), file.text)


def _defined(source: Source, name: str = "") -> Iterator[Definition]:
    """All that is defined, under the name `name` if one is given."""
    for file in source.files(name):
        for found in file.symbols:
            if not name or fold(found.name).strip(MARKS) == fold(name).strip(MARKS):
                yield Definition(found, file.line_of(found), file.text)


def _closed(text: str) -> bool:
    return all(text.count(one) == text.count(other) for one, other in ("()", "[]", "{}"))


def _margin(line: str) -> int:
    """How far a line is indented, in characters."""
    return len(line) - len(line.lstrip())


def docstrings(name: str, source: Source) -> Iterator[tuple[str, int]]:
    """The lines, path and number, of what files that hold `name` say to their readers alone."""
    for file in source.files(name):
        first = file.pages[0]["line"] or 1
        yield from ((file.path, first + line) for line in docstring_lines(file.text, file.path))


def stated(key: str, source: Source) -> Iterator[tuple[str, Evidence]]:
    """The values of a key such as "version" in manifests, each with its line; of what the whole
    is, READMEs say it, too."""
    pattern = re.compile(rf"^\s*[\"']?{key}[\"']?\s*[:=]\s*[\"'](?P<x>[^\"']+)[\"']", re.MULTILINE)
    for page in source.pages():
        name = (page["path"] or "").rsplit("/", 1)[-1]
        if key == "description" and name.lower().startswith("readme"):
            yield from _introduced(page, source.name)
        if name not in MANIFESTS:
            continue
        for match in pattern.finditer(page["text"]):
            span = (match.start() + len(match[0]) - len(match[0].lstrip()), match.end())
            yield match["x"], evidence_at(page["text"], page["start"], span, page, source.name)


def _introduced(page: dict[str, Any], document: str) -> Iterator[tuple[str, Evidence]]:
    """What a README says that the document is: "Shop (a till) is a ..."."""
    said = re.compile(
        rf"(?:the )?{re.escape(document)}(?: [\w-]+)?(?: \([^()]*\))? is (?:an?|the|one) ", re.I
    )
    for low, high, *_ in sentence_spans(page["text"]):
        text = " ".join(re.sub(r"\*\*|__", "", page["text"][low:high]).split())
        if said.match(text):
            yield text, evidence_at(page["text"], page["start"], (low, high), page, document)
