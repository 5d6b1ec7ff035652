"""Finds names that are spelled nearly alike: Baskerville, and once Baskerviile.

A slip is rare, beside a name that is common, and differs from it by one letter within the
word. Short names that differ so are two names more often than not: they are told only where
the same name stands beside both (Tobias Rook, Tobias Roook).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from rapidfuzz.distance import Postfix, Prefix

from infinidoc.checking.finding import Inconsistency
from infinidoc.text import fold
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.page_sentences import Sentence

COMMON = 8  # times a name is used before a rare one can be a slip of it
RARE = 0.1  # of the common one's uses
LONG = 8  # letters of a name that one letter more or less does not make another
SHORT = 5  # letters of the shortest name that is looked at

_CAPITAL = r"[A-ZÀ-ÖØ-Þ][a-zß-ÿ]+(?:[-’'][A-ZÀ-ÖØ-Þ][a-zß-ÿ]+)*"
_WORD = re.compile(rf"(?<![\w'’-])(?:{_CAPITAL}|[a-z]{{4,}})(?![\w-])")


@dataclass
class _Name:
    first: Sentence
    count: int = 0
    beside: Counter[str] = field(default_factory=Counter)  # the names right before and after it


class Names:
    """How often each capitalised word was met, and beside which others."""

    def __init__(self) -> None:
        self._names: dict[str, _Name] = {}
        self._plain: set[str] = set()
        self._together: dict[str, set[str]] = defaultdict(set)

    def read(self, sentence: Sentence) -> None:
        words = list(_WORD.finditer(sentence.text))
        rest = sentence.text.split()[1:]
        shouted = sum(word[0].isupper() for word in rest) > 0.7 * len(rest)  # a heading
        before, end = "", -2
        for match in words:
            word = match[0]
            if word[0].islower():
                self._plain.add(word)
            elif not shouted:
                self._count(word, sentence, before if match.start() == end + 1 else "")
                before, end = word, match.end()
        capitals = {match[0] for match in words if match[0] in self._names}
        for word in capitals:
            self._together[word] |= {w for w in capitals if w != word and w[:1] == word[:1]}

    def _count(self, word: str, sentence: Sentence, before: str) -> None:
        name = self._names.setdefault(word, _Name(sentence))
        name.count += 1
        if before:
            name.beside[before] += 1
            self._names[before].beside[word] += 1

    def findings(self) -> Iterator[Inconsistency]:
        plain = self._plain | STOP_WORDS["en"]
        names = {
            word: name
            for word, name in self._names.items()
            if len(word) >= SHORT and fold(word) not in plain
        }
        common: dict[str, list[str]] = defaultdict(list)  # by their first letter
        for word, name in names.items():
            if name.count >= COMMON:
                common[fold(word)[0]].append(word)
        for word in names:
            near = (other for other in common[fold(word)[0]] if self._is_slip(word, other))
            usual = (other for other in near if self._is_one(word, other, names))
            best = max(usual, key=lambda other: names[other].count, default=None)
            if best is not None:
                yield self._finding(word, best)

    def _is_slip(self, word: str, other: str) -> bool:
        """Whether `word` is rare beside the common name `other`, and differs as a slip does."""
        name, usual = self._names[word], self._names[other]
        if word == other or name.count > max(1, RARE * usual.count):
            return False
        if other.endswith("s") and other[:-1] in self._names:  # a people, not a person
            return False
        return other not in self._together[word] and (
            fold(word) == fold(other) or differ_within(word, other)
        )

    def _is_one(self, word: str, other: str, names: Collection[str]) -> bool:
        """Whether both are one name: by how they differ, or by a name that stands beside both."""
        beside = set(self._names[word].beside) & set(self._names[other].beside)
        return are_alike(word, other) or any(name in names for name in beside)

    def _finding(self, word: str, other: str) -> Inconsistency:
        name, usual = self._names[word], self._names[other]
        first, second = sorted((usual.first, name.first), key=lambda sentence: sentence.start)
        about = f"{other} ({usual.count} times) or {word} ({name.count})"
        return Inconsistency("name", about, first, second, 0.8)


def differ_within(one: str, other: str) -> bool:
    """Whether they differ by one letter, or two swapped ones, neither the first nor the last."""
    start, end = _shared(one, other)
    a, b = one[start : len(one) - end], other[start : len(other) - end]
    if not start or not end or {one[-3:], other[-3:]} == {"man", "men"}:
        return False
    return (len(a) <= 1 and len(b) <= 1) or (len(a) == 2 and a == b[::-1])


def are_alike(one: str, other: str) -> bool:
    """Whether names that differ within are one name without more evidence."""
    start, end = _shared(one, other)
    short, long = sorted((one, other), key=len)
    swapped = len(short) == len(long) and len(long) - start - end == 2
    doubled = len(short) < len(long) and long[start] == long[start - 1]
    accent = fold(one) == fold(other)
    return accent or len(short) >= LONG or ((swapped or doubled) and len(short) > SHORT)


def _shared(one: str, other: str) -> tuple[int, int]:
    """How many letters both have in common at the beginning and, behind those, at the end."""
    start = Prefix.similarity(one, other)
    return start, Postfix.similarity(one[start:], other[start:])
