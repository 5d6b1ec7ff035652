"""How sure an answer is: the probability that it is right, from features that come with it.

A logistic regression; its weights were fitted to answers on development documents (see
benchmarks/LOG.md) and belong to the adapter that wrote them, so they stand in its header.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True)
class ConfidenceFeatures:
    """What is known of an answer when it is written; all from 0 to 1."""

    sure: float  # geometric mean of its tokens' probabilities
    least: float  # probability of its least likely token
    refusing: float  # the model's wish to refuse
    share: float  # of its words that its passage has
    apart: float  # how far its passage stood before the next
    brief: float  # one word: 1, many: towards 0
    agreed: float  # overlap with the truth that is expected of it


def confidence(features: ConfidenceFeatures, weights: Sequence[float]) -> float:
    """The probability that the answer is right."""
    bias, *slopes = weights
    slopes += [0.0] * (len(fields(features)) - len(slopes))  # fitted to fewer features
    score = bias + sum(w * x for w, x in zip(slopes, astuple(features), strict=True))
    return round(1.0 / (1.0 + math.exp(-score)), 4)


def highest(confidences: Iterable[float | None]) -> float | None:
    """The highest of them; None (not known) if one of them is."""
    known = list(confidences)
    return None if None in known else max(one for one in known if one is not None)


def at_most(limit: float, confidence: float | None) -> float | None:
    """A confidence, but not more than `limit`; None stays None."""
    return None if confidence is None else min(confidence, limit)


def rounded(confidence: float | None) -> float | None:
    """As JSON shows it."""
    return None if confidence is None else round(confidence, 4)


def lead(scores: Sequence[float]) -> float:
    """How far the best of passages scored so stands before the next, 0 to 1."""
    first, second = ([*scores, 0.0, 0.0])[:2]
    return max(first - second, 0.0) / first if first > 0 else 0.0


def confidence_features(
    log_probabilities: Sequence[float], refusing: float, share: float, scores: Sequence[float]
) -> ConfidenceFeatures:
    """Features of an answer written with these probabilities, from passages scored so."""
    count = len(log_probabilities) or 1
    return ConfidenceFeatures(
        sure=math.exp(sum(log_probabilities) / count),
        least=math.exp(min(log_probabilities, default=0.0)),
        refusing=refusing,
        share=share,
        apart=lead(scores),
        brief=1.0 / count,
        agreed=math.exp(sum(log_probabilities)),
    )
