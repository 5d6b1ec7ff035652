"""Chooses the passages that matter most in a section: those most like all the others.

TextRank (Mihalcea and Tarau 2004) over words weighted by rarity; knows strings only. A
focus pulls the choice towards the passages that share its words.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import regex
from numpy.typing import NDArray

from infinidoc.text import fold

LARGEST = 600  # passages compared pairwise; longer sections are thinned evenly first
DAMPING = 0.85

_WORD = regex.compile(r"[^\W\d_]{3,}")
_COMMON = 0.5  # words in more than this share of the passages tell nothing


def central(texts: list[str], count: int, focus: str | None = None) -> list[tuple[int, float]]:
    """(index, score) of `count` passages, in reading order."""
    if len(texts) <= count:
        return [(index, 1.0) for index in range(len(texts))]
    step = -(-len(texts) // LARGEST)
    indices = list(range(0, len(texts), step))
    vectors = _vectors([texts[index] for index in indices])
    scores = _rank(vectors)
    if focus:
        wanted = set(_words(focus))
        shared = [len(wanted & set(_words(texts[index]))) for index in indices]
        scores = scores * (1.0 + 10.0 * np.asarray(shared, dtype=np.float64))
    best = _spread(scores, vectors, count)
    return sorted((indices[at], float(scores[at])) for at in best)


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def _vectors(texts: list[str]) -> NDArray[np.float64]:
    """Unit vectors of words weighted by rarity (tf-idf), [passages, words]."""
    counts = [Counter(_words(text)) for text in texts]
    documents = Counter(word for count in counts for word in count)
    kept = {w: n for w, n in documents.items() if 1 < n <= max(2, _COMMON * len(texts))}
    column = {word: index for index, word in enumerate(kept)}
    matrix = np.zeros((len(texts), max(len(column), 1)))
    for row, count in enumerate(counts):
        for word, times in count.items():
            if word in column:
                rarity = math.log(len(texts) / documents[word])
                matrix[row, column[word]] = (1 + math.log(times)) * rarity
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.maximum(norms, 1e-9)


def _rank(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """PageRank over cosine similarity."""
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, 0.0)
    flow = similar / np.maximum(similar.sum(0, keepdims=True), 1e-9)
    rank = np.full(len(vectors), 1.0 / len(vectors))
    for _ in range(30):
        rank = (1 - DAMPING) / len(vectors) + DAMPING * flow @ rank
    return rank


def _spread(scores: NDArray[np.float64], vectors: NDArray[np.float64], count: int) -> list[int]:
    """The best, but none that says again what a better one says (maximal marginal relevance)."""
    left, chosen = scores.copy(), []
    for _ in range(count):
        at = int(left.argmax())
        chosen.append(at)
        left[at] = -np.inf
        left *= np.where(np.isfinite(left), 1.0 - 0.7 * np.clip(vectors @ vectors[at], 0, 1), 1.0)
    return chosen
