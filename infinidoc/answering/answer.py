"""Answers a question: evidence from the text, memory from the snapshots, words from the model.

An `Answering` is iterated for its text while it is written, then `finish()` gives the
whole result with the passages to check it by. It never writes to the library.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from infinidoc.answering.evidence import Evidence, find_evidence, until_pages
from infinidoc.answering.prompts import NOT_FOUND, Span, answer_prompt
from infinidoc.answering.recollection import Recollection, refuse_unready
from infinidoc.errors import UsageError
from infinidoc.language import LanguageModel
from infinidoc.store import Store

MODES = ("auto", "memory", "evidence")
LONGEST = 96  # tokens of an answer


class Answering:
    """One question on its way to an answer."""

    def __init__(
        self,
        store: Store,
        language: LanguageModel,
        documents: Sequence[dict[str, Any]],
        question: str,
        mode: str = "auto",
        until: str | int | None = None,
        evidence: Sequence[Evidence] | None = None,
    ) -> None:
        if not question.strip():
            raise UsageError("the question is empty")
        if mode not in MODES:
            raise UsageError(f"no mode {mode!r}", hint="one of " + ", ".join(MODES))
        self.started = time.monotonic()
        self.store, self.language, self.documents = store, language, list(documents)
        self.question, self.mode, self.until = question, mode, until
        for row in self.documents:
            refuse_unready(row, language)
        self.pages = until_pages(store, self.documents, until)
        wants_text = mode in ("auto", "evidence")
        self.evidence = list(evidence or ())  # given: not looked for
        if evidence is None and wants_text:
            self.evidence = find_evidence(store, self.documents, question, self.pages)
        self.text, self._probabilities = "", [0.0][:0]
        self.tokens_read = 0
        self.first_token_seconds: float | None = None
        self._seconds: float | None = None

    def __iter__(self) -> Iterator[str]:
        """The answer's text, piece by piece."""
        if self._seconds is not None:
            return
        if not self.evidence and self.mode != "memory":
            yield from self._say(NOT_FOUND)
        else:
            for piece in self._write():
                yield from self._say(piece)
        self._seconds = time.monotonic() - self.started

    def _say(self, piece: str) -> Iterator[str]:
        if self.first_token_seconds is None:
            self.first_token_seconds = time.monotonic() - self.started
        self.text += piece
        yield piece

    def _write(self) -> Iterator[str]:
        from infinidoc.answering.generate import read_prompt, write

        spans = answer_prompt(self.language.tokenizer, self.question, self.evidence)
        self.tokens_read = sum(len(span.ids) for span in spans)
        memories = self._memories(spans)
        window, hidden = read_prompt(self.language, spans, memories)
        pieces = write(
            self.language,
            window,
            hidden,
            memories[-1],
            most=LONGEST,
            stop_at_line=True,
            may_refuse=True,
        )
        for piece in pieces:
            self._probabilities.append(piece.log_probability)
            yield piece.text

    def _memories(self, spans: Sequence[Span]) -> list[Any]:
        """For each span the memory it is read with: its own place's, or the latest."""
        if self.mode == "evidence":
            return [None] * len(spans)
        by_name = {
            row["name"]: Recollection(self.store, self.language, row, self.pages.get(row["id"]))
            for row in self.documents
        }
        main = self.evidence[0].document if self.evidence else self.documents[0]["name"]
        latest = by_name[main].latest()

        def memory(span: Span) -> Any:
            if span.passage is None:
                return latest
            passage = self.evidence[span.passage]
            return by_name[passage.document].before(passage.start)

        return [memory(span) for span in spans]

    def finish(self) -> dict[str, Any]:
        """Write what is left and return the whole result, with the keys of `ask --json`."""
        for _ in self:
            pass
        answer = self.text.strip()
        found = bool(answer) and not is_refusal(answer)
        return {
            "question": self.question,
            "answer": answer if found else NOT_FOUND,
            "found": found,
            "confidence": self._confidence(answer) if found else 0.0,
            "documents": [row["name"] for row in self.documents],
            "mode": self.mode,
            "until": self.until,
            "adapter": self.language.taught.name if self.language.taught else None,
            "evidence": [passage.as_json() for passage in self.evidence],
            "tokens_read": self.tokens_read,
            "seconds": round(self._seconds or 0.0, 3),
            "first_token_seconds": round(self.first_token_seconds or 0.0, 3),
        }

    def _confidence(self, answer: str) -> float:
        """How sure the model was, times the share of the answer's words in its passages."""
        if not self._probabilities:
            return 0.0
        sure = math.exp(sum(self._probabilities) / len(self._probabilities))
        return round(sure * (support(answer, self.evidence) if self.evidence else 1.0), 4)


def is_refusal(answer: str) -> bool:
    """Whether the model said that the document does not say."""
    return answer.lower().lstrip(" \"'").startswith(NOT_FOUND.lower().rstrip("."))


def support(answer: str, evidence: Sequence[Evidence]) -> float:
    """The share of the answer's words that stand in the passages, 0 to 1."""
    words = re.findall(r"\w+", answer.lower())
    known = set(re.findall(r"\w+", " ".join(passage.text for passage in evidence).lower()))
    return sum(word in known for word in words) / len(words) if words else 0.0
