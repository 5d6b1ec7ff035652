"""Confidence is a probability."""

from __future__ import annotations

from infinidoc.answering.confidence import (
    UNTAUGHT,
    ConfidenceFeatures,
    confidence,
    confidence_features,
)


def test_confidence_is_a_probability_and_rises_with_support() -> None:
    good = confidence_features([-0.1, -0.2], 0.05, 1.0, [0.2, 0.1], 0.8)
    bad = confidence_features([-2.0, -3.0], 0.4, 0.1, [0.2, 0.2], 0.1)
    assert isinstance(good, ConfidenceFeatures)
    assert all(0.0 <= sign <= 1.0 for sign in vars(good).values())
    assert 0.0 < confidence(bad) < confidence(good) < 1.0
    assert confidence(good, [0.0] * len(UNTAUGHT)) == 0.5
    assert confidence_features([], 0.0, 0.0, [], 0.0).apart == 0.0
