"""The answer as words of a passage that were pointed at, made fit to read.

A pointer proposes spans, the model that reads the same passages says how likely each is as its
answer, and the two are multiplied (a product of experts, Hinton 2002). Of the spans that one is
given whose expected overlap with the truth is largest (minimum Bayes risk decoding, Kumar and
Byrne 2004, with the F1 of SQuAD). Knows passages and the pointer, no decoder; what is found is
exactly what stands in the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import regex

from infinidoc.answering.confidence import ConfidenceFeatures, lead
from infinidoc.grounding.agreement import agree
from infinidoc.grounding.overlap import normalized, overlap
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text.folding import letters
from infinidoc.text.sentences import TIMED

if TYPE_CHECKING:
    from infinidoc.pointing.pointer import AnswerSpan, Pointer

PROPOSED = 16  # spans that the model is asked about
UNSAID = 1e-4  # of the model's probability, added to each: it is no veto
FAINT = 1e-4  # the least and, from 1, the most that a probability of "nowhere" counts for

_UNIT = regex.compile(r"\s?(?:%|°\s?[CF]?|per cent|percent)(?!\w)")
# A date and what follows it of a time; numbers with a sign, points, colons or thousands.
_NUMBER = regex.compile(
    r"(?<![\w-])\d{4}-\d\d-\d\d(?!\d)(?:[T ](?=\d\d:\d\d)(?&time))?|"
    r"(?P<time>\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?(?!\w))|"
    r"(?<![^\s(\[])[-−]\d+(?:\.\d+)*|\d+(?:[.:]\d+|,\d{3}(?!\d))+"
)
LONGEST_NUMBER = 40  # characters
_WRAPPED = regex.compile(r"[ \t]*\n[ \t]*(?![-*+•#>|\n]|\d+[.)])")
_NAME_ENDS = regex.compile(r"(?<!\w)\p{Lu}[\p{L}'’-]*\Z")
_NAME_GOES_ON = regex.compile(r"(?: \p{Lu}[\p{L}'’-]*\p{Ll}[\p{L}'’-]*(?![\w:]))*")
_SIGNS = "$€£¥#§"
_MARKS = " `|│║"
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
class AnswerSpans:
    """What was pointed at: the answers there may be, and how likely it is that there is none.

    The candidates' probabilities are those that hold if a passage has the answer.
    """

    candidates: tuple[Candidate, ...]
    nowhere: float
    pieces: int  # that were read
    known: float = 1.0  # of the model's probability is in the candidates' words

    def rescored(self, log_probabilities: Sequence[float], refusing: float) -> AnswerSpans:
        """The same in the eyes of both: `log_probabilities` are those with which the model
        answers in the words of each candidate, `refusing` its wish to say that none does."""
        pairs = zip(self.words, log_probabilities, strict=True)
        likely = {words: math.exp(value) for words, value in pairs}
        known = math.fsum(likely.values())
        weights = [
            one.probability * (likely[one.words] / max(known, 1e-30) + UNSAID)
            for one in self.candidates
        ]
        total = math.fsum(weights)
        both = (
            replace(one, probability=weight / total)
            for one, weight in zip(self.candidates, weights, strict=True)
        )
        odds = _log_odds(refusing) + _log_odds(self.nowhere) / 2
        return AnswerSpans(tuple(both), 1 / (1 + math.exp(-odds)), self.pieces, min(known, 1.0))

    @cached_property
    def words(self) -> list[str]:
        """What the candidates say, each once."""
        return list(dict.fromkeys(one.words for one in self.candidates))

    @cached_property
    def _best(self) -> tuple[Candidate, float]:
        """The candidate with the largest expected overlap, and it; the likelier among equals."""
        words = [normalized(one.text).split() for one in self.candidates]
        weights = [one.probability for one in self.candidates]

        def with_truth(mine: list[str]) -> float:
            pairs = zip(weights, words, strict=True)
            return math.fsum(weight * overlap(mine, theirs) for weight, theirs in pairs)

        expected = [with_truth(mine) for mine in words]
        best = max(range(len(words)), key=lambda at: (expected[at], weights[at]))
        return self.candidates[best], min(expected[best], 1.0)

    @property
    def answer(self) -> Candidate | None:
        return self._best[0] if self.candidates else None

    @property
    def expected(self) -> float:
        """The overlap with the truth that is expected of the answer, if a passage has one."""
        return self._best[1] if self.candidates else 0.0

    @property
    def sure(self) -> float:
        """The overlap with the truth that is expected, if there may be no answer, too."""
        return (1 - self.nowhere) * self.expected

    @property
    def runner_up(self) -> Candidate | None:
        """The likeliest candidate that says something else."""
        others = [one for one in self.candidates if not _agrees(one, self._best[0])]
        return max(others, key=lambda one: one.probability, default=None)

    def features(self, scores: Sequence[float]) -> ConfidenceFeatures:
        """What tells how far the answer can be believed; `scores` are the passages'."""
        answer, other = self.answer, self.runner_up
        alike = (one.probability for one in self.candidates if answer and _agrees(one, answer))
        return ConfidenceFeatures(
            sure=min(math.fsum(alike), 1.0),
            least=other.probability if other else 0.0,
            refusing=self.nowhere,
            share=self.known,
            apart=lead(scores),
            brief=1.0 / max(len(answer.text.split()), 1) if answer else 0.0,
            agreed=self.expected,
        )


