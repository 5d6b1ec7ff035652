"""What a summary is once it is made: the keys of `summarize --json` as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

_CLOSED = re.compile(r"[.!?…:。！？][\"'”’)\]*_]*$")


@dataclass(frozen=True)
class SummarySentence:
    """A sentence, the place it stands at or is borne out by, and how far (0 to 1)."""

    text: str
    page: int
    label: str | None
    path: str | None
    line: int | None
    support: float


@dataclass(frozen=True)
class SectionSummary:
    """The summary of a run of pages; `place` cites them as `ask` cites a page."""

    title: str | None
    first_page: int
    last_page: int
    place: str
    summary: str
    sentences: tuple[SummarySentence, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "sentences": [asdict(sentence) for sentence in self.sentences]}


@dataclass(frozen=True)
class Summary:
    """A whole summary. `cached`: every section was kept from before; `seconds`: wall time."""

    document: str
    length: str
    style: str
    mode: str
    focus: str | None
    until: int | None
    summary: str
    sections: tuple[SectionSummary, ...]
    evidence: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]
    seconds: float
    cached: bool

    def as_dict(self) -> dict[str, Any]:
        rows = {
            "sections": [section.as_dict() for section in self.sections],
            "evidence": list(self.evidence),
            "warnings": list(self.warnings),
        }
        return {**vars(self), **rows}


def is_section(kept: dict[str, Any] | None) -> bool:
    """Whether what a library keeps of a section is what this program keeps: an imported file
    may hold anything."""
    if kept is None or not {"sentences", "evidence", "written"} <= set(kept):
        return False
    names, rows = {field.name for field in fields(SummarySentence)}, kept["sentences"]
    return isinstance(rows, list) and all(
        isinstance(row, dict)
        and set(row) == names
        and isinstance(row["text"], str)
        and isinstance(row["page"], int)
        for row in rows
    )


def as_text(sentences: Sequence[SummarySentence], style: str) -> str:
    """The sentences as prose, or as points: in that style, or where they cannot be read on."""
    is_prose = all(_CLOSED.search(sentence.text) for sentence in sentences)
    if style == "points" or not is_prose:
        return "\n".join(f"- {sentence.text}" for sentence in sentences)
    return " ".join(sentence.text for sentence in sentences)
