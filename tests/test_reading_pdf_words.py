"""The words of a PDF are read whole and once, where letters and hyphens stand as they may."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infinidoc.reading.hyphens import Words
from infinidoc.reading.pdf.runs import Drawn
from tests.pdfs import Item, column, make, read
from tests.sources import text_of

# -- drawn twice -------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [(0.4, 0), (1, 1), (0, 0), (-1.5, 1.5)])
def test_text_drawn_twice_is_read_once(tmp_path: Path, offset: tuple[float, float]) -> None:
    line = "The little ball fell off all the hills: 1100 of them."
    again = [(40 + offset[0], 60 + offset[1], line), (40 + offset[0], 90 + offset[1], "Heading")]
    make(tmp_path / "a.pdf", [(40, 60, line), (40, 90, "Heading"), *again])
    assert text_of(tmp_path / "a.pdf") == f"{line}\nHeading\n"


def test_a_word_of_a_line_drawn_twice(tmp_path: Path) -> None:
    make(
        tmp_path / "a.pdf",
        [(40, 60, "Never run the pump dry"), (40.5, 60, "Never"), (40, 75, "x x")],
    )
    assert text_of(tmp_path / "a.pdf") == "Never run the pump dry\nx x\n"


def test_letters_drawn_twice_one_by_one(tmp_path: Path) -> None:
    import pymupdf

    items, x = [], 40.0
    for letter in "Bookkeeper":
        items += [(x, 60.0, letter), (x + 0.5, 60.0, letter)]
        x += pymupdf.get_text_length(letter, "tiro", 11)
    make(tmp_path / "a.pdf", items)
    assert text_of(tmp_path / "a.pdf") == "Bookkeeper\n"


def letters_of(y: float, line: str, gap: float) -> list[Item]:
    """The letters of a line, so many points apart."""
    import pymupdf

    items, x = [], 60.0
    for letter in line:
        items.append((x, y, letter))
        x += pymupdf.get_text_length(letter, "tiro", 11) + gap
    return items


@pytest.mark.parametrize(
    ("line", "gap"),
    [("ANNUAL REPORT", 4), ("CONTENTS", 3), ("I saw a boat", 5), ("Chapter of the mill", 0)],
)
def test_letters_set_apart_are_words(tmp_path: Path, line: str, gap: float) -> None:
    make(tmp_path / "a.pdf", letters_of(60, line, gap))
    assert text_of(tmp_path / "a.pdf") == f"{line}\n"


def test_letters_typed_apart_are_words(tmp_path: Path) -> None:
    lines = ["A N N U A L   R E P O R T", "it is w i c h t i g to us", "A B C D E F G", "x y z a"]
    make(tmp_path / "a.pdf", [(60, 60 + 20 * n, line) for n, line in enumerate(lines)])
    assert text_of(tmp_path / "a.pdf").split("\n")[:4] == [
        "ANNUAL REPORT", "it is wichtig to us", "A B C D E F G", "x y z a",
    ]  # fmt: skip


# -- words broken at a line's end --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("The allow-\nance. An allowance.", "The allowance.\nAn allowance."),
        ("by the ware-\nhouseman, who", "by the warehouseman,\nwho"),
        ("a light-\nheaded man", "a light-headed\nman"),
        ("sea-\ngreen. The sea-green tide", "sea-green.\nThe sea-green tide"),
        ("the Anglo-\nSaxon chronicle", "the Anglo-Saxon\nchronicle"),
        ("LIGHT-\nHOUSE", "LIGHTHOUSE\n"),
        ("his mother-in-\nlaw came", "his mother-in-law\ncame"),
        ("twenty-\nfive men", "twenty-five\nmen"),
        ("pages 12-\n15 of it", "pages 12-\n15 of it"),
        ("pre- and post-\nwar; pre-\nand postwar", "pre- and postwar;\npre-\nand postwar"),
        ("ru\u00ad\nined", "ruined\n"),
        ("die U-\nBahn fährt", "die U-Bahn\nfährt"),
        ("an x-\nray of it", "an x-ray\nof it"),
        ("an A-\nside, put aside", "an A-side,\nput aside"),
        ("die U- und S-\nBahn; die U-\nund S-Bahn", "die U- und S-Bahn;\ndie U-\nund S-Bahn"),
        ("take YYMMDDhh-\nmmss as it is", "take YYMMDDhh-\nmmss as it is"),
        ("a dash -\nthen more", "a dash -\nthen more"),
    ],
)
def test_words_are_whole_and_real_hyphens_stay(text: str, whole: str) -> None:
    assert Words([text]).mended(text) == whole


def test_a_joining_word_of_another_language_ends_a_word() -> None:
    text = "El puerto recibe el produc-\nto del mar y cada escri-\nto de la casa."
    assert Words([text]).mended(text) == text.replace("-\nto", "to\n").replace("\n ", "\n")
    text = "It went from the pre-\nto the postwar years, and to no other."
    assert Words([text]).mended(text) == text


def test_the_words_of_other_pages_tell_which_hyphens_are_real(tmp_path: Path) -> None:
    broken = column(40, 60, "They saw the quick-\nsilver run and the deep-\nwater quay.")
    make(tmp_path / "a.pdf", broken, [(40, 60, "Quicksilver. The deep-water port.")])
    first = "They saw the quicksilver\nrun and the deep-water\nquay.\n"
    assert read(tmp_path / "a.pdf")[0].text == first


def test_a_word_broken_between_pages_is_whole(tmp_path: Path) -> None:
    first = column(60, 460, "The barrels are counted by the ware-")
    make(tmp_path / "a.pdf", first, column(60, 60, "houseman, who is called Edgar Pole."))
    texts = [page.text for page in read(tmp_path / "a.pdf")]
    assert texts == [
        "The barrels are counted by the warehouseman,\n",
        "who is called Edgar Pole.\n",
    ]


LOG = (
    "The keeper wrote it in the log, as was his duty, and then he went to the har-",
    "bour, where nobody had seen the bark.\nHe asked in the inn and in the ware-",
    "house. The ice had come early in that year, and the well-",
    "known pilot was late. The warehouse was full.",
)


@pytest.mark.parametrize("head", ["", "The annals of the canal", "{}  A. Brink", "Of locks  {}"])
@pytest.mark.parametrize("foot", ["", "{}", "- {} -", "Seite {}", "Printed in Elm\n{} of 4"])
@pytest.mark.parametrize("both", [True, False])
def test_a_word_broken_between_pages_with_heads_and_feet(
    tmp_path: Path, head: str, foot: str, both: bool
) -> None:
    pages = []
    for number, body in enumerate(LOG, 1):
        shown = head if both or number % 2 else head[::-1].replace("}{", "{}")
        lines = [shown.format(number), body, foot.format(number)]
        pages.append(column(20, 60, "\n".join(line for line in lines if line)))
    make(tmp_path / "a.pdf", *pages, size=8)
    texts = [page.text for page in read(tmp_path / "a.pdf")]
    for text, whole in zip(texts, ("the harbour,", "the warehouse.", "well-known"), strict=False):
        assert f"{whole}\n{foot.format(texts.index(text) + 1)}".strip() in text
    for text, rest in zip(texts[1:], ("where nobody", "The ice", "pilot was"), strict=True):
        assert rest in text
        assert text.startswith(head.format(texts.index(text) + 1)) or not both


def test_a_word_goes_on_behind_a_head_that_stands_once(tmp_path: Path) -> None:
    first = column(20, 60, "The first chapter has no head: he went to the ware-")
    second = column(20, 60, "The annals of the canal\nhouse. The warehouse was full.")
    make(tmp_path / "a.pdf", first, second, size=8)
    texts = [page.text for page in read(tmp_path / "a.pdf")]
    assert texts[0].endswith("the warehouse.\n")
    assert texts[1] == "The annals of the canal\nThe warehouse was full.\n"


def test_a_foot_is_not_joined_to_a_line_that_ends_with_a_dash(tmp_path: Path) -> None:
    bodies = ["It was the Rask-\nSeite 1", "Holm lock, built late\nSeite 2"]
    make(tmp_path / "a.pdf", *[column(20, 60, body) for body in bodies])
    assert read(tmp_path / "a.pdf")[0].text == "It was the Rask-\nSeite 1\n"


def test_a_raised_number_is_no_part_of_its_word(tmp_path: Path) -> None:
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    x = 72 + pymupdf.get_text_length("The mill", fontsize=12)
    for at, y, text, size in (
        (72, 80, "The mill", 12),
        (x, 76, "1", 7),
        (x + 6, 80, "is old.", 12),
    ):
        page.insert_text((at, y), text, fontsize=size)
    document.save(tmp_path / "a.pdf")
    assert text_of(tmp_path / "a.pdf").startswith("The mill^1")


def test_a_page_of_very_many_small_letters_is_read_in_proportion() -> None:
    """All of one text, none near enough to another to be drawn again."""
    drawn, letters = Drawn(), [(n % 600, n // 600) for n in range(100_000)]
    start = time.process_time()
    again = [drawn.again("a", 0, (x, y, x + 0.5, y + 1), (0.2, 0.25)) for x, y in letters]
    assert time.process_time() - start < 10
    assert not any(again)
    assert drawn.again("a", 0, (300.1, 80.1, 300.6, 81.1), (0.2, 0.25))
    assert drawn.again("a", 0, (299.9, 79.9, 300.4, 80.9), (0.2, 0.25))
    assert not drawn.again("a", 1, (300.1, 80.1, 300.6, 81.1), (0.2, 0.25))
