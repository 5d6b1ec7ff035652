"""A passage of the text and where it stands, for a reader to check an answer by.

Page, label, path and line are looked up with the passage, never generated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infinidoc.errors import NotFound
from infinidoc.labels import is_named, place_of
from infinidoc.store import Store
from infinidoc.store.store import CONVERSATION


@dataclass(frozen=True)
class Evidence:
    """A passage and where it stands. `start`, `end` count characters of the document."""

    document: str
    page: int
    label: str | None
    path: str | None
    line: int | None
    start: int
    end: int
    text: str
    score: float
    kind: str | None = None

    def where(self) -> str:
        """The place as a reader would cite it: path:line, page, cell, message or turn."""
        if self.kind == CONVERSATION and self.label:
            return f"turn {self.page}, {self.label}"
        if self.path is not None:
            inside = f", {place_of(self.label)}" if self.label else ""
            return f"{self.path}:{self.line}" if self.line else f"{self.path}{inside}"
        if self.label and is_named(self.label):
            return self.label
        if self.label and self.label != str(self.page):
            return f"page {self.label} (sheet {self.page})"
        return f"page {self.page}" + (f", line {self.line}" if self.line else "")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "text": self.text.strip(), "score": round(self.score, 4)}

    def as_citation(
        self, start: int = 0, end: int | None = None, supported: bool = True
    ) -> dict[str, Any]:
        """A sentence of the passage (all of it by default) that an answer stands on."""
        place = {key: getattr(self, key) for key in ("document", "page", "label", "path")}
        line = None if self.line is None else self.line + self.text.count("\n", 0, start)
        return {**place, "line": line, "text": self.text[start:end].strip(), "supported": supported}


def evidence_of(row: dict[str, Any], document: dict[str, Any], score: float) -> Evidence:
    """A passage row of the store as evidence."""
    return Evidence(
        document=document["name"],
        kind=document["kind"],
        page=row["page"],
        label=row.get("label"),
        path=row.get("path"),
        line=row["line"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        score=score,
    )


def until_pages(
    store: Store, documents: Sequence[dict[str, Any]], until: str | int | None
) -> dict[int, int]:
    """For each document the last page that may be known; {} if everything may."""
    if until is None:
        return {}
    found: dict[int, int] = {}
    missing: NotFound | None = None
    for row in documents:
        try:
            found[row["id"]] = store.find_page(row["id"], str(until))["number"]
        except NotFound as error:
            missing = error
    if not found and missing is not None:
        raise missing
    return {row["id"]: found.get(row["id"], 0) for row in documents}


def until_notes(
    store: Store, documents: Sequence[dict[str, Any]], until: str | int | None
) -> list[str]:
    """What a reader should know of `until`: that several pages are called so."""
    notes: list[str] = []
    for row in documents if until is not None else ():
        try:
            pages = store.find_pages(row["id"], str(until))
        except NotFound:
            continue
        if len(pages) > 1:
            first, *others = [f"sheet {page['number']}" for page in pages]
            notes.append(
                f"{len(pages)} pages of {row['name']} are called {until} ({first}, "
                f'{", ".join(others)}): {first} was taken; --until "{others[0]}" means another'
            )
    return notes
