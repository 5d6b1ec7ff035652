"""Finds what is worth asking for in a sentence: names, numbers, dates, telling words.

Knows strings only. What is a name is learnt from the document: a word that is written with
a capital within sentences, and so more often than without.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from infinidoc.text import even, fold
from infinidoc.text.page_sentences import Sentence
from infinidoc.text.values import LARGE, MONTHS, SMALL, number
from infinidoc.text.words import STOP_WORDS

_WORD = regex.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ][^\W\d_]+(?:[-'][A-ZÀ-ÖØ-ÞŒ]?[^\W\d_]+)*"
_NAME = regex.compile(rf"{_CAPITAL}(?:\s(?:(?:of|de|von|van|du|la|the)\s){{0,2}}{_CAPITAL})*")
_MONTH = "(?:" + "|".join(word.title() for word in MONTHS if len(word) > 4 or word == "may") + ")"
_COUNT = "(?:" + "|".join(sorted([*SMALL, *LARGE], key=len, reverse=True)) + ")"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)-)?{_COUNT})"
_DATE = re.compile(
    rf"\b{_DAY}\sof\s{_MONTH}(?:,?\s\d{{4}})?\b|\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?\b"
    rf"|\b\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?\b|\b{_MONTH}\s\d{{4}}\b|(?<![\w,.:/-])1\d{{3}}(?![\w,:/-])"
    r"|(?<![\w,.:/-])20\d\d(?![\w,:/-])"
)
_NUMBER = re.compile(
    r"(?<![\w.,:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:/-]|[.,]\d)"
    rf"|\b{_COUNT}(?:(?:\s|-|\sand\s){_COUNT})*\b",
    re.I,
)
_TELLING = re.compile(
    r"\b(?:the|a|an|of|by|in|with|from|called|his|her|their|its)\s([a-z]{5,})"
    r"(?=[,.;:]|\s(?:of|in|is|was|are|were|and|that|which|who|for|at|on|to|by|with)\b)"
)
TITLES = frozenset(
    """
    Mr Mrs Ms Miss Dr Captain Colonel Major General Sir Lady Lord Madam Master Professor Uncle
    Aunt Father Mother Brother Sister King Queen Prince Princess Count Countess Saint The A An
    """.split()
)
_WEIGHTS = {"date": 1.2, "name": 1.0, "number": 1.0, "term": 0.45}


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
            self._count(sentence)

    def _count(self, sentence: Sentence) -> None:
        words = _WORD.findall(even(sentence.text))
        shouted = sum(word[0].isupper() for word in words) > len(words) / 2  # a heading
        for index, word in enumerate(words):
            if not word[0].isupper():
                self.plain[fold(word)] += 1
            elif index and not shouted:
                self.capital[word.removesuffix("'s")] += 1

    def is_name(self, word: str) -> bool:
        return self.capital[word] > self.plain[fold(word)]

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
            if all(end <= low or start >= high for low, high in taken):
                taken.append((start, end))
                low, high = evened.span(start, end)
                weight = _WEIGHTS[kind] * self.rarity(evened.text[start:end])
                yield Term(sentence[low:high], kind, weight)

    def _spans(self, sentence: str) -> Iterator[tuple[str, tuple[int, int]]]:
        yield from (("date", match.span()) for match in _DATE.finditer(sentence))
        for match in _NAME.finditer(sentence):
            span = self._name(sentence, *match.span())
            if span is not None:
                yield "name", span
        for match in _NUMBER.finditer(sentence):
            if (number(match[0]) or 0) > 2 and fold(match[0]) not in LARGE:
                yield "number", match.span()
        for match in _TELLING.finditer(sentence):
            if self._is_telling(match[1]):
                yield "term", match.span(1)

    def _is_telling(self, word: str) -> bool:
        """Whether the document comes back to it, but not all the time."""
        noun = not word.endswith(("ly", "ing", "ed")) and word not in STOP_WORDS
        return noun and 2 <= self.plain[fold(word)] <= 12

    def _name(self, sentence: str, start: int, end: int) -> tuple[int, int] | None:
        """The name in a run of capitals: without titles, and without a sentence's first word."""
        words = list(regex.finditer(_CAPITAL, sentence[start:end]))
        while words and (words[0][0] in TITLES or not self.is_name(words[0][0])):
            words.pop(0)
        if not words:
            return None
        low, high = start + words[0].start(), start + words[-1].end()
        text = sentence[low:high]
        return low, high - 2 * text.endswith("'s")
