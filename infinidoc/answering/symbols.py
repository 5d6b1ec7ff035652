"""Answers questions about what code defines, from its definitions and references.

What something does is what it says of itself, in its docstring or the comment above; where
it is used is counted line by line. Only where it says nothing of itself does the model read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infinidoc.answering.definitions import (
    MANIFESTS,
    Found,
    default_of,
    definitions,
    remarks,
    returned,
)
from infinidoc.answering.evidence import Evidence
from infinidoc.answering.inquiry import Inquiry
from infinidoc.answering.kinds import Kind
from infinidoc.answering.mentions import find_mentions, quote
from infinidoc.answering.told import Told, amount, cited, joined
from infinidoc.store import Store

SHOWN = 24  # places given with a count
SAID = 6  # definitions of one name that are told


@dataclass(frozen=True)
class Definition:
    """Something defined, its line as evidence, and all that is remarked on it."""

    found: Found
    evidence: Evidence
    remark: str


class Symbols(Told):
    """One question about a name that one document of code defines."""

    def __init__(self, inquiry: Inquiry, kind: Kind) -> None:
        super().__init__(inquiry)
        (self.document,) = self.documents
        self.asked, self.kind = kind, kind.name
        self.last: int | None = self.borders.get(self.document["id"])

    def _tell(self) -> Iterator[str]:
        tellers = {
            "defined": self._defined,
            "used": self._used,
            "does": lambda: self._remarked(lambda one: one.found.doc),
            "returns": lambda: self._remarked(lambda one: returned(one.remark)),
            "default": lambda: self._remarked(self._default),
            "stated": self._stated,
        }
        pages = min(self.last or self.document["pages"], self.document["pages"])
        self.examined["pages"] = pages
        yield from tellers[self.kind]()

    @cached_property
    def _definitions(self) -> list[Definition]:
        pages = self.store.pages(self.document["id"], self.last)
        return defined_as(self.asked.subject, pages, self.document["name"])

    def _defined(self) -> Iterator[str]:
        """Each place where it is defined."""
        for one in self._definitions:
            self._take(one.evidence)
            yield f"{one.evidence.where()}: {one.found.kind} {one.found.name}\n"

    def _used(self) -> Iterator[str]:
        """Each line it stands on but those that define it, file by file."""
        name = re.escape(self.asked.subject)
        pattern = re.compile(rf"(?<![\w$]){name}(?![\w$])")
        pages = self.store.pages(self.document["id"], self.last)
        own = {(one.evidence.path, one.evidence.line) for one in self._definitions}
        places: dict[tuple[str | None, int | None], Evidence] = {}
        for mention in find_mentions(pages, pattern, self.document["name"]):
            key = (mention.evidence.path, mention.evidence.line)
            if key not in own and not _is_remark(mention.evidence.text):
                places.setdefault(key, mention.evidence)
        if not places:
            return
        for evidence in list(places.values())[:SHOWN]:
            self._take(evidence)
        files = len({path for path, _ in places})
        where = joined([evidence.where() for evidence in places.values()])
        lines = f"On {amount(len(places), 'line')} of {amount(files, 'file')}"
        yield f"{lines}, definitions and comments aside: {where}."

    def _remarked(self, said: Any) -> Iterator[str]:
        """What the definitions say of themselves; if they say nothing, as the model reads."""
        told: set[str] = set()
        for one in self._definitions:
            text = said(one)
            if text and text not in told and len(told) < SAID:
                told.add(text)
                self._take(one.evidence)
                yield f"{text} {cited(one.evidence)}\n"
        if not told:
            answering = self._read(self.document, self.question)
            result = answering.finish()
            self.found, self.confidence = result["found"], result["confidence"]
            self.evidence = list(answering.evidence)
            if self.found:
                yield result["answer"]

    def _default(self, one: Definition) -> str | None:
        return default_of(self.asked.aspect, one.evidence.text, one.remark)

    def _stated(self) -> Iterator[str]:
        """What the manifest nearest the top says of the whole."""
        pages = self.store.pages(self.document["id"], self.last)
        value, evidence = min(stated(self.asked.subject, pages, self.document["name"]), key=_depth)
        self._take(evidence)
        yield f"{value} {cited(evidence)}"

    def _take(self, evidence: Evidence) -> None:
        self.found, self.confidence = True, 1.0
        self.evidence.append(evidence)


def defined_as(name: str, pages: Any, document: str) -> list[Definition]:
    """The definitions of `name`: exactly so spelled rather than nearly, at the margin if any is."""
    made: dict[tuple[bool, bool], list[Definition]] = {}
    for page in pages:
        text = page["text"]
        if page["path"] is None or name.lower() not in text.lower():
            continue
        for found in definitions(text, nested=True):
            if found.name.lower() == name.lower():
                one = Definition(found, _line(page, found, document), remarks(text, found.line))
                inner = text.splitlines()[found.line][:1].isspace()
                made.setdefault((found.name != name, inner), []).append(one)
    return made[min(made)] if made else []


def stated(key: str, pages: Any, document: str) -> Iterator[tuple[str, Evidence]]:
    """The values of a key such as "version" in manifests, each with its line."""
    pattern = re.compile(rf"^\s*[\"']?{key}[\"']?\s*[:=]\s*[\"'](?P<x>[^\"']+)[\"']", re.MULTILINE)
    for page in pages:
        if page["path"] is None or page["path"].rsplit("/", 1)[-1] not in MANIFESTS:
            continue
        for match in pattern.finditer(page["text"]):
            span = (match.start() + len(match[0]) - len(match[0].lstrip()), match.end())
            yield match["x"], quote(page["text"], page["start"], span, page, document)


def is_known(kind: Kind, store: Store, document: dict[str, Any], until: int | None) -> bool:
    """Whether code of the document, as far as it may be known, has what is asked of it."""
    if document["kind"] != "code":
        return False
    pages = store.pages(document["id"], until)
    if kind.name == "stated":
        return any(stated(kind.subject, pages, document["name"]))
    return bool(defined_as(kind.subject, pages, document["name"]))


def _depth(one: tuple[str, Evidence]) -> tuple[int, int]:
    """How deep in the folders a place is, then where it stands."""
    return (one[1].path or "").count("/"), one[1].start


def _line(page: dict[str, Any], found: Found, document: str) -> Evidence:
    """The line of a definition."""
    lines = page["text"].splitlines(keepends=True)
    low = sum(map(len, lines[: found.line]))
    high = low + len(lines[found.line].rstrip())
    return quote(page["text"], page["start"], (low, high), page, document)


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith(("*", "//", "#", "/*", "--"))
