"""Answers and passages as another program is told them: short, with the places to check by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infinidoc.retrieval.evidence import Evidence

KEPT = ("answer", "found", "confidence", "documents", "mode", "until", "notes", "unknown")


def answer_fields(result: dict[str, Any]) -> dict[str, Any]:
    """What matters of the keys of `ask --json`, with the passages the answer stands on."""
    passages = [passage_fields(Evidence(**row)) for row in result["evidence"]]
    return {**{key: result[key] for key in KEPT}, "passages": passages}


def passage_fields(passage: Evidence) -> dict[str, Any]:
    """A passage: its document, where it stands, and its words."""
    return {
        "document": passage.document,
        "page": passage.page,
        "place": passage.where(),
        "text": passage.text.strip(),
        "score": round(passage.score, 4),
    }


def places(result: dict[str, Any]) -> str:
    """Where an answer stands, in one line: its citations, then the other passages' places."""
    several = len(result["documents"]) > 1
    return "; ".join(dict.fromkeys(_places(result["evidence"], several)))


def _places(rows: Iterable[dict[str, Any]], several: bool) -> Iterable[str]:
    for row in rows:
        passage = Evidence(**row)
        yield f"{passage.document}, {passage.where()}" if several else passage.where()
