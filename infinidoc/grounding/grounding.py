"""Holds what was written against the texts it should come from: the one checker.

A statement's names, numbers and dates are hard: what stands in none of the texts is
missing, whoever wrote it. The sentence, or the run of neighbouring sentences, that shares
most of its content words bears it out, if it denies what the statement denies. The rules
are English. A statement in another language is only borne out by its words and its
negation, and nothing of it is ever missing. What words cannot show is who did what to whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from infinidoc.text.dates import Date, dates
from infinidoc.text.folding import fold, words_in
from infinidoc.text.languages import NEGATIONS, language_of
from infinidoc.text.names import TITLES, capitals, name_words
from infinidoc.text.numbers import Quantity, quantities
from infinidoc.text.sentences import sentence_spans
from infinidoc.text.words import content_words, stem, stems, words

ENOUGH = 0.6  # share of a statement's content words that its text must have
WINDOW = 3  # neighbouring sentences that may bear one statement together
STRICT = 0.7  # share that such a window must have
SAME = 0.8  # share of content words two sentences have in common when they say the same


@dataclass(frozen=True)
class Support:
    """How far a statement is borne out, by which of the texts and by which sentence of it."""

    share: float  # of its content words that the text has, 0 to 1
    missing: tuple[str, ...]  # names, numbers and dates that no text has
    passage: int | None
    start: int = 0  # the sentence, in characters of the text
    end: int = 0
    denied: bool = False  # one of statement and sentence denies, the other does not
    language: str = "en"  # of the texts

    @property
    def enough(self) -> bool:
        return not self.missing and not self.denied and self.share >= ENOUGH

    @property
    def notes(self) -> list[str]:
        """What was not checked, as the rules for it are English."""
        if self.language == "en":
            return []
        return [
            f"the passages are not in English ({self.language}): names, numbers and dates of the "
            "answer were not checked"
        ]


NONE = Support(0.0, (), None)

_NUMBER_SIGN = re.compile(r"\bno\.?(?=\s?\d)")
_CLAUSE = re.compile(r"[,;:()\[\]—–\"“”«»?!]|--|\s(?:and|but|und|aber|et|mais|y|pero|e|ma)\s")


class Statement:
    """What a text says that can be looked up: names, numbers, dates, words, negation."""

    def __init__(self, text: str, language: str) -> None:
        self.text, self.language = text, language

    @cached_property
    def _dates(self) -> list[tuple[Date, int, int]]:
        return dates(self.text) if self.language == "en" else []

    @cached_property
    def dates(self) -> list[Date]:
        return [read for read, _, _ in self._dates]

    @cached_property
    def _all_quantities(self) -> list[Quantity]:
        bare = _blanked(self.text, [(low, high) for _, low, high in self._dates])
        return quantities(bare, self.language)

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Its numbers, those of its dates aside, and what may be a number or not."""
        return [q for q in self._all_quantities if q.certain]

    @cached_property
    def _years(self) -> set[float]:
        return {float(read.year) for read in self.dates if read.year}

    @cached_property
    def values(self) -> frozenset[float]:
        """All that it has as a number; "one" may be one."""
        return frozenset(self._years | {q.value for q in self._all_quantities})

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of its content words; of all its words if it says nothing else."""
        spans = [(low, high) for _, low, high in self._dates]
        bare = _blanked(self.text, [*spans, *((q.start, q.end) for q in self.quantities)])
        found = stems(bare, self.language) if content_words(bare, self.language) else set()
        found = found - TITLES or found
        alone = not found and not self.quantities and not self.dates
        return frozenset(stems(self.text, self.language) if alone else found)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Its words, and its numbers and months by value."""
        months = {f"month {read.month}" for read in self.dates}
        values = self._years | {q.value for q in self.quantities}
        return self.words | {f"{value:.10g}" for value in values} | months

    @cached_property
    def capitals(self) -> list[str]:
        return capitals(self.text)

    @cached_property
    def all_words(self) -> frozenset[str]:
        """All its words, stop words too, as they are and stemmed: a name may be any of them."""
        found = {*name_words(self.text), *words(self.text)}
        return frozenset(found | {stem(word, self.language) for word in found})

    @cached_property
    def denies(self) -> bool:
        own = NEGATIONS.get(self.language, frozenset())
        said = words_in(_NUMBER_SIGN.sub(" ", fold(self.text)).replace("n't", " not"))
        return not own.isdisjoint(said)

    @cached_property
    def clauses(self) -> list[Statement]:
        return [Statement(part, self.language) for part in _CLAUSE.split(self.text) if part.strip()]