def predict_spans(pointer: Pointer, question: str, passages: Sequence[Evidence]) -> AnswerSpans:
    """Read the passages for the answer to `question`, which never goes on in a log's next line.

    The pointer reads ligatures and letters of full width as plain ones; no answer is marks alone.
    """
    read = [letters.spans(passage.text) for passage in passages]
    found = pointer.point(letters(question), [each.text for each in read], PROPOSED)
    somewhere = max(math.fsum(span.probability for span in found.spans), 1e-9)
    pairs = [(span, read[span.passage].span(span.start, span.end)) for span in found.spans]
    candidates = (
        _candidate(replace(span, start=low, end=high), passages[span.passage].text, somewhere)
        for span, (low, high) in pairs
    )
    said = tuple(one for one in candidates if any(map(str.isalnum, one.words)))
    return AnswerSpans(said, found.nowhere, found.pieces)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, FAINT), 1 - FAINT)
    return math.log(bounded / (1 - bounded))


def _candidate(span: AnswerSpan, text: str, somewhere: float) -> Candidate:
    next_line = TIMED.search(text, span.start)
    end = min(span.end, next_line.start() if next_line else span.end)
    start, end = tidy_span(text, span.start, max(end, span.start + 1))
    return Candidate(text[start:end], span.passage, start, end, span.probability / somewhere)


def tidy_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The span drawn out to whole words, units and names, less brackets and marks that lack a
    half."""
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    start, end = _whole_number(text, start, end)
    if text[start].isdigit() and start > 0 and text[start - 1] in _SIGNS:
        start -= 1
    if text[end - 1].isdigit():
        unit = _UNIT.match(text, end)
        end = unit.end() if unit else end
    if _NAME_ENDS.search(text, start, end):
        end = _NAME_GOES_ON.match(text, end).end()
    return _without_marks(text, *_balanced(text, start, end))


def _whole_number(text: str, start: int, end: int) -> tuple[int, int]:
    """With all of the date, the time or the number that the span begins or ends within."""
    low, high = max(start - LONGEST_NUMBER, 0), min(end + LONGEST_NUMBER, len(text))
    for found in _NUMBER.finditer(text, low, high):
        if found.start() < start < found.end():
            start = found.start()
        if found.start() < end < found.end():
            end = found.end()
    return start, end


def _without_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Without backquotes and borders of cells at its ends, if there are none within."""
    inside = text[start:end].strip(_MARKS)
    if not inside or any(mark in inside for mark in _MARKS[1:]):
        return start, end
    start = text.index(inside, start)
    return start, start + len(inside)


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


def _agrees(one: Candidate, other: Candidate) -> bool:
    """Whether two say the same, or one is a part of the other where it stands."""
    near = one.passage == other.passage and one.start < other.end and other.start < one.end
    return near or agree(one.text, other.text)
