"""A PDF is read as it stands on the page: in order, once, whole words, known letters."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import Page, Source, open_source
from infinidoc.reading.hyphens import Words
from infinidoc.reading.pdf.letters import is_language
from infinidoc.reading.pdf.runs import Drawn
from infinidoc.retrieval.evidence import border_at
from infinidoc.store import Store
from infinidoc.sweeping.structure import counted, parts_of, title_of

Item = tuple[float, float, str]

LEFT = """The lock was built in 1871 by
Hanna Rask, who had studied
in Delft and came home with
a chest of drawings. It held
for sixty years."""
RIGHT = """The bridge was begun by her
brother Emil in the spring of
the next year, but the flood
took it before any cart had
crossed the river."""


def column(x: float, y: float, text: str, lead: float = 14) -> list[Item]:
    return [(x, y + lead * n, line) for n, line in enumerate(text.split("\n"))]


def make(path: Path, *pages: list[Item], size: float = 11) -> Any:
    import pymupdf

    document = pymupdf.open()
    for items in pages:
        page = document.new_page(width=420, height=500)
        for x, y, text in items:
            page.insert_text((x, y), text, fontsize=size, fontname="tiro")
    document.save(path)
    return document


def read(path: Path) -> list[Page]:
    return list(open_source(path).pages())


def text_of(path: Path) -> str:
    return "".join(page.text for page in read(path))


def unordered(path: Path) -> Counter[str]:
    """The words of the file as the library has them, in whatever order."""
    import pymupdf

    return Counter(word for page in pymupdf.open(path) for word in page.get_text().split())


# -- order -------------------------------------------------------------------------------------


def test_lines_are_read_from_top_to_bottom(tmp_path: Path) -> None:
    items = column(40, 60, LEFT)
    make(tmp_path / "a.pdf", items[::-1])
    assert text_of(tmp_path / "a.pdf") == LEFT + "\n"


def words_of(x: float, y: float, line: str) -> list[Item]:
    """The words of a line, each at its place."""
    import pymupdf

    items = []
    for word in line.split():
        items.append((x, y, word))
        x += pymupdf.get_text_length(word + " ", "tiro", 11)
    return items


@pytest.mark.parametrize("text", ["The dam broke.\nIt was late.", LEFT, LEFT.replace("\n", "\n\n")])
@pytest.mark.parametrize("order", [1, -1, 3])
def test_words_drawn_one_by_one_make_lines(tmp_path: Path, text: str, order: int) -> None:
    lines = [(60.0, 60 + 16 * n, line) for n, line in enumerate(text.split("\n")) if line]
    items = [item for line in lines for item in words_of(*line)]
    drawn = sorted(items, key=lambda item: items.index(item) * order % len(items) * 1.0)
    make(tmp_path / "a.pdf", drawn)
    assert text_of(tmp_path / "a.pdf") == "".join(f"{line}\n" for _, _, line in lines)


@pytest.mark.parametrize("order", [1, -1])
def test_words_drawn_one_by_one_make_columns(tmp_path: Path, order: int) -> None:
    lines = [*column(30, 60, LEFT), *column(220, 60, RIGHT)]
    make(tmp_path / "a.pdf", [item for line in lines for item in words_of(*line)][::order])
    assert text_of(tmp_path / "a.pdf") == f"{LEFT}\n{RIGHT}\n"


@pytest.mark.parametrize("shift", [0, 5])
@pytest.mark.parametrize("order", ["rows", "columns", "backwards"])
def test_columns_are_read_one_after_the_other(tmp_path: Path, order: str, shift: int) -> None:
    head = [(40.0, 40.0, "12"), (150.0, 40.0, "OF LOCKS AND BRIDGES")]
    title = [(60.0, 80.0, "How the two of them worked along the same water for years")]
    left, right = column(30, 110, LEFT), column(220, 110 + shift, RIGHT)
    foot = [(40.0, 470.0, "Annals of the canal"), (350.0, 470.0, "1931")]
    items = [*head, *title, *left, *right, *foot]
    if order == "rows":
        items.sort(key=lambda item: (item[1], item[0]))
    make(tmp_path / "a.pdf", items[::-1] if order == "backwards" else items)
    whole = f"12\tOF LOCKS AND BRIDGES\n{title[0][2]}\n{LEFT}\n{RIGHT}\nAnnals of the canal\t1931\n"
    assert text_of(tmp_path / "a.pdf") == whole


@pytest.mark.parametrize("by_column", [False, True])
def test_a_table_is_read_by_row(tmp_path: Path, by_column: bool) -> None:
    rows = [("Item", "Price", "Maker"), ("Rope", "3", "Jon Hemp"), ("Oar", "5", "Finn Oakes")]
    places = [(60.0 + 110 * c, 80.0 + 16 * r, rows[r][c]) for r in range(3) for c in range(3)]
    make(tmp_path / "a.pdf", sorted(places) if by_column else places)
    assert text_of(tmp_path / "a.pdf") == "".join("\t".join(row) + "\n" for row in rows)


def test_the_cells_of_a_table_stay_together(tmp_path: Path) -> None:
    cells = [
        ("The pump hums but it\nmoves no water at all", "The strainer is blocked,\nclean it"),
        ("The pump stops after\na second or two", "The fuse is too weak for\nthe motor"),
        ("The pump never stops\nrunning at night", "The float is jammed by\nweed or rope"),
    ]
    items = [
        item
        for row, (fault, cure) in enumerate(cells)
        for item in [*column(40, 80 + 42 * row, fault), *column(220, 80 + 42 * row, cure)]
    ]
    make(tmp_path / "a.pdf", items)
    assert text_of(tmp_path / "a.pdf") == "".join(f"{a}\n{b}\n" for a, b in cells)


POSTS = [
    ("Post", "Holder", "Since"),
    ("Harbour master", "Oda Brink", "1902"),
    ("Keeper of the north\nlighthouse", "Emil Rask", "1911"),
    ("Clerk", "Jonas Holt, who came\nfrom the mill at\nElmsford", "1913"),
    ("Pilot", "Vera Lind", "1920"),
]
PROSE = "The society chose these in the spring of the year, and all of them agreed."
REMARK = "After the table the report goes on."


def table_of(path: Path, valign: float, drawn: bool, by_column: bool) -> None:
    """POSTS as a table below a line of prose; `valign`: 0 top, .5 middle, 1 bottom."""
    import pymupdf

    edges, y, items = (40, 170, 290, 370), 80.0, []
    document = pymupdf.open()
    page = document.new_page(width=420, height=500)
    for row in POSTS:
        high = 12 * max(cell.count("\n") + 1 for cell in row)
        for x, cell in zip(edges, row, strict=False):
            down = valign * (high - 12 * (cell.count("\n") + 1))
            items += column(x + 4, y + 12 + down, cell, lead=12)
        if drawn:
            page.draw_rect((40, y, 370, y + high + 8))
        y += high + 8
    items.sort(key=lambda item: item[0] if by_column else 0)
    for x, at, text in [(40, 60, PROSE), *items, (40, y + 30, REMARK)]:
        page.insert_text((x, at), text, fontsize=10, fontname="tiro")
    document.save(path)


@pytest.mark.parametrize("valign", [0, 0.5, 1])
@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("by_column", [True, False])
def test_a_cell_of_several_lines_is_read_with_its_row(
    tmp_path: Path, valign: float, drawn: bool, by_column: bool
) -> None:
    table_of(tmp_path / "a.pdf", valign, drawn, by_column)
    told = ["\t".join(cell.replace("\n", " ") for cell in row) for row in POSTS]
    assert text_of(tmp_path / "a.pdf").splitlines() == [PROSE, *told, REMARK]


def test_a_table_in_a_column_is_read_in_it(tmp_path: Path) -> None:
    import pymupdf

    document = make(tmp_path / "a.pdf", [*column(30, 60, LEFT), *column(220, 60, RIGHT)])
    for y, height in ((140, 20), (160, 32), (192, 20)):
        document[0].draw_rect((30, y, 190, y + height))
    cells = [(34, 154, "Gate"), (90, 154, "State"), (34, 174, "Upper"), (34, 206, "Lower")]
    cells += [(90, 174, "rotten at the"), (90, 186, "heel"), (90, 206, "sound")]
    more = column(220, 130, "He built it again in stone with\nthe help of the parish and a\nloan")
    for x, y, text in [*cells, *more]:
        document[0].insert_text(pymupdf.Point(x, y), text, fontsize=11, fontname="tiro")
    document.save(tmp_path / "b.pdf")
    rows = "Gate\tState\nUpper\trotten at the heel\nLower\tsound\n"
    assert f"{LEFT}\n{rows}{RIGHT}\n" in text_of(tmp_path / "b.pdf")


def test_several_rows_between_drawn_lines_stay_rows(tmp_path: Path) -> None:
    rows = [("Port", "Tide"), ("Elm", "3.1"), ("Oak", "2.2"), ("Ash", "4.0"), ("Fir", "1.9")]
    document = make(
        tmp_path / "a.pdf",
        [(60.0 + 110 * c, 80.0 + 16 * r, rows[r][c]) for r in range(5) for c in range(2)],
    )
    for y in (66, 84, 116, 150):
        document[0].draw_line((50, y), (300, y))
    document.save(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf") == "".join("\t".join(row) + "\n" for row in rows)


def test_lines_of_a_list_of_contents_are_not_joined(tmp_path: Path) -> None:
    titles = ["How the lock was built", "Why the bridge fell", "What the mill cost the town"]
    lines = [f"{title} {'. ' * (30 - len(title))}" for title in titles]
    items = [(40.0, 80 + 13.0 * n, line) for n, line in enumerate(lines)]
    items += [(300.0, 80 + 13.0 * n, str(n)) for n in (0, 2)]
    make(tmp_path / "a.pdf", items)
    assert len(text_of(tmp_path / "a.pdf").splitlines()) == 3


def test_a_list_keeps_its_marks(tmp_path: Path) -> None:
    items = [(40.0, 60.0, "1."), (40.0, 102.0, "2.")]
    first, second = "\n".join(LEFT.split("\n")[:2]), "\n".join(RIGHT.split("\n")[:2])
    items += [*column(70, 60, first), *column(70, 102, second)]
    make(tmp_path / "a.pdf", items)
    assert text_of(tmp_path / "a.pdf") == f"1.\t{first}\n2.\t{second}\n"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_rotated_pages_read_the_same(tmp_path: Path, turn: int) -> None:
    document = make(tmp_path / "a.pdf", [*column(30, 60, LEFT), *column(220, 60, RIGHT)])
    document[0].set_rotation(turn)
    document.save(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf") == f"{LEFT}\n{RIGHT}\n"


@pytest.mark.parametrize("turn", [90, 270])
def test_text_written_sideways_is_read_in_order(tmp_path: Path, turn: int) -> None:
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    for number, line in reversed(list(enumerate(LEFT.split("\n")))):
        x = 100 + 14 * number if turn == 90 else 300 - 14 * number
        page.insert_text((x, 500 if turn == 90 else 100), line, rotate=turn)
    document.save(tmp_path / "a.pdf")
    assert text_of(tmp_path / "a.pdf") == LEFT + "\n"


def test_no_word_is_lost(tmp_path: Path) -> None:
    places = [(30.0 + 37 * (n * 7 % 10), 40.0 + 11 * n, f"word{n} and") for n in range(40)]
    make(tmp_path / "a.pdf", places, column(30, 60, LEFT) + column(220, 64, RIGHT))
    assert Counter(text_of(tmp_path / "a.pdf").split()) == unordered(tmp_path / "a.pdf")


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


# -- forms -------------------------------------------------------------------------------------


def add_field(page: Any, kind: int, box: tuple[float, ...], value: object, **more: object) -> None:
    import pymupdf

    field = pymupdf.Widget()
    field.field_name, field.field_type = f"field{box}", kind
    field.rect, field.field_value = pymupdf.Rect(box), value
    for key, each in more.items():
        setattr(field, key, each)
    page.add_widget(field)


def test_values_of_fields_stand_at_their_places(tmp_path: Path) -> None:
    document = make(
        tmp_path / "a.pdf",
        [
            (40, 60, "Name of the boat"), (40, 90, "Port"), (40, 120, "Insured:"),
            (162, 120, "yes"), (222, 120, "no"), (40, 150, "Checked by Olga Ray"),
        ],
    )  # fmt: skip
    page = document[0]
    add_field(page, 7, (160, 48, 300, 64), "Sea Eagle")
    add_field(page, 3, (160, 78, 300, 94), "Kiel", choice_values=["Kiel", "Lund"])
    add_field(page, 2, (140, 110, 152, 122), True)
    add_field(page, 2, (200, 110, 212, 122), False)
    add_field(page, 7, (160, 160, 300, 176), "secret", field_flags=1 << 13)
    add_field(page, 7, (160, 190, 300, 206), "unseen", field_display=1)
    document.save(tmp_path / "b.pdf")
    lines = text_of(tmp_path / "b.pdf").split("\n")
    assert lines[:2] == ["Name of the boat\tSea Eagle", "Port\tKiel"]
    assert lines[2].split() == ["Insured:", "[x]", "yes", "[", "]", "no"]
    assert lines[3] == "Checked by Olga Ray"
    assert "secret" not in "".join(lines)
    assert "unseen" not in "".join(lines)


def test_a_value_that_the_file_does_not_draw_is_read(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40, 60, "Owner:"), (40, 100, "End of form")])
    add_field(document[0], 7, (120, 48, 300, 64), "Bertil Ask")
    for field in document[0].widgets():
        document.xref_set_key(field.xref, "AP", "null")
    document.save(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf") == "Owner:\tBertil Ask\nEnd of form\n"


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


# -- unknown letters ---------------------------------------------------------------------------


def hide_letters(document: Any) -> None:
    """Take from all fonts of a PDF what says which letters their glyphs are."""
    for xref in range(1, document.xref_length()):
        if document.xref_get_key(xref, "Subtype")[1] == "/Type0":
            document.xref_set_key(xref, "ToUnicode", "null")


def make_unknown(path: Path, pages: list[tuple[str, str]]) -> Path:
    """Pages of known, and below it unknown, text."""
    import pymupdf

    document = pymupdf.open()
    for known, unknown in pages:
        page = document.new_page()
        if unknown:
            page.insert_font(fontname="F0", fontbuffer=pymupdf.Font("tiro").buffer)
            page.insert_text((40, 200), unknown.split("\n"), fontname="F0")
        if known:
            page.insert_text((40, 60), known)
    hide_letters(document)
    document.save(path)
    return path


def test_a_file_without_known_letters_is_refused_like_a_scan(tmp_path: Path) -> None:
    path = make_unknown(tmp_path / "a.pdf", [("", LEFT), ("", RIGHT)])
    with pytest.raises(SourceError, match=r"known letters.*ingest --ocr"):
        read(path)


def test_pages_without_known_letters_are_named(tmp_path: Path) -> None:
    source: Source = open_source(
        make_unknown(tmp_path / "a.pdf", [("A preface.", ""), ("", LEFT), ("Heading", RIGHT)])
    )
    first, second, third = source.pages()
    assert (first.text, first.problem) == ("A preface.\n", None)
    assert (second.text, second.problem) == (
        "", "its text has no known letters (a font without a character map)",
    )  # fmt: skip
    assert third.text == "Heading\n"
    assert third.problem is not None
    assert "1 of 3 pages have no text" in source.warnings[0]


def test_numbers_of_glyphs_that_happen_to_be_letters_are_text() -> None:
    text = "The keeper of the mill came down to the river and saw that it was high."
    assert is_language(text.split())
    assert not is_language("".join(chr((ord(c) - 29) % 128) for c in text).split())
    assert not is_language(["Wkh", "nhhshu", "ri", "wkh", "ploo", "fdph", "grzq", "wr", "d", "b"])


def make_glyphs(path: Path, name: str, heading: str = "") -> Path:
    """A page in a font whose glyphs are `name` with their numbers, below a known heading."""
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 60), heading)
    page.insert_text((72, 200), "x", fontname="cour")
    for xref, _, _, _, used, *_ in page.get_fonts():
        if used == "cour":
            names = " ".join(f"/{name.format(n)}" for n in range(1, 28))
            document.xref_set_key(xref, "Encoding", f"<</Type/Encoding/Differences[1 {names}]>>")
            document.xref_set_key(xref, "BaseFont", "/ABCDEF+Mill")
    text = "the owner of the mill is anna berg and she sells flour to the town"
    codes = "".join(f"\\{ord(letter) - 96 if letter != ' ' else 27:03o}" for letter in text)
    (content,) = [x for x in page.get_contents() if b"/cour" in document.xref_stream(x)]
    drawn = document.xref_stream(content)
    start, end = drawn.rindex(b"["), drawn.rindex(b"]TJ")
    document.update_stream(content, drawn[:start] + f"[({codes})".encode() + drawn[end:])
    document.save(path)
    return path


@pytest.mark.parametrize("name", ["G{:02X}", "g{}", "a{}", "glyph{}", "C{:04}"])
def test_numbers_of_glyphs_are_no_letters(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"known letters.*ingest --ocr"):
        read(make_glyphs(tmp_path / "a.pdf", name))
    (page,) = read(make_glyphs(tmp_path / "b.pdf", name, "Mill papers"))
    assert page.text == "Mill papers\n"
    assert page.problem == "part of its text has no known letters (a font without a character map)"


# -- damage ------------------------------------------------------------------------------------


def test_pages_that_are_lost_are_no_scan(tmp_path: Path) -> None:
    make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n} of the mill")] for n in range(4)])
    whole = (tmp_path / "a.pdf").read_bytes()
    last = [at for at in range(len(whole)) if whole.startswith(b"stream\n", at)][-2]
    (tmp_path / "b.pdf").write_bytes(whole[: last + 20])
    source = open_source(tmp_path / "b.pdf")
    pages = list(source.pages())
    lost = [page.number for page in pages if page.problem]
    assert lost
    assert {page.problem for page in pages} == {
        None, "nothing is left on it: the file is damaged",
    }  # fmt: skip
    assert source.warnings == [
        "the file is damaged and was repaired; some of it may be missing",
        f"{len(lost)} of 4 pages are lost: the file is damaged",
    ]


def test_a_file_of_lost_pages_is_refused_as_damaged(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "The dam broke.")])
    document.save(tmp_path / "b.pdf", deflate=True)
    data = (tmp_path / "b.pdf").read_bytes()
    for at in [at for at in range(len(data)) if data.startswith(b">>\nstream\n", at)]:
        data = data[: at + 10] + bytes(6) + data[at + 16 :]
    (tmp_path / "c.pdf").write_bytes(data)
    with pytest.raises(SourceError, match="damaged: no page could be read"):
        read(tmp_path / "c.pdf")


# -- chapters and labels -----------------------------------------------------------------------


def stored(path: Path) -> tuple[Store, dict[str, Any]]:
    """The pages of a file in a library, without a memory."""
    from infinidoc.page_rows import page_rows

    store, start = Store(None), 0
    document = store.add_document("book", "pdf", {}, "book.pdf", "0")
    for page in read(path):
        row, _ = page_rows(page, page.number, start)
        store.add_pages(document, [row])
        start = row["end"]
    return store, store.document(document)


def test_a_page_may_begin_several_chapters(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n}")] for n in range(1, 5)])
    document.set_toc([[1, "Oars", 1], [1, "Sails", 1], [1, "Ropes", 3], [1, "Lamps", 3]])
    document.save(tmp_path / "b.pdf")
    store, book = stored(tmp_path / "b.pdf")
    pages = store.pages_light(book["id"])
    begun = [(title_of(page), page["number"]) for page in parts_of("chapters", pages)]
    assert begun == [("Oars", 1), ("Sails", 1), ("Ropes", 3), ("Lamps", 3)]
    assert counted("chapters", pages, "pdf") == "4 headings: Oars, Sails, Ropes and Lamps"
    assert [page["title"] for page in pages][1::2] == ["Sails", "Lamps"]
    until = {name: border_at(store, [book], name).pages[book["id"]] for name in ("oars", "Sails")}
    assert until == {"oars": 1, "Sails": 2}
    assert border_at(store, [book], "lamp").pages == {book["id"]: 4}


def test_a_label_that_stands_twice_is_said(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n}")] for n in range(1, 6)])
    document.set_page_labels(
        [
            {"startpage": 0, "style": "r", "firstpagenum": 1},
            {"startpage": 1, "style": "D", "firstpagenum": 1},
            {"startpage": 3, "style": "D", "firstpagenum": 1},
        ]
    )
    document.save(tmp_path / "b.pdf")
    store, book = stored(tmp_path / "b.pdf")
    assert border_at(store, [book], "1").pages == {book["id"]: 2}
    (note,) = border_at(store, [book], "1").notes
    assert "2 pages of book are called 1 (sheet 2, sheet 4): sheet 2 was taken" in note
    assert border_at(store, [book], "sheet 4").pages == {book["id"]: 4}
    assert border_at(store, [book], "i").notes == border_at(store, [book], None).notes == []


def test_comments_in_the_margin_are_named(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "The dam broke.")])
    document[0].add_text_annot((300, 60), "really?")
    document[0].add_freetext_annot((40, 200, 200, 240), "in 1911")
    document.save(tmp_path / "b.pdf")
    source = open_source(tmp_path / "b.pdf")
    pages = list(source.pages())
    assert source.warnings == ["1 comments in the margin are not read"]
    assert "really?" not in pages[0].text
    assert "in 1911" in pages[0].text


def test_a_dynamic_form_is_read_in_part(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "Please wait...")])
    document.xref_set_key(document.pdf_catalog(), "NeedsRendering", "true")
    document.save(tmp_path / "b.pdf")
    assert "XFA" in (read(tmp_path / "b.pdf")[0].problem or "")


@pytest.mark.parametrize("damage", ["pages", "fields"])
def test_trees_that_go_round_in_circles_are_no_crash(tmp_path: Path, damage: str) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "The dam broke.")])
    catalog = document.pdf_catalog()
    if damage == "pages":
        tree = int(document.xref_get_key(catalog, "Pages")[1].split()[0])
        document.xref_set_key(tree, "Kids", f"[{tree} 0 R]")
    else:
        field = document.get_new_xref()
        form = f"<</Type/Annot/Subtype/Widget/FT/Tx/Rect[0 0 9 9]/Parent {field} 0 R>>"
        document.update_object(field, form)
        document.xref_set_key(document[0].xref, "Annots", f"[{field} 0 R]")
        document.xref_set_key(catalog, "AcroForm", f"<</Fields[{field} 0 R]>>")
    path = tmp_path / "b.pdf"
    document.save(path)
    with pytest.raises(SourceError, match="damaged"):
        read(path)


def test_a_word_broken_between_pages_is_whole(tmp_path: Path) -> None:
    first = column(60, 460, "The barrels are counted by the ware-")
    make(tmp_path / "a.pdf", first, column(60, 60, "houseman, who is called Edgar Pole."))
    texts = [page.text for page in read(tmp_path / "a.pdf")]
    assert texts == [
        "The barrels are counted by the warehouseman,\n",
        "who is called Edgar Pole.\n",
    ]


def test_short_columns_with_broken_words_are_columns(tmp_path: Path) -> None:
    left, right = (
        "The light-\nhouse is dark.\nIt is closed.",
        "The ware-\nhouse burnt.\nNobody saw.",
    )
    rows = zip(column(60, 60, left), column(240, 60, right), strict=True)
    make(tmp_path / "a.pdf", [item for row in rows for item in row])
    text = text_of(tmp_path / "a.pdf").replace("\n", " ")
    assert text.startswith("The lighthouse is dark. It is closed. The warehouse")


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