class Grounding:
    """Texts, sentence by sentence, that can be asked whether they bear a statement out."""

    def __init__(self, texts: Sequence[str], known: str = "") -> None:
        """`known`: what need not stand in the texts, as the question asked."""
        self.texts = list(texts)
        self.language = language_of("\n".join(texts))
        self.known = Statement(known, self.language)
        self.wholes = [Statement(text, self.language) for text in self.texts]
        self.sentences = [
            (index, span.start, span.end, Statement(text[span.start : span.end], self.language))
            for index, text in enumerate(self.texts)
            for span in sentence_spans(text)
        ]

    def support(self, text: str) -> Support:
        """The sentence that bears `text` out best; hard facts may stand in any of the texts."""
        statement = Statement(text, self.language)
        if not self.sentences or not statement.stems:
            return NONE
        shares = [_share(statement, whole) for whole in self.wholes]
        best = max(range(len(shares)), key=lambda i: self._rank(statement, i, shares[i]))
        at = self._sentence(statement, best)
        _, start, end, sentence = self.sentences[at]
        texts = [*self.wholes, self.known]
        missing = tuple(self._missing(statement, texts, self._beside(statement, at)))
        denied = any(_is_denied(one, sentence) for one in statement.clauses if len(one.stems) > 1)
        return Support(shares[best], missing, best, start, end, denied, self.language)

    def _rank(self, statement: Statement, index: int, share: float) -> tuple[float, ...]:
        whole = self.wholes[index]
        literally = _plain(statement.text) in _plain(whole.text)
        return literally, share, len(self.known.stems & whole.stems), -index

    def _sentence(self, statement: Statement, index: int) -> int:
        """The sentence of a text that has most of the words, then of those asked for."""
        asked = self.known.stems

        def shared(at: int) -> tuple[int, int, int]:
            own = self.sentences[at][3].stems
            return len(own & statement.stems), len(own & asked), -at

        return max((at for at, row in enumerate(self.sentences) if row[0] == index), key=shared)

    def _beside(self, statement: Statement, best: int) -> list[Statement]:
        """The sentences that speak of what the statement speaks of: there its numbers stand."""
        about = statement.words | self.known.words
        near = [row[3] for row in self.sentences if not about.isdisjoint(row[3].words)]
        around = [row[3] for row in self.sentences[max(best - 1, 0) : best + 2]]
        return [*near, *around, self.known] if near else [*self.wholes, self.known]

    def in_window(self, text: str) -> Support:
        """The first of up to WINDOW sentences that together have all of a statement.

        Its names, numbers and negation must be theirs, and STRICT of its words. `passage` is
        the index of the text with the first of them; nothing is borne out halfway.
        """
        if text in self.texts:
            return Support(1.0, (), self.texts.index(text), 0, len(text))
        statement, best = Statement(text, self.language), NONE
        for at in range(len(self.sentences)):
            share = self._window_share(statement, at)
            if share > best.share:
                index, start, end, _ = self.sentences[at]
                best = replace(best, share=share, passage=index, start=start, end=end)
        return best

    def _window_share(self, statement: Statement, at: int) -> float:
        for count in range(1, WINDOW + 1):
            window = [row[3] for row in self.sentences[at : at + count]]
            joined = frozenset().union(*(other.stems for other in window))
            share = len(statement.stems & joined) / max(len(statement.stems), 1)
            denies = any(other.denies for other in window)
            beside = [one for one in window if not statement.words.isdisjoint(one.words)]
            agrees = share >= STRICT and denies == statement.denies
            if agrees and not any(self._missing(statement, window, beside)):
                return round(share, 4)
        return 0.0

    def _missing(
        self, statement: Statement, texts: Sequence[Statement], beside: Sequence[Statement]
    ) -> Iterator[str]:
        """The hard facts that none of the texts has, numbers none `beside`; English ones only."""
        if self.language != "en":
            return
        said = [read for text in texts for read in text.dates]
        values = frozenset().union(*(text.values for text in beside))
        for q in statement.quantities:
            if not _has(values, q.value):
                yield statement.text[q.start : q.end]
        years = frozenset().union(*(text.values for text in texts))
        for read in statement.dates:
            if not _is_said(said, read) or not (read.year is None or _has(years, read.year)):
                yield "-".join(str(part) for part in read if part is not None)
        known = frozenset().union(*(text.all_words for text in texts))
        for name in statement.capitals:
            if not all(part in known or stem(part) in known for part in name_words(name)):
                yield name


def supported(text: str, passages: Sequence[str], known: str = "") -> Support:
    """What bears `text` out; what stands in `known` (the question) needs no support."""
    return Grounding(passages, known).support(text) if passages else NONE


@lru_cache(maxsize=512)
def grounded_stems(text: str) -> frozenset[str]:
    """The stems of the content words of an English text, and its numbers by their values."""
    return Statement(text, "en").stems


def near_duplicates(one: str, other: str) -> bool:
    """Whether two sentences say the same in nearly the same words."""
    a, b = grounded_stems(one), grounded_stems(other)
    return one == other or len(a & b) >= SAME * max(min(len(a), len(b)), 1)


def _share(statement: Statement, text: Statement) -> float:
    return len(statement.stems & text.stems) / (len(statement.stems) or 1)


def _is_denied(clause: Statement, sentence: Statement) -> bool:
    """Whether a clause denies what the clause of a sentence that is most like it says."""

    def likeness(other: Statement) -> tuple[int, int]:
        return len(other.stems & clause.stems), -len(other.stems)

    other = max(sentence.clauses, key=likeness, default=clause)
    if other.denies == clause.denies:
        return False
    said = other.stems - NEGATIONS.get(clause.language, frozenset())
    most = max(len(said), len(clause.stems))
    return clause.language != "en" or len(said & clause.stems) > most / 2


def _has(values: frozenset[float], value: float) -> bool:
    return any(abs(value - other) <= 1e-6 * max(abs(value), 1e-3) for other in values)


def _is_said(dates: Sequence[Date], read: Date) -> bool:
    """Whether a date has the month, and the day; its year may stand elsewhere."""
    return any(read.month == date.month and read.day in (None, date.day) for date in dates)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for low, high in spans:
        text = text[:low] + " " * (high - low) + text[high:]
    return text


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    return " ".join(words_in(fold(text)))
