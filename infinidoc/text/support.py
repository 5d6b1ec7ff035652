"""Holds what was written against the passages it should come from.

A careful reader's checks, by string: the numbers, the names and the telling words of a
text must stand in a passage. What does not is not supported, whoever wrote it. Knows
strings only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from infinidoc.text import even, fold
from infinidoc.text.numbers import numbers

ENOUGH = 0.6  # of the telling words must be in one passage
_WORD = regex.compile(r"\d+(?:[.,]\d+)*|\w+(?:'\w+)?")
_NAME = regex.compile(r"(?<![.!?:\"] )(?<!^)\b[A-Z][\w'-]+")
# Where a sentence ends: at its mark, a blank line, a list's item, a line that begins with a time.
_SENTENCE = regex.compile(
    r"(?<=[.!?])[\"'”’)\]]*\s+|\n{2,}|\n(?=[ \t]*(?:[-*+•][ \t]|[\[(]?\d{2,4}[-/:.]\d\d))"
)
_IDLE = frozenset(
    """
    a about after all also an and any are as at be because been before being but by can could
    did do does for from had has have he her hers him his how i if in into is it its just may
    might more most my no not of on or our out over she should so some such than that the
    their them then there these they this those to too under until up very was we were what
    when where which while who whom whose why will with would you your
    """.split()
)


@dataclass(frozen=True)
class Support:
    """How far a text is borne out, by which of the passages and by which sentence of it."""

    share: float  # of its telling words that the passage has, 0 to 1
    missing: tuple[str, ...]  # numbers and names that no passage has
    passage: int | None
    start: int = 0  # the sentence, in characters of the passage
    end: int = 0

    @property
    def enough(self) -> bool:
        return not self.missing and self.share >= ENOUGH


def supported(text: str, passages: Sequence[str], known: str = "") -> Support:
    """What bears `text` out; names in `known` (the question) need no support."""
    if not passages or not telling(text):
        return Support(0.0, (), None)
    stems = [stems_of(passage) for passage in passages]
    wanted = stems_of(text)
    everywhere = set().union(*stems) | stems_of(known)
    missing = tuple(word for word in hard_facts(text) if stem(word) not in everywhere)
    shares = [len(wanted & found) / len(wanted) for found in stems]
    whole = [_plain(text) in _plain(passage) for passage in passages]
    asked = stems_of(known)
    best = max(
        range(len(passages)),
        key=lambda i: (whole[i], shares[i], len(asked & stems[i]) / (len(asked) or 1), -i),
    )
    start, end = _sentence(passages[best], wanted, asked)
    return Support(shares[best], missing, best, start, end)


def telling(text: str) -> list[str]:
    """The words that carry meaning; all of them if none does ("to be or not to be")."""
    words = _WORD.findall(fold(text))
    return [word for word in words if word not in _IDLE] or words


def stems_of(text: str) -> set[str]:
    """The telling words without their endings, and its numbers by their values."""
    words = {stem(word) for word in telling(text) if not numbers(word)}
    return words | {_figure(value) for value, _ in numbers(text)}


def stem(word: str) -> str:
    """A word without its commonest endings."""
    word = fold(word).removesuffix("'s")
    for ending in ("ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def hard_facts(text: str) -> list[str]:
    """The numbers and names of a text: what must never be made up."""
    return [*(_figure(value) for value, _ in numbers(text)), *names_in(text)]


def _figure(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def names_in(text: str) -> list[str]:
    """Words with a capital that do not begin a sentence."""
    return [word.removesuffix("'s") for word in _NAME.findall(even(text))]


def _sentence(passage: str, wanted: set[str], asked: set[str]) -> tuple[int, int]:
    """Where the sentence stands that has most of the wanted words, then of the asked ones."""
    best, place, start = (-1, -1), (0, len(passage)), 0
    ends = [match.end() for match in _SENTENCE.finditer(passage)]
    for end in [*ends, len(passage)]:
        found = stems_of(passage[start:end]) if passage[start:end].strip() else set()
        score = (len(found & wanted), len(found & asked))
        if score > best:
            best, place = score, (start, end)
        start = end
    return place


def sentence_around(passage: str, start: int, end: int) -> tuple[int, int]:
    """The sentences of a passage that hold its characters from `start` to `end`."""
    borders = [0, *(match.end() for match in _SENTENCE.finditer(passage)), len(passage)]
    return max(b for b in borders if b <= start), min(b for b in borders if b >= end)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))
