"""The answer as words of a passage that were pointed at, made fit to read.

Knows passages and the pointer; what is found is exactly what stands in the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from infinidoc.answering.confidence import ConfidenceFeatures
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text.agreement import agree
from infinidoc.text.overlap import normalized, overlap

if TYPE_CHECKING:
    from infinidoc.pointing.pointer import AnswerSpan, Pointer

_UNIT = regex.compile(r"\s?(?:%|°\s?[CF]?|per cent|percent)(?!\w)")
_WRAPPED = regex.compile(r"[ \t]*\n[ \t]*(?![-*+•#>|\n]|\d+[.)])")
_SIGNS = "$€£¥#§"
_OPENS = {")": "(", "]": "["}
_PAIRS = {'"': '"', "“": "”", "(": ")", "[": "]", "`": "`", "'": "'", "‘": "’", "*": "*"}


@dataclass(frozen=True)
class Candidate:
    """Words of a passage that may be the answer, and the probability that they are."""

    text: str
    passage: int
    start: int
    end: int
    probability: float

    @property
    def words(self) -> str:
        """The text, lines that were only wrapped joined."""
        return _WRAPPED.sub(" ", self.text).strip()


@dataclass(frozen=True)
class Pointing:
    """What was pointed at: the answer, the best that says something else, and how surely.

    `nowhere` is the probability that no passage has an answer, `expected` the overlap with
    the truth that is expected of the answer if one has.
    """

    answer: Candidate | None
    runner_up: Candidate | None
    nowhere: float
    expected: float
    pieces: int  # that were read

    def features(self, scores: Sequence[float]) -> ConfidenceFeatures:
        """What tells how far the answer can be believed; `scores` are the passages'."""
        first, second = ([*scores, 0.0, 0.0])[:2]
        answer, other = self.answer, self.runner_up
        return ConfidenceFeatures(
            sure=answer.probability if answer else 0.0,
            least=other.probability if other else 0.0,
            refusing=self.nowhere,
            share=1.0,
            apart=max(first - second, 0.0) / first if first > 0 else 0.0,
            brief=1.0 / max(len(answer.text.split()), 1) if answer else 0.0,
            agreed=self.expected,
        )


def point_at(pointer: Pointer, question: str, passages: Sequence[Evidence]) -> Pointing:
    """Read the passages for the answer to `question`."""
    texts = [passage.text for passage in passages]
    found = pointer.point(question, texts)
    if not found.spans:
        return Pointing(None, None, 1.0, 0.0, found.pieces)
    somewhere = max(1.0 - found.nowhere, 1e-6)
    answers = [_candidate(span, texts[span.passage], somewhere) for span in found.spans]
    best, expected = _nearest(answers)
    others = [one for one in answers if not _alike(one, best)]
    weight = sum(one.probability for one in answers if _alike(one, best))
    whole = Candidate(best.text, best.passage, best.start, best.end, min(weight, 1.0))
    return Pointing(whole, others[0] if others else None, found.nowhere, expected, found.pieces)


def _candidate(span: AnswerSpan, text: str, somewhere: float) -> Candidate:
    start, end = readable(text, span.start, span.end)
    return Candidate(text[start:end], span.passage, start, end, span.probability / somewhere)


def readable(text: str, start: int, end: int) -> tuple[int, int]:
    """The span drawn out to whole words and units, less brackets and marks that lack a half."""
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    if text[start].isdigit() and start > 0 and text[start - 1] in _SIGNS:
        start -= 1
    if text[end - 1].isdigit():
        unit = _UNIT.match(text, end)
        end = unit.end() if unit else end
    return _balanced(text, start, end)


def _balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """Without a mark at either end whose partner is missing or stands at the other end."""
    while end - start > 1 and text[end - 1] in ".,;:!?" + " \n" and text[start:end].count(".") < 2:
        end -= 1
    opening = text[start] if end > start else ""
    if end - start > 2 and opening in _PAIRS:
        inside = text[start + 1 : end]
        if _PAIRS[opening] not in inside:
            start += 1
        elif inside.find(_PAIRS[opening]) == len(inside) - 1 and opening not in "([":
            start, end = start + 1, end - 1
    following = text[end : end + 1]
    opens = _OPENS.get(following)
    if opens and text.count(opens, start, end) > text.count(following, start, end):
        return start, end + 1
    last = text[end - 1]
    for left, right in _PAIRS.items():
        if last == right and left != right and left not in text[start:end] and end - start > 1:
            end -= 1
    return start, end


def _nearest(answers: Sequence[Candidate]) -> tuple[Candidate, float]:
    """The candidate with the largest expected overlap, and it (minimum Bayes risk, Kumar and
    Byrne 2004, with the F1 of SQuAD); the likelier one among equals."""
    words = [normalized(answer.text).split() for answer in answers]
    weights = [answer.probability for answer in answers]

    def with_truth(mine: list[str]) -> float:
        pairs = zip(weights, words, strict=True)
        return math.fsum(weight * overlap(mine, theirs) for weight, theirs in pairs)

    expected = [with_truth(mine) for mine in words]
    best = max(range(len(answers)), key=lambda index: (expected[index], -index))
    return answers[best], min(expected[best], 1.0)


def _alike(one: Candidate, other: Candidate) -> bool:
    """Whether two say the same, or one is a part of the other where it stands."""
    near = one.passage == other.passage and one.start < other.end and other.start < one.end
    return near or agree(one.text, other.text)
