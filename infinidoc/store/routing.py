"""Which documents of very many a question is likely about, told by the index of passages.

Only the question's telling words are looked up, those of at most TELLING passages, so that the
work does not grow with the library. The passages that share most of them are read again with
all its words: BM25, words of the question that stand side by side as they do in it, and its
words in the passages next to it. A document is as likely as its best passage. Knows words and
rows; no model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from infinidoc.store.search import question_words
from infinidoc.store.store import Row, Store
from infinidoc.text import fold, words_in
from infinidoc.text.words import stem

TELLING = 10_000  # passages that may have a word that is looked up
READ = 60  # passages that are read again
BESIDE = 12  # of them, the passages next to them, too
LIKELY = 3  # documents that a question is put to
CLOSE = 3  # words from one to the next that count as side by side
PAIRS, NEXT_TO = 0.5, 0.3  # what side by side, and words next to the passage, weigh against BM25
_K, _B, _WORDS = 1.2, 0.75, 95  # of BM25, and the words of a usual passage

_NEXT_TO = "select text from passages where document = ? and id in (?, ?)"


def likely_documents(
    store: Store, question: str, limit: int = LIKELY, telling: int = TELLING
) -> list[tuple[int, float]]:
    """(document, score) of those that the question is likely about, the likeliest first.

    [] if none has a word of it, or if all its words are of many passages, none of them of all.
    """
    words = question_words(question)  # a count of `telling` + 1 stands for any number above it
    counts = {word: store.backend.count(word, telling + 1) for word in words}
    known = {word: count for word, count in counts.items() if count}
    if not known:
        return []
    few = [word for word, count in known.items() if count <= telling]
    asked = _Asked.of(question, known, _passages(store))
    rows = store.backend.best(few or list(known), not few, READ)
    alone = sorted(((asked.score(row["text"]), row) for row in rows), key=lambda pair: -pair[0])
    best: dict[int, float] = {}
    for place, (score, row) in enumerate(alone):
        more = asked.more(row["text"], _next_to(store, row)) if place < BESIDE else 0.0
        best[row["document"]] = max(best.get(row["document"], 0.0), score + NEXT_TO * more)
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def _passages(store: Store) -> int:
    """How many passages there are, or were."""
    return int(store._rows("select max(id) as count from passages")[0]["count"] or 0)


def _next_to(store: Store, row: Row) -> str:
    """The text before and behind a passage."""
    around = store._rows(_NEXT_TO, [row["document"], row["id"] - 1, row["id"] + 1])
    return " ".join(found["text"] for found in around)


@dataclass(frozen=True)
class _Asked:
    """The words of a question as stems, each with its weight, and which stand side by side."""

    weights: dict[str, float]
    pairs: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, question: str, counts: dict[str, int], passages: int) -> _Asked:
        """Rare words weigh more (as in BM25), those of no passage nothing."""
        weights = {
            stem(word): math.log(1 + max(passages - count + 0.5, 0.0) / (count + 0.5))
            for word, count in counts.items()
        }
        order = [word for word in _stems(question) if word in weights]
        return cls(weights, frozenset(pairwise(order)))

    def score(self, text: str) -> float:
        """BM25 of a passage, and more for words that stand side by side."""
        words = list(_stems(text))
        counts = Counter(word for word in words if word in self.weights)
        long = _K * (1 - _B + _B * len(words) / _WORDS)
        each = (self.weights[w] * n * (1 + _K) / (n + long) for w, n in counts.items())
        return sum(each) + PAIRS * self._side_by_side(words)

    def _side_by_side(self, words: list[str]) -> float:
        places = [place for place, word in enumerate(words) if word in self.weights]
        close = {(words[a], words[b]) for a, b in pairwise(places) if b - a <= CLOSE}
        return sum(min(self.weights[a], self.weights[b]) for a, b in close & self.pairs)

    def more(self, text: str, beside: str) -> float:
        """The weight of the words that the passages next to it have and it has not."""
        new = (set(_stems(beside)) - set(_stems(text))) & self.weights.keys()
        return sum(self.weights[word] for word in new)


def _stems(text: str) -> Iterator[str]:
    return (stem(word) for word in words_in(fold(text)))
