"""Finds what a document of code defines or states, each with its line as evidence.

Knows pages with paths; what a definition looks like is known by `definitions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from infinidoc.code.definitions import MANIFESTS, Found, definitions, remarks, signature
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.text import fold


@dataclass(frozen=True)
class Definition:
    """Something defined, its line as evidence, all that is remarked on it, and its first line
    up to where its body begins."""

    found: Found
    evidence: Evidence
    remark: str
    signature: str


def defined_as(name: str, pages: Any, document: str) -> list[Definition]:
    """The definitions of `name`: exactly so spelled rather than nearly, at the margin if any is."""
    made: dict[tuple[bool, bool], list[Definition]] = {}
    for file in files_of(pages):
        text = "".join(page["text"] for page in file)
        if fold(name) not in fold(text):
            continue
        for found in definitions(text, nested=True, path=file[0]["path"]):
            if fold(found.name) == fold(name):
                said, head = remarks(text, found.line), signature(text, found.line)
                one = Definition(found, _line(file, found, document), said, head)
                inner = text.split("\n")[found.line][:1].isspace()
                made.setdefault((found.name != name, inner), []).append(one)
    return made[min(made)] if made else []


def explained(pages: Any, document: str) -> Iterator[Definition]:
    """All that is defined at the margin, in reading order."""
    for file in files_of(pages):
        text = "".join(page["text"] for page in file)
        for found in definitions(text, path=file[0]["path"]):
            yield Definition(found, _line(file, found, document), "", "")


def files_of(pages: Any) -> Iterator[list[dict[str, Any]]]:
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


def _line(file: list[dict[str, Any]], found: Found, document: str) -> Evidence:
    """The line of a definition, on the page of its file where it stands."""
    left = found.line
    for page in file:
        lines = page["text"].split("\n")
        if left < len(lines) - 1 or page is file[-1]:
            break
        left -= len(lines) - 1  # a page ends with its last line
    low = sum(len(line) + 1 for line in lines[:left])
    high = low + len(lines[left].rstrip())
    return evidence_at(page["text"], page["start"], (low, high), page, document)
