"""The words of a text as the server's table of words holds them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from infinidoc.store.words import Words as FTS5Words

_LONGEST = 200  # characters of a word that are kept: the server's index holds no longer ones
_BEGINNING = 64


class Words(FTS5Words):
    """FTS5's words, very long ones as their beginning and a digest."""

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        return [[_kept(word) for word in found] for found in super().of(texts)]

    def counts(self, texts: Sequence[str]) -> list[Counter[str]]:
        """How often each word stands in each text."""
        return [Counter(found) for found in self.of(texts)]


def times(phrase: Sequence[str], words: Sequence[str]) -> int:
    """How often the words of a phrase follow one another."""
    size = len(phrase)
    starts = (at for at, word in enumerate(words) if word == phrase[0])
    return sum(list(words[at : at + size]) == list(phrase) for at in starts)


def _kept(word: str) -> str:
    if len(word) <= _LONGEST:
        return word
    return word[:_BEGINNING] + hashlib.sha256(word.encode(errors="replace")).hexdigest()
