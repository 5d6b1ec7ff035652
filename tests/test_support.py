"""What is written is held against the passages; confidence is a probability."""

from __future__ import annotations

import pytest

from infinidoc.answering.confidence import (
    UNTAUGHT,
    ConfidenceFeatures,
    confidence,
    confidence_features,
)
from infinidoc.text.support import hard_facts, names_in, stem, stems_of, supported

PASSAGES = [
    "The Petrel left Bristol in 1875. Captain Venn hid the green ledger under the floor.",
    "Twelve men came back. Old Isolde Marsh counted them, and paid 1,250 pounds to each.",
]


@pytest.mark.parametrize(
    ("answer", "passage", "enough"),
    [
        ("under the floor", 0, True),
        ("It was hidden by Captain Venn under the floor.", 0, True),
        ("12 men", 1, True),
        ("1250 pounds", 1, True),
        ("Isolde Marsh", 1, True),
        ("in 1876", 0, False),
        ("It was hidden by Captain Rook.", 0, False),
        ("a purple elephant", 0, False),
    ],
)
def test_an_answer_is_borne_out_by_a_passage(answer: str, passage: int, enough: bool) -> None:
    found = supported(answer, PASSAGES)
    assert found.enough == enough
    if enough:
        assert found.passage == passage


def test_the_sentence_is_named_and_what_is_missing() -> None:
    found = supported("the green ledger", PASSAGES, "What did Captain Venn hide?")
    assert PASSAGES[0][found.start : found.end].startswith("Captain Venn hid")
    assert supported("They met in Lisbon in 1902", PASSAGES).missing == ("1902", "Lisbon")
    assert supported("To Lisbon", PASSAGES, "Who went to Lisbon?").missing == ()
    assert supported("", PASSAGES).passage is None
    assert supported("anything", []).passage is None


def test_names_and_numbers_are_hard_facts() -> None:
    text = "Yesterday Tobias Rook's ship made 12.5 knots. Nobody saw it."
    assert hard_facts(text) == ["12.5", "Tobias", "Rook"]
    assert hard_facts("eleven hundred crowns") == ["1100"]
    assert names_in("Who betrays the captain?") == []
    assert stem("Hidden") != stem("hide")
    assert stem("counting") == stem("counted") == stem("counts")
    assert stems_of("1,250 sails") == stems_of("1250 sail") == {"1250", "sail"}
    assert stems_of("twelve hundred and fifty") == {"1200", "50"}  # as it is read


def test_confidence_is_a_probability_and_rises_with_support() -> None:
    good = confidence_features([-0.1, -0.2], 0.05, 1.0, [0.2, 0.1], 0.8)
    bad = confidence_features([-2.0, -3.0], 0.4, 0.1, [0.2, 0.2], 0.1)
    assert isinstance(good, ConfidenceFeatures)
    assert all(0.0 <= sign <= 1.0 for sign in vars(good).values())
    assert 0.0 < confidence(bad) < confidence(good) < 1.0
    assert confidence(good, [0.0] * len(UNTAUGHT)) == 0.5
    assert confidence_features([], 0.0, 0.0, [], 0.0).apart == 0.0
