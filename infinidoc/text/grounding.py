"""Holds a sentence against a text the way a careful reader would.

Knows strings only. A sentence stands if a stretch of up to three neighbouring sentences of
the text has its names, its numbers with what they count, its denial if it denies, and most
of its other words. A name or number that is not there damns it. What this cannot see is who
did what to whom when all the words are there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from infinidoc.text import even, fold, words_in
from infinidoc.text.numbers import numbers
from infinidoc.text.salience import telling_words
from infinidoc.text.words import STOP_WORDS

ENOUGH = 0.7  # share of a sentence's telling words that one stretch must have
STRETCH = 3  # sentences that may bear one sentence together
SAME = 0.8  # share of telling words two sentences have in common when they say the same

_NAME = regex.compile(r"\b[A-Z][^\W_]*(?:['-][A-Z][^\W_]*)*")
_WORD = regex.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_DASH = re.compile("--+|[\u2014\u2015]")  # parts what it stands between; a hyphen joins it
_DENIAL = re.compile(r"\b(?:not|never|no|none|nobody|nothing|cannot|without)\b|n't\b")
_NEXT = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Support:
    """How far a text bears a sentence out, 0 to 1, and the first of its sentences that does."""

    score: float
    index: int | None

    @property
    def holds(self) -> bool:
        return self.score >= ENOUGH


class Claim:
    """What a sentence says that can be looked up: names, numbers, telling words, denial."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = frozenset(telling_words(text)) - _STOPS
        self.counted = [(value, _counted(text, end)) for value, end in numbers(text)]
        self.denies = bool(_DENIAL.search(fold(text)))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words in capitals; the first word is one only if the text never writes it small."""
        return frozenset(fold(name) for name in _NAME.findall(_parted(self.text)) if len(name) > 1)

    @cached_property
    def known(self) -> frozenset[str]:
        """All its words, as a name could be one of them."""
        return frozenset(_WORD.findall(fold(_parted(self.text)).replace("'s", "")))


class Witness:
    """A text, sentence by sentence, that can be asked whether it bears a sentence out."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = list(sentences)
        self.claims = [Claim(text) for text in self.sentences]
        texts = map(_parted, self.sentences)
        self.small = {fold(w) for t in texts for w in regex.findall(r"\b[a-z][\w'-]*", t)}
        self.at: dict[str, list[int]] = defaultdict(list)
        for index, claim in enumerate(self.claims):
            for word in claim.words:
                self.at[word].append(index)

    def support(self, text: str) -> Support:
        """The stretch that bears `text` out best."""
        if text in self.sentences:
            return Support(1.0, self.sentences.index(text))
        claim = Claim(text)
        best = Support(0.0, None)
        for index in self._near(claim):
            score = self._borne(claim, index)
            if score > best.score:
                best = Support(score, index)
        return best

    def _near(self, claim: Claim) -> list[int]:
        """Where a stretch begins that may have enough of the claim's words."""
        shared = Counter(index for word in claim.words for index in self.at.get(word, ()))
        begins = {index - back for index in shared for back in range(STRETCH) if index >= back}
        enough = ENOUGH * len(claim.words)
        return sorted(
            index
            for index in begins
            if sum(shared[index + ahead] for ahead in range(STRETCH)) >= enough
        )

    def _borne(self, claim: Claim, index: int) -> float:
        """How far the stretch that begins at `index` bears the claim out."""
        for count in range(1, STRETCH + 1):
            stretch = self.claims[index : index + count]
            if self._agree(claim, stretch):
                words = frozenset().union(*(other.words for other in stretch))
                share = len(claim.words & words) / max(len(claim.words), 1)
                if share >= ENOUGH:
                    return round(share, 4)
        return 0.0

    def _agree(self, claim: Claim, stretch: Sequence[Claim]) -> bool:
        """Whether names, numbers and denial of the claim are those of the stretch."""
        if claim.denies != any(other.denies for other in stretch):
            return False
        known = frozenset().union(*(other.known for other in stretch))
        names = {name for name in self._names(claim) if name not in known}
        counted = [pair for other in stretch for pair in other.counted]
        return not names and all(_found(pair, counted) for pair in claim.counted)

    def _names(self, claim: Claim) -> set[str]:
        opening = next(iter(words_in(fold(claim.text))), "")
        return {
            n for n in claim.names if n != opening or (n not in self.small and n not in STOP_WORDS)
        }


def _parted(text: str) -> str:
    """Evened, what dashes part staying apart."""
    return even(_DASH.sub(" ", text))


def same(one: str, other: str) -> bool:
    """Whether two sentences say the same in nearly the same words."""
    a, b = set(telling_words(one)), set(telling_words(other))
    return one == other or len(a & b) >= SAME * max(min(len(a), len(b)), 1)


def _counted(text: str, end: int) -> str | None:
    """The first telling word after a number: what it counts."""
    word = _NEXT.search(text, end, end + 24)
    return next(iter(telling_words(word.group())), None) if word else None


def _found(pair: tuple[float, str | None], pairs: Sequence[tuple[float, str | None]]) -> bool:
    """The same value of the same thing; of no thing, the value is enough."""
    value, thing = pair
    return any(value == v and (thing is None or t is None or thing == t) for v, t in pairs)


_STOPS = frozenset(word for stop in STOP_WORDS for word in telling_words(stop))
