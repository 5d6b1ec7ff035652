"""What an answer is when it is whole, and what everything that answers can do.

`Answer.as_dict` has the keys of `ask --json`, here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from infinidoc.answering.confidence import rounded
from infinidoc.retrieval.evidence import Evidence


@dataclass(frozen=True)
class Examined:
    """How much of the text an answer rests on."""

    passages: int = 0
    of: int = 0  # passages that might have been examined
    pages: int = 0

    def __add__(self, other: Examined) -> Examined:
        return Examined(
            self.passages + other.passages, self.of + other.of, self.pages + other.pages
        )


@dataclass(frozen=True)
class DocumentAnswer:
    """What one of several documents answers, and where."""

    document: str
    answer: str
    place: Evidence | None
    confidence: float | None

    def as_dict(self) -> dict[str, Any]:
        keys = ("page", "label", "path", "line")
        place = {key: getattr(self.place, key, None) for key in keys}
        said = {"document": self.document, "answer": self.answer}
        return {**said, **place, "confidence": rounded(self.confidence)}


@dataclass(frozen=True)
class DocumentAnswers:
    """The answers of several documents."""

    answers: Sequence[DocumentAnswer]
    contradiction: bool
    searched: int  # documents


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer; `kind` and `examined` where the whole text was gone through."""

    question: str
    answer: str
    found: bool
    confidence: float | None  # the probability that the answer is right; None: not fitted
    documents: Sequence[str]
    mode: str
    until: str | int | None
    adapter: str | None
    evidence: Sequence[Evidence]
    citations: Sequence[dict[str, Any]]
    withdrawn: str | None = None
    unknown: Sequence[str] = ()
    notes: Sequence[str]
    tokens_read: int
    seconds: float
    first_token_seconds: float
    runner_up: dict[str, Any] | None = None  # the next best answer and its place
    kind: str | None = None
    examined: Examined | None = None
    compared: DocumentAnswers | None = None

    def as_dict(self) -> dict[str, Any]:
        """The keys of `ask --json`, those of a sweep only where there was one."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        compared = values.pop("compared")
        values |= {name: list(v) for name, v in values.items() if isinstance(v, (list, tuple))}
        values["confidence"] = rounded(self.confidence)
        values["evidence"] = [passage.as_json() for passage in self.evidence]
        values["seconds"] = round(self.seconds, 3)
        values["first_token_seconds"] = round(self.first_token_seconds, 3)
        if self.examined is None:
            del values["kind"], values["examined"]
        else:
            values["examined"] = vars(self.examined)
        if compared is not None:
            values["answers"] = [answer.as_dict() for answer in compared.answers]
            values["contradiction"] = compared.contradiction
            values["searched"] = compared.searched
        return values


class PendingAnswer(Protocol):
    """An answer that is being written: iterate for its text, then take the result."""

    text: str  # what has been written

    def __iter__(self) -> Iterator[str]: ...

    def stop(self) -> None:
        """Write no further: what has been written is the answer."""
        ...

    def result(self) -> Answer:
        """Write what is left and return the whole."""
        ...

    def finish(self) -> dict[str, Any]:
        """The same with the keys of `ask --json`."""
        return self.result().as_dict()
