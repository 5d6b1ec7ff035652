"""The files of a document that hold data, as lines with their places.

A document read from one file is one; of a folder or an archive each file that is data by the end
of its name. A text without a name is one by its first signs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from infinidoc.labels import in_rows
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.store import Store

LARGEST = 24_000_000  # characters of rows; more are no table to hold
LARGEST_TREE = 4_000_000  # characters of a file that must be parsed: some seconds
MOST = 400  # files of a folder
_FORMATS = {
    "yaml": "yaml yml",
    "json": "json jsonc webmanifest",
    "toml": "toml",
    "keys": "ini cfg conf cnf properties env service socket timer desktop editorconfig",
    "xml": "xml csproj xsd config plist pom",
    "sql": "sql dump",
}
FORMAT_OF = {end: name for name, ends in _FORMATS.items() for end in ends.split()}
ROWS = "rows"
_TOML_LOCKS = ("poetry.lock", "cargo.lock", "uv.lock", "pdm.lock")
_YAML_SIGN = re.compile(r"(?:(?:#.*|[ \t]*)\n)*(?:---[ \t]*\n|apiVersion:|services:[ \t]*\n)")


@dataclass(frozen=True)
class DataFile:
    """A file of data: its text, its format and its pages in order."""

    path: str | None
    form: str
    text: str
    pages: list[dict[str, Any]]
    document: str
    source: str

    @property
    def name(self) -> str:
        """How it is called, without folders and the end of its name."""
        return PurePosixPath(self.path or self.source or self.document).name.split(".")[0]

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line begins, in characters of the text."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def evidence(self, start: int) -> Evidence:
        """The line that begins at a character of the text."""
        base = self.pages[0]["start"]
        number = bisect_right([page["start"] - base for page in self.pages], start) - 1
        page = self.pages[number]
        at = start - (page["start"] - base)
        end = page["text"].find("\n", at)
        span = at, len(page["text"]) if end < 0 else end
        return evidence_at(page["text"], page["start"], span, page, self.document)


def data_files(store: Store, document: dict[str, Any], until: int | None) -> Iterator[DataFile]:
    """The files of data of a document, in reading order."""
    light = store.pages_light(document["id"], until)
    runs = [list(run) for _, run in groupby(light, key=lambda page: page["path"])]
    told = [(pages, form) for pages in runs if (form := _form_of(document, pages))]
    for pages, form in told[:MOST]:
        size = sum(page["end"] - page["start"] for page in pages)
        if size > (LARGEST if form == ROWS else LARGEST_TREE):
            continue
        first, last = pages[0]["number"], pages[-1]["number"]
        held = list(store.pages(document["id"], last, first - 1))
        text = "".join(page["text"] for page in held)
        path = pages[0]["path"]
        if form != "?" or (form := _by_signs(text)):
            yield DataFile(path, form, text, held, document["name"], document["source"] or "")


def _form_of(document: dict[str, Any], pages: list[dict[str, Any]]) -> str | None:
    """By the labels of the pages, or the name of the file; "?": by its signs."""
    if in_rows(pages[0]["label"]):
        return ROWS
    alone = pages[0]["path"] is None
    if alone and document["kind"] not in ("text", "json", "html", "code"):
        return None
    name = PurePosixPath(pages[0]["path"] or document["source"] or "").name.lower()
    end = name.rpartition(".")[2] if "." in name else ""
    if name in _TOML_LOCKS:
        return "toml"
    return FORMAT_OF.get(end) or ("?" if alone and not end else None)


def _by_signs(text: str) -> str | None:
    """The format of a text without a name, such as one from a pipe."""
    start = text.lstrip()[:1]
    if start == "{":
        return "json"
    if text.lstrip().startswith("<?xml"):
        return "xml"
    return "yaml" if _YAML_SIGN.match(text) else None
