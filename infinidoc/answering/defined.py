"""Finds what a document of code defines or states, each with its line as evidence.

Knows pages with paths; what a definition looks like is known by `definitions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.answering.definitions import MANIFESTS, Found, definitions, remarks, signature
from infinidoc.answering.evidence import Evidence
from infinidoc.answering.mentions import quote
from infinidoc.text import fold


@dataclass(frozen=True)
class Definition:
    """Something defined, its line as evidence, all that is remarked on it, and its brackets."""

    found: Found
    evidence: Evidence
    remark: str
    signature: str = ""


def defined_as(name: str, pages: Any, document: str) -> list[Definition]:
    """The definitions of `name`: exactly so spelled rather than nearly, at the margin if any is."""
    made: dict[tuple[bool, bool], list[Definition]] = {}
    for page in pages:
        text = page["text"]
        if page["path"] is None or fold(name) not in fold(text):
            continue
        for found in definitions(text, nested=True):
            if fold(found.name) == fold(name):
                said, whole = remarks(text, found.line), signature(text, found.line)
                one = Definition(found, _line(page, found, document), said, whole)
                inner = text.splitlines()[found.line][:1].isspace()
                made.setdefault((found.name != name, inner), []).append(one)
    return made[min(made)] if made else []


def explained(pages: Any, document: str) -> Iterator[Definition]:
    """All that is defined at the margin, in reading order."""
    for page in pages:
        for found in definitions(page["text"]) if page["path"] is not None else ():
            yield Definition(found, _line(page, found, document), "")


def stated(key: str, pages: Any, document: str) -> Iterator[tuple[str, Evidence]]:
    """The values of a key such as "version" in manifests, each with its line."""
    pattern = re.compile(rf"^\s*[\"']?{key}[\"']?\s*[:=]\s*[\"'](?P<x>[^\"']+)[\"']", re.MULTILINE)
    for page in pages:
        if page["path"] is None or page["path"].rsplit("/", 1)[-1] not in MANIFESTS:
            continue
        for match in pattern.finditer(page["text"]):
            span = (match.start() + len(match[0]) - len(match[0].lstrip()), match.end())
            yield match["x"], quote(page["text"], page["start"], span, page, document)


def _line(page: dict[str, Any], found: Found, document: str) -> Evidence:
    """The line of a definition."""
    lines = page["text"].splitlines(keepends=True)
    low = sum(map(len, lines[: found.line]))
    high = low + len(lines[found.line].rstrip())
    return quote(page["text"], page["start"], (low, high), page, document)
