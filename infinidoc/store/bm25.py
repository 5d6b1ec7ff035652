"""BM25 as FTS5 computes it, but with the counts of the passages that are searched.

FTS5 counts the passages of its whole index, so what it finds in one document would depend on
which others are in the library. The constants and the order of the sums are FTS5's own: where
all passages are searched, so are the scores. Knows numbers only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

K1, B = 1.2, 0.75
_LEAST = 1e-6  # what a word weighs that more than half of the passages have


def weight(passages: int, having: int) -> float:
    """How much a word says that `having` of the passages have."""
    weight = math.log((passages - having + 0.5) / (having + 0.5))
    return weight if weight > 0 else _LEAST


def scores(hits: Sequence[Mapping[int, int]], lengths: Mapping[int, int]) -> dict[int, float]:
    """The score of every passage that has any of the words.

    `hits`: for each word, in which passages it stands, and how often. `lengths`: how many words
    each of the passages has that are searched.
    """
    mean = sum(lengths.values()) / max(len(lengths), 1) or 1.0
    total: dict[int, float] = {}
    for counts in hits:
        says = weight(len(lengths), len(counts))
        for passage, count in counts.items():
            long = K1 * (1 - B + B * lengths[passage] / mean)
            score = says * (count * (K1 + 1) / (count + long))
            total[passage] = total.get(passage, 0.0) + score
    return total
