"""Sentences of a printed page run through none of its furniture, and keep their places."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infinidoc.summarizing.page_furniture import (
    contents,
    headings,
    running_heads,
    without_furniture,
)
from infinidoc.summarizing.quotations import cut_points, cut_quotations

PROSE = "The pump must be stopped before the cover is lifted off its seat. It is hot.\n"
CONTENTS = "Contents\nSafety\n3\nStarting . . . . . . . .\n5\nThe impel-\nler . . . . . .\n9\n"


def page(number: int, middle: str = PROSE) -> str:
    head = f"{number}\nPump Manual 5.4\n" if number % 2 else f"Pump Manual 5.4\n{number}\n"
    around = "".join(f"Part {'abc'[n] * number} is known to be here.\n" for n in range(3))
    return head + around + middle + around.replace("Part", "Piece")


def test_running_heads_and_page_numbers_are_blank_and_offsets_stay() -> None:
    pages = [page(number) for number in range(1, 9)]
    cleaned = without_furniture(pages)
    assert [len(one) for one in cleaned] == [len(one) for one in pages]
    for one, before in zip(cleaned, pages, strict=True):
        assert "Manual" not in one
        first = next(s for s in cut_quotations(one) if s.text.startswith("The pump"))
        assert before[first.start :].startswith("The pump")


def test_what_stands_on_few_pages_is_no_running_head() -> None:
    pages = [page(n) for n in range(1, 9)] + ["Made in Tarn Ford\n" + PROSE]
    assert "Made in" not in without_furniture(pages)[2]
    assert "Tarn" in without_furniture([*pages[:8], "They are made in Tarn Ford.\n" + PROSE])[8]


def test_the_heads_of_many_pages_are_blank_on_a_few_of_them() -> None:
    pages = [page(number) for number in range(1, 9)]
    assert "Manual" in without_furniture(pages[:2])[0]
    assert "Manual" not in without_furniture(pages[:2], running_heads(pages))[0]


def test_a_table_of_contents_is_no_prose() -> None:
    assert [CONTENTS[low:high] for low, high in contents(CONTENTS)] == [CONTENTS[9:-1]]
    assert not list(contents("It was sold in\n1902\nand was gone.\n" + PROSE))


def test_a_heading_between_sentences_is_blank_and_a_short_last_line_is_not() -> None:
    text = (
        PROSE
        + "Gamma correction\n"
        + PROSE
        + "So it was seen by all who came there,\nRook.\n"
        + PROSE
    )
    assert [text[low:high] for low, high in headings(text)] == ["Gamma correction"]


def test_a_numbered_heading_is_blank_whatever_stands_before_it() -> None:
    text = PROSE + "as far as possible.8\n4.8 Restrictions on objects\n" + PROSE
    assert [text[low:high] for low, high in headings(text)] == ["4.8 Restrictions on objects"]
    text = PROSE + "a tank of\n4.8 litres in all\n" + PROSE
    assert not list(headings(text))


def test_a_sentence_full_of_signs_is_code() -> None:
    assert not cut_quotations("Now gamma = 2.2 and color(gray) = gray(x) give a black palette.\n")


@given(st.lists(st.text(alphabet="Ab .\n5", max_size=60), max_size=6))
def test_nothing_moves(pages: list[str]) -> None:
    assert [len(one) for one in without_furniture(pages)] == [len(one) for one in pages]


@pytest.mark.parametrize("end", ["", "x", "\nx\n", " End. It was so."])
@pytest.mark.parametrize("mark", ["-", ". ", ".", "! ", "…", "A. ", "Mr. ", "\t", " ", "= "])
def test_a_text_of_one_mark_is_cut_in_time(mark: str, end: str) -> None:
    """What goes on from each mark to the end takes minutes."""
    text, began = mark * (60_000 // len(mark)) + end, time.process_time()
    cut_quotations(text)
    cut_points(text)
    without_furniture([text])
    assert time.process_time() - began < 5
