"""What is written in two ways: what it is about, the two places, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infinidoc.retrieval.page_sentences import Sentence


@dataclass(frozen=True)
class Inconsistency:
    """`kind`: the rule that found it; both places in reading order.

    `confidence`: the precision of that rule as `infinidoc bench checking` measures it.
    """

    kind: str
    about: str
    first: Sentence
    second: Sentence
    confidence: float

    def as_dict(self, document: str) -> dict[str, Any]:
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
