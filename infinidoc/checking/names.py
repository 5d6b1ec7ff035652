"""Finds names that are spelled nearly alike: Baskerville, and once Baskerviile.

A slip is rare, beside a name that is common, and differs from it by one letter within the
word. Short names that differ so are two names more often than not: they are told only where
the same name stands beside both (Tobias Rook, Tobias Roook).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from infinidoc.checking.finding import Inconsistency
from infinidoc.retrieval.page_sentences import Sentence
from infinidoc.text import fold
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.names import Vocabulary, is_slip, runs

COMMON = 8  # times a name is used before a rare one can be a slip of it
RARE = 0.1  # of the common one's uses
LONG = 8  # letters of a name that one letter more or less does not make another
SHORT = 5  # letters of the shortest name that is looked at


@dataclass
class _Name:
    first: Sentence
    count: int = 0
    beside: set[str] = field(default_factory=set)  # the names right before and after it


class Names:
    """How often each capitalised word was met, and beside which others."""

    def __init__(self) -> None:
        self._names: dict[str, _Name] = {}
        self._vocabulary = Vocabulary()
        self._together: dict[str, set[str]] = defaultdict(set)

    def read(self, sentence: Sentence) -> None:
        self._vocabulary.read(sentence.text)
        found = [[word.text for word in run] for run in runs(sentence.text)]
        words = {word for run in found for word in run}
        for run in found:
            for word in run:
                self._names.setdefault(word, _Name(sentence)).count += 1
            for one, other in pairwise(run):
                self._names[one].beside.add(other)
                self._names[other].beside.add(one)
        for word in words:
            self._together[word] |= {w for w in words if w != word and w[:1] == word[:1]}

    def findings(self) -> Iterator[Inconsistency]:
        no_names = self._vocabulary.plain.keys() | STOP_WORDS["en"]
        names = [word for word in self._names if len(word) >= SHORT and fold(word) not in no_names]
        common: dict[str, list[str]] = defaultdict(list)  # by their first letter
        for word in names:
            if self._names[word].count >= COMMON:
                common[fold(word)[0]].append(word)
        for word in names:
            near = (other for other in common[fold(word)[0]] if self._is_slip(word, other))
            usual = (other for other in near if self._is_one(word, other, set(names)))
            best = max(usual, key=lambda other: self._names[other].count, default=None)
            if best is not None:
                yield self._finding(word, best)

    def _is_slip(self, word: str, other: str) -> bool:
        """Whether `word` is rare beside the common name `other`, and differs as a slip does."""
        name, usual = self._names[word], self._names[other]
        if name.count > max(1, RARE * usual.count):
            return False
        if other.endswith("s") and other[:-1] in self._names:  # a people, not a person
            return False
        if word.lower() == other.lower() or other in self._together[word]:
            return False
        return fold(word) == fold(other) or differ_within(word, other)

    def _is_one(self, word: str, other: str, names: Collection[str]) -> bool:
        """Whether both are one name: by how they differ, or by a name that stands beside both."""
        beside = self._names[word].beside & self._names[other].beside
        return is_one_name(word, other) or not beside.isdisjoint(names)

    def _finding(self, word: str, other: str) -> Inconsistency:
        name, usual = self._names[word], self._names[other]
        first, second = sorted((usual.first, name.first), key=lambda sentence: sentence.start)
        about = f"{other} ({usual.count} times) or {word} ({name.count})"
        return Inconsistency("name", about, first, second, 0.8)


def differ_within(one: str, other: str) -> bool:
    """Whether they differ by a slip that is neither in the first letter nor in the last."""
    ends = one[0] == other[0] and one[-1] == other[-1] and {one[-3:], other[-3:]} != {"man", "men"}
    return ends and is_slip(one, other)


def is_one_name(one: str, other: str) -> bool:
    """Whether names that differ within are one name without more evidence."""
    short, long = sorted((one, other), key=len)
    swapped = sorted(one) == sorted(other)
    doubled = len(short) < len(long) and sorted(set(short)) == sorted(set(long))
    accent = fold(one) == fold(other)
    return accent or len(short) >= LONG or ((swapped or doubled) and len(short) > SHORT)
