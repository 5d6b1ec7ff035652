"""Names are found in one way, whatever they are found for."""

from __future__ import annotations

import pytest

from infinidoc.retrieval.proper_names import is_part
from infinidoc.text.names import Vocabulary, is_name, is_slip, names_in, runs


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("So did Captain J. R. Venn of Orsay.", ["So", "Captain J. R. Venn of Orsay"]),
        ("I told Rook's sister; Hanne Brodd—Isolde too.", ["Rook", "Hanne Brodd", "Isolde"]),
        ("Gri\ufb03n saw Ludwig van Beethoven.", ["Gri\ufb03n", "Ludwig van Beethoven"]),
        ("I've seen it.", []),
    ],
)
def test_words_with_a_capital_that_stand_together_are_one(text: str, names: list[str]) -> None:
    assert [text[run[0].start : run[-1].end] for run in runs(text)] == names


def test_a_document_tells_what_a_name_is_in_it() -> None:
    said = [
        "The old Captain Venn met Faith.",
        "Faith laughed.",
        "They had faith.",
        "But Faith went.",
    ]
    vocabulary = Vocabulary([*said, "But Faith went.", "Then Faith sat by Miss Brodd and Venn."])
    assert vocabulary.is_name("Faith")
    assert not vocabulary.is_name("Then")
    found = vocabulary.names("Then Captain Venn and Faith came. Nobody did.")
    assert [[word.text for word in run] for run in found] == [["Venn"], ["Faith"]]


def test_a_day_is_no_part_of_the_name_behind_it() -> None:
    said = [
        "Then Harriet came.",
        "So Harriet left.",
        "He read the Sunday Times.",
        "On Friday he sat.",
    ]
    vocabulary = Vocabulary([*said, "On Wednesday Harriet sat with Harriet."])
    found = vocabulary.names("He said that on Wednesday Harriet sold the Sunday Times.")
    assert [[word.text for word in run] for run in found] == [
        ["Wednesday"],
        ["Harriet"],
        ["Sunday", "Times"],
    ]


def test_names_are_compared() -> None:
    assert is_part("Rook", "Tobias Rook")
    assert not is_part("Roo", "Tobias Rook")
    assert is_slip("Shenstone", "Shentsone")
    assert not is_slip("Shenstone", "Shntsone")
    assert is_name("Isolde of Orsay")
    assert not is_name("the captain of Orsay")
    assert names_in("Did Rook see B7?") == ["Rook", "B7"]
