"""Finds what can be asked for in a sentence: names, numbers, dates.

Knows strings only. What a name is in the document, its vocabulary tells (`text.names`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infinidoc.retrieval.page_sentences import Sentence
from infinidoc.text import even, fold, words_in
from infinidoc.text.dates import dates
from infinidoc.text.names import DASHES, Vocabulary, is_title
from infinidoc.text.numbers import CARDINALS, ORDINALS, SCALES, number, quantities

_OPENED = re.compile(r"(?<![^\s\"'`(\[*])")
_ENDED = re.compile(r"(?=[\s.,;!?)\]\"'`*]|:\s|$)(?!'[a-rt-z])")
_COUNT = "(?:" + "|".join(sorted([*CARDINALS, *ORDINALS, *SCALES], key=len, reverse=True)) + ")"
_YEAR = re.compile(r"(?:1\d{3}|20\d\d)")
# "Table 3", "three or four", "half a dozen": a label, a guess, a way of speaking.
_LABELLED = re.compile(
    rf"(?:\b[A-Z][\w-]*\.?|\b(?:version|section|page|line|step|half an?|point)"
    rf"|\b(?:{_COUNT}|\d+)\s(?:or|to))\s$"
)
_GUESSED = re.compile(rf"\s(?:(?:or|to)\s(?:(?i:{_COUNT})|\d)|point\s|[A-Z]|\d)")
_ORDINAL = re.compile(r"(?:\dst|nd|rd|th|first)\Z")
_ARTICLE = re.compile(r"(?:^|\W)(?:the|an?)\s(?:[a-z]+\s)?$", re.I)
_GOES_ON = re.compile(
    r":|\.?\s[A-Z]|\s(?:&|\d|\(\d|et\sal)"
)  # a colon: who speaks; a year: a reference
_NO_NAME = re.compile(r"[A-Z]+$|[A-Z]{2,}[a-z]|\S+-[a-z]+$|.*\d")
_BEFORE = re.compile(r"\s([A-Z][\w'-]*)\.?\s$")
_WEIGHTS = {"date": 1.2, "name": 1.0, "number": 1.0}


@dataclass(frozen=True)
class Term:
    """A part of a sentence that can be asked for; `weight` says how telling it is."""

    text: str
    kind: str
    weight: float


class Terms:
    """What can be asked for in the sentences of a document whose words are counted."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.vocabulary = Vocabulary(sentence.text for sentence in sentences)

    def _rarity(self, text: str) -> float:
        """1 for what is said once, less and less for what is said often."""
        often = min((self.vocabulary.count(word) for word in words_in(text)), default=1)
        return 1 / (1 + 0.35 * math.log(max(often, 1)))

    def of(self, sentence: str) -> Iterator[Term]:
        """What can be asked for, each once and none within another."""
        taken: list[tuple[int, int]] = []
        evened = even.spans(sentence.translate(DASHES))
        for kind, (start, end) in self._spans(evened.text):
            if _in_brackets(evened.text, start):
                continue
            if all(end <= low or start >= high for low, high in taken):
                taken.append((start, end))
                low, high = evened.span(start, end)
                weight = _WEIGHTS[kind] * self._rarity(evened.text[start:end])
                yield Term(sentence[low:high], kind, weight)

    def _spans(self, sentence: str) -> Iterator[tuple[str, tuple[int, int]]]:
        found = dates(sentence)
        quantified = [q for q in quantities(sentence) if _stands_alone(sentence, q.start, q.end)]
        years = [q for q in quantified if _YEAR.fullmatch(sentence, q.start, q.end)]
        yield from (("date", (low, high)) for read, low, high in found if read.day or read.year)
        yield from (("date", (q.start, q.end)) for q in years)
        for run in self.vocabulary.names(sentence):
            start, end = run[0].start, run[-1].end
            if _stands_alone(sentence, start, end) and not _is_vague(sentence, start, end):
                yield "name", (start, end)
        for q in quantified:
            if _can_be_asked(sentence, q.start, q.end):
                yield "number", (q.start, q.end)


def _is_vague(sentence: str, start: int, end: int) -> bool:
    """Whether a name is a part of something longer, initials, or one word behind an article,
    which is a kind of person or thing more often than a name."""
    name, before = sentence[start:end], _BEFORE.search(sentence, 0, start)
    if before and not is_title(before[1]):
        return True
    kind = " " not in name and _ARTICLE.search(sentence, 0, start)
    return bool(kind or _NO_NAME.match(name) or _GOES_ON.match(sentence, end))


def _stands_alone(sentence: str, start: int, end: int) -> bool:
    """Whether what stands there is no part of a longer word."""
    return bool(_OPENED.match(sentence, start) and _ENDED.match(sentence, end))


def _can_be_asked(sentence: str, start: int, end: int) -> bool:
    """Whether a number tells something: no label and no guess."""
    text, before = sentence[start:end].rstrip("%"), sentence[:start]
    folded = fold(text)
    if (number(text) or 0) <= 2 or folded in SCALES or "dozen" in folded:
        return False
    if _ORDINAL.search(folded):
        return False
    if before.count("`") % 2:  # in code
        return False
    return not _LABELLED.search(before) and not _GUESSED.match(sentence, end)


def _in_brackets(sentence: str, at: int) -> bool:
    """Whether it stands in brackets, where references and asides stand."""
    before = sentence[:at]
    return before.count("(") > before.count(")") or before.count("[") > before.count("]")
