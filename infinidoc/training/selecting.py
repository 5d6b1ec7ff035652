"""Fits the weights by which `summarize` chooses sentences, to summaries people wrote.

    python -m infinidoc.training.selecting --data FOLDER

The sentences that together share most with a person's summary (ROUGE-1 and -2, chosen
greedily) are those to take, all others those to leave; a logistic regression tells them
apart, every source counting alike. Prints the weights for summarizing/salience.py.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infinidoc.summarizing.quotations import Quotation, cut_quotations
from infinidoc.summarizing.salience import WEIGHTS, SentenceScorer
from infinidoc.training.corpus import Corpus

LONGEST = 40_000  # characters of a document that are looked at
MOST = 6  # sentences of an ideal summary
SHORTLIST = 60
RIDGE = 3.0
Floats = NDArray[np.float64]
Counts = tuple[Counter[str], Counter[str]]


def ideal(sentences: list[Quotation], summary: str) -> list[int]:
    """The sentences that together share most with `summary`, the best first."""
    wanted, each = _counts(summary), [_counts(sentence.text) for sentence in sentences]
    alone = [_shared(count, wanted) for count in each]
    near = sorted(range(len(each)), key=lambda index: -alone[index])[:SHORTLIST]
    taken: list[int] = []
    total, best = (Counter[str](), Counter[str]()), 0.0
    while len(taken) < MOST and len(taken) < len(near):
        score, index = max(
            (_shared(_sum(total, each[index]), wanted), index)
            for index in near
            if index not in taken
        )
        if score <= best + 0.005:
            break
        best, total = score, _sum(total, each[index])
        taken.append(index)
    return taken


def fit(features: Floats, taken: Floats, weights: Floats) -> Floats:
    """Ridge logistic regression by Newton's method; taking and leaving weigh the same."""
    for label in (0.0, 1.0):
        share = weights[taken == label].sum()
        weights = np.where(taken == label, 1000 * weights / max(share, 1e-9), weights)
    found = np.zeros(features.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-features @ found))
        slope = features.T @ (weights * (chance - taken)) + RIDGE * found
        bend = (features * (weights * chance * (1 - chance))[:, None]).T @ features
        step = np.linalg.solve(bend + RIDGE * np.eye(len(found)), slope)
        found -= step
        if np.abs(step).max() < 1e-6:
            break
    return found


def examples(rows: list[dict[str, Any]], per_source: int) -> tuple[Floats, Floats, Floats]:
    """Features, whether taken, and weight of each sentence of some documents of each source."""
    rows = list(rows)
    Random(1).shuffle(rows)
    used: Counter[str] = Counter()
    found: list[tuple[Floats, Floats, Floats]] = []
    for row in rows:
        sentences = cut_quotations(row["document"][:LONGEST])
        if used[row["source"]] >= per_source or len(sentences) < 2:
            continue
        used[row["source"]] += 1
        for item in _items(row):
            taken = np.zeros(len(sentences))
            taken[ideal(sentences, item["summary"])] = 1.0
            features = SentenceScorer(sentences, item.get("question")).features()
            weight = 1 / len(sentences) / len(_items(row))
            found.append((features, taken, np.full(len(sentences), weight)))
    features, taken, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    return features, taken, weights


def _items(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The first summary, and one of those that answer a question."""
    others = row["items"][1:]
    return [row["items"][0], *([Random(row["title"]).choice(others)] if others else [])]


def _counts(text: str) -> Counts:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return Counter(words), Counter(map(" ".join, zip(words, words[1:], strict=False)))


def _sum(one: Counts, other: Counts) -> Counts:
    return one[0] + other[0], one[1] + other[1]


def _shared(ours: Counts, theirs: Counts) -> float:
    """ROUGE-1 and ROUGE-2, added."""
    each = zip(ours, theirs, strict=True)
    return sum(2 * (a & b).total() / max(a.total() + b.total(), 1) for a, b in each)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infinidoc.training.selecting")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--per-source", type=int, default=110)
    options = parser.parse_args()
    weights = fit(*examples(Corpus(options.data).summaries, options.per_source))
    for name, weight in zip(WEIGHTS, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    main()
