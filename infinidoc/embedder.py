"""Turns passages and questions into vectors that lie close when one answers the other.

Words that a question and its passage share are found by the index; this finds passages
that say it in other words. Every token of the vocabulary has a learned vector, long if it
tells much; a text is the sum of its tokens' (a bag of words, arXiv 1607.01759), turned
once more if it is a question. It costs nothing beside reading. Knows token ids and numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Embedder:
    """`vectors` gives those [N, E] of N tokens; `turn` [E, E] from passages to questions."""

    vectors: Callable[[Sequence[int]], Vector]
    vocabulary: int
    turn: NDArray[np.float32]
    identity: str  # vectors of another embedder mean nothing to this one

    def passage(self, ids: Sequence[int]) -> Vector:
        """The unit vector [E] of a passage."""
        return _unit(self._sum(ids))

    def question(self, ids: Sequence[int]) -> Vector:
        """The unit vector [E] of a question."""
        return _unit(self.turn @ self._sum(ids))

    def _sum(self, ids: Sequence[int]) -> Vector:
        known = [token for token in ids if token < self.vocabulary]
        total: Vector = self.vectors(known).sum(0)
        return total


def _unit(vector: Vector) -> Vector:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
