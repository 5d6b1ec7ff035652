"""A contradiction: what it is about, the two places, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infinidoc.text.page_sentences import Sentence

SOLID = 0.6  # findings below this are shown only when asked for


@dataclass(frozen=True)
class Finding:
    """`kind` of contradiction, what it is `about`, and both places in reading order."""

    kind: str
    about: str
    first: Sentence
    second: Sentence
    confidence: float

    def as_json(self, document: str) -> dict[str, Any]:
        return {
            "document": document,
            "kind": self.kind,
            "about": self.about,
            "first": _place(self.first),
            "second": _place(self.second),
            "confidence": round(self.confidence, 2),
        }


def _place(sentence: Sentence) -> dict[str, Any]:
    keys = ("page", "label", "path", "line", "title", "start", "end", "text")
    return {key: getattr(sentence, key) for key in keys}
