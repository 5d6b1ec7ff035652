"""What is written is held against the passages."""

from __future__ import annotations

import pytest

from infinidoc.grounding.grounding import grounded_stems, supported
from infinidoc.text.names import names_in
from infinidoc.text.numbers import numbers
from infinidoc.text.words import stem

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
    assert names_in(text) == ["Tobias", "Rook"]
    assert numbers(text) == [12.5]
    assert names_in("Who betrays the captain?") == []
    assert stem("Hidden") != stem("hide")
    assert stem("counting") == stem("counted") == stem("counts")
    assert grounded_stems("1,250 sails") == grounded_stems("1250 sail") == {"1250", "sail"}
    assert grounded_stems("twelve hundred and fifty") == {"1250"}
