"""Answers a question: evidence from the text, memory from the snapshots, words from the model.

An `AnswerStream` is iterated for its text while it is written, then `result()` gives the whole
with the passages to check it by. What the model wrote and these do not bear out is looked for in
the whole text, and withdrawn if it is not there either. Nothing here writes to the library.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from infinidoc.answering.answer_spans import AnswerSpans, predict_spans
from infinidoc.answering.confidence import ConfidenceFeatures, confidence, confidence_features
from infinidoc.answering.prompts import NOT_FOUND, PromptPart, answer_prompt
from infinidoc.answering.query import Query
from infinidoc.answering.result import Answer, PendingAnswer
from infinidoc.answering.without_adapter import first_line, question_prompt
from infinidoc.errors import UsageError
from infinidoc.grounding.grounding import NONE, Support, supported
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.memory_at import memories_at
from infinidoc.retrieval.retriever import PASSAGES, find_evidence
from infinidoc.retrieval.unknown import unknown_in
from infinidoc.text.sentences import span_around

if TYPE_CHECKING:
    from torch import Tensor

    from infinidoc.answering.generate import Piece
    from infinidoc.memory import Memory
    from infinidoc.model.kv_cache import KVCache
    from infinidoc.pointing.pointer import Pointer

LONGEST = 96  # tokens of an answer
LOOKS = 2  # how often PASSAGES more are read when the model finds no answer in those before
ENDLESS = f"the model came to no end: what it wrote was cut off after {LONGEST} tokens"
WROTE_NOTHING = "the model wrote nothing"
YES_NO = frozenset({"yes", "no"})


@dataclass(frozen=True)
class Context:
    """What was looked up for a question beforehand, and the conversation it is asked in."""

    evidence: Sequence[Evidence]
    conversation: dict[str, Any] | None = None


class AnswerStream(PendingAnswer):
    """One question on its way to an answer."""

    def __init__(self, query: Query, context: Context | None = None) -> None:
        if not query.question.strip():
            raise UsageError("the question is empty")
        self.started = time.monotonic()
        self.query, self.store, self.language = query, query.store, query.language
        self.question, self.mode, self.pages = query.question, query.mode, query.borders
        self.known = list(query.documents)
        self.found: list[Evidence] = []
        self.unknown: list[str] = []
        if context and context.conversation:
            self.known.append(context.conversation)
        if self.mode != "memory" and context:
            self.found = list(context.evidence)
        elif self.mode != "memory":
            with self.language.profile.part("evidence"):
                self.found = query.find_evidence(PASSAGES * LOOKS)
            documents = [row["id"] for row in self.known]
            self.unknown = unknown_in(self.store, documents, self.question, self.pages)
        self.evidence = self.found[:PASSAGES]
        self.text, self.withdrawn, self.support = "", "", NONE
        self._probabilities: list[float] = []
        self._refusing = 0.0
        self._remark: str | None = None  # on how the model wrote
        self.pointing: AnswerSpans | None = None  # at an answer, in these passages:
        self._pointed_in: Sequence[Evidence] = ()
        self.tokens_read = 0
        self.first_token_seconds: float | None = None
        self._seconds: float | None = None

    # -- writing ---------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str]:
        """The answer's text, piece by piece."""
        if self._seconds is not None:
            return
        if self.unknown or not (self.evidence or (self.mode == "memory" and self.known)):
            yield from self._emit(NOT_FOUND)
        else:
            for piece in self._read_and_write():
                yield from self._emit(piece)
        self._check()
        self._seconds = time.monotonic() - self.started

    def _emit(self, piece: str) -> Iterator[str]:
        if self.first_token_seconds is None:
            self.first_token_seconds = time.monotonic() - self.started
        self.text += piece
        yield piece

    def _read_and_write(self) -> Iterator[str]:
        """Read the best passages; if they hold no answer, the next best ones."""
        pointer = None if self.mode == "memory" else self.language.pointer
        for first in range(0, max(len(self.found), 1), PASSAGES):
            self.evidence = self.found[first : first + PASSAGES]
            pieces = self._write() if pointer is None else self._point(pointer)
            piece = next(pieces, None)
            self._remark = WROTE_NOTHING if piece is None else ENDLESS if piece.unended else None
            if piece is None or (piece.refuses and first + PASSAGES < len(self.found)):
                continue
            self._refusing = piece.refusing or 0.0
            for each in chain([piece], pieces) if not piece.refuses else ():
                if each.unended:
                    self._remark = ENDLESS
                if each.text or not each.unended:
                    self._probabilities.append(each.log_probability)
                    yield each.text
            if self._probabilities:
                self._remark = self._remark if self.text.strip() else WROTE_NOTHING
                return
        self.evidence = self.found[:PASSAGES]
        yield NOT_FOUND

    def _point(self, pointer: Pointer) -> Iterator[Piece]:
        """The words of a passage that the pointer and the model find likeliest, or a refusal."""
        from infinidoc.answering.generate import Piece

        with self.language.profile.part("pointing"):
            pointed = self._weighed(predict_spans(pointer, self.question, self.evidence))
        self.tokens_read += pointed.pieces
        told = not pointed.candidates or pointed.sure >= pointer.sure
        pointing = pointed if told else self._rescored(pointed)
        answer = pointing.answer
        if answer is None or pointing.nowhere > pointer.refusal:
            yield Piece(NOT_FOUND, 0.0, pointing.nowhere, refuses=True)
            return
        self.pointing, self._pointed_in = pointing, self.evidence
        cited = self.evidence[answer.passage]
        self.evidence = [cited, *(one for one in self.evidence if one is not cited)]
        self.support = Support(1.0, (), 0, *span_around(cited.text, answer.start, answer.end))
        yield Piece(answer.words, math.log(answer.probability), pointing.nowhere)

    def _weighed(self, pointed: AnswerSpans) -> AnswerSpans:
        """What was pointed at, by what is known of the passages."""
        return pointed

    def _rescored(self, pointed: AnswerSpans) -> AnswerSpans:
        """What was pointed at in the eyes of the model, which reads the same passages."""
        from infinidoc.answering.rescoring import rescored

        cache, hidden, memory = self._read()
        with self.language.profile.part("decode"):
            reader, tokenizer = self.language.reader, self.language.tokenizer
            return rescored(reader, tokenizer, pointed, cache, hidden, memory)

    def _write(self) -> Iterator[Piece]:
        """What the model writes, piece by piece, or its refusal."""
        from infinidoc.answering.generate import write

        if self.mode == "memory" and self.language.adapter:
            return self.language.profile.each("decode", self._recall())
        taught = self.language.adapter is not None
        read = self._read()
        pieces = write(self.language, *read, most=LONGEST, stop_at_line=taught, may_refuse=True)
        pieces = self.language.profile.each("decode", pieces)
        return pieces if taught else first_line(pieces, [passage.text for passage in self.evidence])

    def _recall(self) -> Iterator[Piece]:
        """What the model writes from the memory alone, or its refusal."""
        from infinidoc.answering.generate import Piece
        from infinidoc.answering.recalled import recalled

        spans, memories = self._prompt_and_memories()
        if memories[-1] is None:
            return iter([Piece(NOT_FOUND, 0.0, 1.0, refuses=True)])
        return recalled(self.language, spans, memories[-1], LONGEST)

    def _read(self) -> tuple[KVCache, Tensor, Memory | None]:
        """The question read behind its passages: cache, last hidden state, and the memory."""
        from infinidoc.answering.generate import read_prompt

        spans, memories = self._prompt_and_memories()
        with self.language.profile.part("prompt"):
            cache, hidden = read_prompt(self.language, spans, memories)
        return cache, hidden, memories[-1]

    def _prompt_and_memories(self) -> tuple[list[PromptPart], list[Memory | None]]:
        """The prompt, and the memory that each of its spans is read with."""
        spans = self._prompt()
        self.tokens_read += sum(len(span.ids) for span in spans)
        if self.mode == "evidence":
            return spans, [None] * len(spans)
        with self.language.profile.part("memory"):
            known = (self.store, self.language, self.known, self.pages)
            there, latest = memories_at(*known, self.evidence)
        return spans, [latest if span.passage is None else there[span.passage] for span in spans]

    def _prompt(self) -> list[PromptPart]:
        if self.language.adapter:
            return answer_prompt(self.language.tokenizer, self.question, self.evidence)
        return question_prompt(self.language, self.question, self.evidence)

    def stop(self) -> None:
        """Write no further: what has been written is the answer."""
        if self._seconds is None:
            self._seconds = time.monotonic() - self.started

    # -- checking --------------------------------------------------------------------------

    def _check(self) -> None:
        """Hold the answer against its passages, and against the whole text if they fail it."""
        answer = self.text.strip()
        if self.mode == "memory" or self.pointing or not answer or is_refusal(answer):
            return
        self.support = self._supported(answer)
        if self.support.missing:
            shown = {(passage.document, passage.start) for passage in self.evidence}
            asked, known = f"{answer} {self.question}", (self.store, self.language, self.known)
            with self.language.profile.part("evidence"):
                more = find_evidence(*known, asked, self.pages, PASSAGES * 2)
            elsewhere = [p for p in more if (p.document, p.start) not in shown][:PASSAGES]
            self.evidence = [*elsewhere, *self.evidence]
            self.support = self._supported(answer)
            if self.support.missing:
                self.withdrawn, self.text = answer, NOT_FOUND
                self.evidence = self.evidence[len(elsewhere) :]
                return
        if cited := self.support.passage:
            self.evidence.insert(0, self.evidence.pop(cited))

    def _supported(self, answer: str) -> Support:
        return supported(answer, [passage.text for passage in self.evidence], self.question)

    # -- the result ------------------------------------------------------------------------

    def result(self) -> Answer:
        """Write what is left and return the whole result."""
        for _ in self:
            pass
        answer = self.text.strip()
        found = bool(answer) and not is_refusal(answer)
        return Answer(
            **self.query.fields,
            answer=answer if found else NOT_FOUND,
            found=found,
            confidence=self._confidence() if found else 0.0,
            evidence=self.evidence,
            citations=self._citations() if found else [],
            runner_up=self._runner_up() if found else None,
            withdrawn=self.withdrawn or None,
            unknown=self.unknown,
            notes=[*self.query.notes, *filter(None, [self._remark]), *self.support.notes],
            tokens_read=self.tokens_read,
            seconds=self._seconds or 0.0,
            first_token_seconds=self.first_token_seconds or 0.0,
        )

    def _citations(self) -> list[dict[str, Any]]:
        """The sentence that bears the answer out, with its place."""
        support = self.support
        if support.passage is None or not self.evidence:
            return []
        return [self.evidence[0].as_citation(support.start, support.end, support.enough)]

    def _runner_up(self) -> dict[str, Any] | None:
        """The best answer that says something else, with its place."""
        other = self.pointing.runner_up if self.pointing else None
        if self.pointing is None or other is None:
            return None
        passage = self._pointed_in[other.passage]
        return {
            "answer": " ".join(other.text.split()),
            "probability": round(other.probability * (1 - self.pointing.nowhere), 4),
            **passage.place_at(other.start),
            "where": passage.where(),
        }

    @property
    def features(self) -> ConfidenceFeatures:
        """What tells how far the answer can be believed."""
        if self.pointing:
            return self.pointing.features([passage.score for passage in self._pointed_in])
        yes_or_no = self.text.lower().strip(" .\n") in YES_NO
        share = 1.0 if yes_or_no or self.mode == "memory" else self.support.share
        scores = [passage.score for passage in self.evidence]
        return confidence_features(self._probabilities, self._refusing, share, scores)

    def _confidence(self) -> float | None:
        """The probability that the answer is right; None if it was not fitted to this model."""
        taught = self.language.pointer if self.pointing else self.language.adapter
        weights = taught.calibration if taught else None
        return confidence(self.features, weights) if weights else None


def is_refusal(answer: str) -> bool:
    """Whether the model said that the document does not say."""
    return answer.lower().lstrip(" \"'").startswith(NOT_FOUND.lower().rstrip("."))
