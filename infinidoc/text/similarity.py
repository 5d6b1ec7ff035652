"""How like one another texts are: tf-idf vectors, and which texts are central.

Knows strings. Time and memory grow with the texts, not with their square.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from infinidoc.text.folding import UNSPACED, fold
from infinidoc.text.words import stem

BASE = 0.06  # of the score has every text, that a focus may choose it
FOCUS = 20.0  # times its score that a text gains by each word of the focus
REDUNDANCY = 0.7  # what being like a chosen text takes away, of the score

_WORD = regex.compile(rf"(?:(?![{UNSPACED}])[^\W\d_]){{3,}}")
_PAIR = regex.compile(f"[{UNSPACED}]{{2}}")

Vector = dict[str, float]


def has_unspaced(text: str) -> bool:
    """Whether it has letters of a script that is written without spaces."""
    return not text.isascii() and _PAIR.search(text) is not None


def count_words(text: str) -> int:
    """How many words it has; of those written without spaces two letters are one."""
    return len(text.split()) + (0 if text.isascii() else len(_PAIR.findall(text)))


def stemmed_words(text: str) -> list[str]:
    """The words of three letters or more, stemmed, as often as they stand there; where words are
    written without spaces, every two letters beside each other."""
    text = fold(text)
    pairs = [] if text.isascii() else _PAIR.findall(text, overlapped=True)
    return [stem(word) for word in _WORD.findall(text)] + pairs


class TfIdf:
    """Texts as unit vectors of words weighted by rarity (idf), and their sum."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = [Counter(stemmed_words(text)) for text in texts]
        found = Counter(word for count in counts for word in count)
        total = len(counts)
        self.idf = {word: math.log((1 + total) / (0.5 + n)) for word, n in found.items()}
        self.vectors = [self._unit(count) for count in counts]
        self.centroid: Counter[str] = Counter()
        for vector in self.vectors:
            self.centroid.update(vector)

    def _unit(self, count: Counter[str]) -> Vector:
        vector = {w: (1 + math.log(n)) * self.idf.get(w, 0.0) for w, n in count.items()}
        norm = math.sqrt(sum(value * value for value in vector.values()))
        return {word: value / norm for word, value in vector.items()} if norm else {}

    def cosine(self, one: int, other: int) -> float:
        """The cosine of two of the texts."""
        a, b = sorted((self.vectors[one], self.vectors[other]), key=len)
        return sum(value * b.get(word, 0.0) for word, value in a.items())

    def likeness(self, text: str) -> list[float]:
        """The cosine of each of the texts with another one."""
        wanted = self._unit(Counter(stemmed_words(text)))
        return [sum(v * each.get(w, 0.0) for w, v in wanted.items()) for each in self.vectors]

    def centrality(self) -> NDArray[np.float64]:
        """How like all the others each text is (degree centrality); the most central has 1."""
        sums = [sum(v * (self.centroid[w] - v) for w, v in each.items()) for each in self.vectors]
        scores = np.asarray(sums, dtype=np.float64)
        return scores / max(float(scores.max(initial=0.0)), 1e-9)


def select_central(
    texts: Sequence[str], count: int, focus: str | None = None
) -> list[tuple[int, float]]:
    """(index, score) of the `count` texts most like all others, in order.

    None that says again what a better one says (maximal marginal relevance). A focus pulls
    the choice towards the texts that share its words.
    """
    if len(texts) <= count:
        return [(index, 1.0) for index in range(len(texts))]
    vectors = TfIdf(texts)
    scores = BASE + (1 - BASE) * vectors.centrality()
    if focus:
        wanted = set(stemmed_words(focus))
        shared = [len(wanted & set(stemmed_words(text))) for text in texts]
        scores = scores * (1.0 + FOCUS * np.asarray(shared, dtype=np.float64))
    left, chosen = scores.copy(), []
    for _ in range(count):
        at = int(left.argmax())
        chosen.append((at, float(scores[at])))
        like = np.asarray([vectors.cosine(at, other) for other in range(len(left))])
        left[at] = -np.inf
        left *= np.where(np.isfinite(left), 1.0 - REDUNDANCY * like, 1.0)
    return sorted(chosen)
