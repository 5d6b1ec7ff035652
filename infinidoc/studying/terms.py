"""Finds what can be asked for in a sentence: names, numbers, dates.

Knows strings only. What is a name is learnt from the document: a word that is written with
a capital in the middle of sentences, and so more often than without.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from infinidoc.text import even, fold
from infinidoc.text.dates import dates
from infinidoc.text.names import is_title
from infinidoc.text.numbers import CARDINALS, ORDINALS, SCALES, number, quantities
from infinidoc.text.page_sentences import Sentence
from infinidoc.text.words import is_stop_word

_WORD = regex.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_WITHIN = regex.compile(r"(?<=[\p{Ll}\d],?\s)[^\W\d_]+(?:['-][^\W\d_]+)*")  # not after a stop
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ][^\W\d_]+(?:[-'][A-ZÀ-ÖØ-ÞŒ][^\W\d_]+)*"
_OPEN, _CLOSED = r"(?<![^\s\"'`(\[*])", r"(?=[\s.,;!?)\]\"'`*]|:\s|$)(?!'[a-rt-z])"
_OPENED, _ENDED = regex.compile(_OPEN), regex.compile(_CLOSED)
_NAME = regex.compile(
    rf"{_OPEN}{_CAPITAL}(?:\s(?:(?:of|de|von|van|du|la|the)\s){{0,2}}{_CAPITAL})*{_CLOSED}"
)
_COUNT = "(?:" + "|".join(sorted([*CARDINALS, *ORDINALS, *SCALES], key=len, reverse=True)) + ")"
_YEAR = re.compile(r"(?:1\d{3}|20\d\d)")
# "Table 3", "three or four", "half a dozen": a label, a guess, a way of speaking.
_LABELLED = re.compile(
    rf"(?:\b[A-Z][\w-]*\.?|\b(?:version|section|page|line|step|half an?|point)"
    rf"|\b(?:{_COUNT}|\d+)\s(?:or|to))\s$"
)
_GUESSED = re.compile(rf"\s(?:(?:or|to)\s(?:(?i:{_COUNT})|\d)|point\s|[A-Z]|\d)")
_ORDINAL = re.compile(r"(?:\dst|nd|rd|th|first)\Z")
_BEFORE = re.compile(r"\s([A-Z][\w'-]*)\.?\s$")
_ARTICLE = re.compile(r"(?:^|\W)(?:the|an?)\s(?:[a-z]+\s)?$", re.I)
_GOES_ON = re.compile(
    r":|\.?\s[A-Z]|\s(?:&|\d|\(\d|et\sal)"
)  # a colon: who speaks; a year: a reference
_INITIALS = re.compile(r"[A-Z]{2,4}$|[A-Z]{2,}[a-z]")
_WEIGHTS = {"date": 1.2, "name": 1.0, "number": 1.0}


@dataclass(frozen=True)
class Term:
    """A part of a sentence that can be asked for; `weight` says how telling it is."""

    text: str
    kind: str
    weight: float


class Vocabulary:
    """How often the words of a document are written with a capital and without."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.plain: Counter[str] = Counter()
        self.capital: Counter[str] = Counter()
        for sentence in sentences:
            self._count(even(sentence.text))

    def _count(self, sentence: str) -> None:
        words = _WORD.findall(sentence)
        self.plain.update(fold(word) for word in words if not word[0].isupper())
        if sum(word[0].isupper() for word in words) <= len(words) / 2:  # no heading
            within = (word for word in _WITHIN.findall(sentence) if word[0].isupper())
            self.capital.update(word.removesuffix("'s") for word in within)

    def is_name(self, word: str) -> bool:
        return self.capital[word] > self.plain[fold(word)] and not is_stop_word(word)

    def rarity(self, text: str) -> float:
        """1 for what is said once, less and less for what is said often."""
        words = _WORD.findall(text)
        often = min((self.capital[w] + self.plain[fold(w)] for w in words), default=1)
        return 1 / (1 + 0.35 * math.log(max(often, 1)))

    def terms(self, sentence: str) -> Iterator[Term]:
        """What can be asked for, each once and none within another."""
        taken: list[tuple[int, int]] = []
        evened = even.spans(sentence)
        for kind, (start, end) in self._spans(evened.text):
            if _in_brackets(evened.text, start):
                continue
            if all(end <= low or start >= high for low, high in taken):
                taken.append((start, end))
                low, high = evened.span(start, end)
                weight = _WEIGHTS[kind] * self.rarity(evened.text[start:end])
                yield Term(sentence[low:high], kind, weight)

    def _spans(self, sentence: str) -> Iterator[tuple[str, tuple[int, int]]]:
        found = dates(sentence)
        quantified = [q for q in quantities(sentence) if _stands_alone(sentence, q.start, q.end)]
        years = [q for q in quantified if _YEAR.fullmatch(sentence, q.start, q.end)]
        yield from (("date", (low, high)) for read, low, high in found if read.day or read.year)
        yield from (("date", (q.start, q.end)) for q in years)
        for match in _NAME.finditer(sentence):
            span = self._name(sentence, *match.span())
            if span is not None:
                yield "name", span
        for q in quantified:
            if _can_be_asked(sentence, q.start, q.end):
                yield "number", (q.start, q.end)

    def _name(self, sentence: str, start: int, end: int) -> tuple[int, int] | None:
        """The name in a run of capitals: without titles, and without a sentence's first word.

        None if it is a part of something longer, initials, or one word behind an article,
        which is a kind of person or thing more often than a name.
        """
        words = list(regex.finditer(_CAPITAL, sentence[start:end]))
        while words and (_goes_before(words[0][0]) or not self.is_name(words[0][0])):
            words.pop(0)
        if not words or _GOES_ON.match(sentence, end):
            return None
        low, high = start + words[0].start(), start + words[-1].end()
        before = _BEFORE.search(sentence, 0, low)
        if before and not _goes_before(before[1]):
            return None
        alone = len(words) == 1 and (
            _ARTICLE.search(sentence, 0, low) or _INITIALS.match(words[0][0])
        )
        return None if alone else (low, high - 2 * sentence[low:high].endswith("'s"))


def _goes_before(word: str) -> bool:
    """Whether it goes before a name and is no part of it: "Captain", "The"."""
    return is_title(word) or fold(word) in ("the", "a", "an")


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
