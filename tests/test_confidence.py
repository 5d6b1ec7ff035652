"""Confidence is a probability."""

from __future__ import annotations

from infinidoc.answering.confidence import (
    ConfidenceFeatures,
    at_most,
    confidence,
    confidence_features,
    highest,
    rounded,
)

WEIGHTS = (-3.0, 3.0, 0.0, 0.0, 2.0)  # fitted before the last signs were known


def test_confidence_is_a_probability_and_rises_with_support() -> None:
    good = confidence_features([-0.1, -0.2], 0.05, 1.0, [0.2, 0.1])
    bad = confidence_features([-2.0, -3.0], 0.4, 0.1, [0.2, 0.2])
    assert isinstance(good, ConfidenceFeatures)
    assert all(0.0 <= sign <= 1.0 for sign in vars(good).values())
    assert 0.0 < confidence(bad, WEIGHTS) < confidence(good, WEIGHTS) < 1.0
    assert confidence(good, [0.0] * 8) == 0.5
    assert confidence_features([], 0.0, 0.0, []).apart == 0.0


def test_a_confidence_that_is_not_known_stays_so() -> None:
    assert (at_most(0.9, None), highest([0.0, None]), rounded(None)) == (None, None, None)
    assert (at_most(0.9, 1.0), highest([0.0, 0.5]), rounded(0.12345)) == (0.9, 0.5, 0.1235)
