"""The lines of a PDF page are read in order: columns, tables and lists as they stand."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from infinidoc.reading.pdf.layout import lines_of
from infinidoc.reading.pdf.runs import Run
from tests.pdfs import LEFT, RIGHT, Item, column, make
from tests.sources import text_of


def unordered(path: Path) -> Counter[str]:
    """The words of the file as the library has them, in whatever order."""
    import pymupdf

    return Counter(word for page in pymupdf.open(path) for word in page.get_text().split())


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


def test_columns_that_hold_tables_are_columns(tmp_path: Path) -> None:
    """The widest gutter is in a column, the rows of which were drawn to and fro over it."""
    left = [(f"a long operation, {n}", f"do{n}()") for n in range(14)]
    right = [(f"other {n}", f"x{n}") for n in range(14)]
    items = [
        (x, 60 + 14.0 * n, text)
        for xs, rows in (((20, 165), left), ((215, 300), right))
        for n, row in enumerate(rows)
        for x, text in zip(xs, row, strict=True)
    ]
    make(tmp_path / "a.pdf", items)
    told = [*("\t".join(row) for row in left), *("\t".join(row) for row in right)]
    assert text_of(tmp_path / "a.pdf").splitlines() == told


def loose_rows(seed: int) -> list[list[Run]]:
    """Rows of a few pieces of text, wherever these begin and end; a base line is never exact."""
    chance, rows, order = random.Random(seed), list[list[Run]](), 0
    for top in range(60, 60 + 14 * chance.randint(3, 6), 14):
        left, row = 40.0, list[Run]()
        while left < 380 and len(row) < chance.choice([1, 2, 2, 3]):
            width, y = chance.choice([20, 60, 110, 160, 230]), top + chance.choice([0, 0.4, -0.3])
            text = f"w{order} {'x' * (width // 6)}"
            row.append(Run(text, (left, y, left + width, y + 12), 11, 0, order))
            left += width + chance.choice([9, 14, 40, 90])
            order += 1
        rows.append(row)
    return rows


def test_rows_of_pieces_with_gaps_at_any_place_are_not_torn() -> None:
    torn = 0
    for seed in range(400):
        rows = loose_rows(seed)
        lines = lines_of([run for row in rows for run in row])
        torn += not all(any(all(run.text in x for run in row) for x in lines) for row in rows)
    assert torn <= 4


def test_a_listing_of_names_and_numbers_is_no_prose(tmp_path: Path) -> None:
    left = ["-rw-r--r-- 1 ida 494 Jul", "-rw-r--r-- 1 ida 17577 Jul", "-rw-rw-r-- 1 ida 3376 Jul"]
    right = ["2 16:28 ChangeLog", "2 16:28 Makefile.in", "12 07:03 POTFILES.in"]
    rows = list(zip(left, right, strict=True))
    items = [(40 + 170.0 * c, 80 + 12.0 * r, rows[r][c]) for r in range(3) for c in range(2)]
    make(tmp_path / "a.pdf", items)
    assert text_of(tmp_path / "a.pdf") == "".join(f"{a}\t{b}\n" for a, b in rows)


def test_references_in_columns_are_prose(tmp_path: Path) -> None:
    sides = [
        "498. Rask AR. Locks in winter.\nBoats 2008;118:1195-1198. See\n"
        "http://elm.org/18438260.\n499. Holt YS, Lind NG, Berg PN.\n"
        "Oars of the north, in 121 cases.",
        "1990;66:321-330. Available at:\nhttp://elm.org/pubs/1695118.\n"
        "500. Quill I, Amaro A. Quays and\nwhat they cost. World J Harb\n"
        "2012;36:1247-1254. In Danish.",
    ]
    items = [item for x, side in zip((20, 220), sides, strict=True) for item in column(x, 80, side)]
    make(tmp_path / "a.pdf", sorted(items, key=lambda item: item[1]))
    assert text_of(tmp_path / "a.pdf") == "\n".join(sides) + "\n"


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


INDEX = (
    "Anchor, 12, 40\n  stocked, 13\nBallast, 7, 9, 88\nBarge, 3\nBoom, 60-62\nBuoy, 14, 77",
    "Dock, 90\nDraught, 8\nÉcluse, 41, 42\n  double, 43\nEnsign, 66\nFog horn, 70",
)
LEADERS = (
    "!\n! . . . . . . . . 24\n#\n# . . . . . . . . 23\n$ . . . . . . . . 23",
    "B\nBASH . . . . . . 79, 81\nBASHPID . . . . . 79\n\nCDPATH . . . . . . 78",
)


@pytest.mark.parametrize("sides", [INDEX, LEADERS])
@pytest.mark.parametrize("order", ["columns", "rows"])
def test_an_index_in_columns_is_read_down_them(
    tmp_path: Path, sides: tuple[str, str], order: str
) -> None:
    items = [item for x, side in zip((40, 240), sides, strict=True) for item in column(x, 80, side)]
    if order == "rows":
        items.sort(key=lambda item: (item[1], item[0]))
    make(tmp_path / "a.pdf", [item for item in items if item[2]])
    told = "\n".join(sides).split("\n")
    assert [x.strip() for x in text_of(tmp_path / "a.pdf").splitlines()] == [
        line.strip() for line in told if line
    ]


def test_an_index_in_three_columns_is_read_down_them(tmp_path: Path) -> None:
    sides = [*INDEX, "Gaff, 61\nHalyard, 63\nHull, 2, 4, 6\nJib, 59\nKeel, 1\nLog, 16"]
    lines = [(30 + 130 * n, *item[1:]) for n, s in enumerate(sides) for item in column(0, 80, s)]
    make(tmp_path / "a.pdf", sorted(lines, key=lambda item: item[1]))
    told = [line.strip() for side in sides for line in side.split("\n")]
    assert [line.strip() for line in text_of(tmp_path / "a.pdf").splitlines()] == told


def test_a_table_whose_first_column_is_in_order_stays_one(tmp_path: Path) -> None:
    ships = ["Anna", "Betty", "Clara", "Dora", "Freya", "Gerda", "Ingrid"]
    berths = ["North 4", "East 1", "North 2", "South 7", "East 3", "North 1", "South 2"]
    rows = list(zip(ships, berths, strict=True))
    items = [(40 + 200.0 * c, 80 + 14.0 * r, rows[r][c]) for r in range(7) for c in range(2)]
    make(tmp_path / "a.pdf", items)
    assert text_of(tmp_path / "a.pdf") == "".join(f"{ship}\t{berth}\n" for ship, berth in rows)


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


def test_short_columns_with_broken_words_are_columns(tmp_path: Path) -> None:
    left, right = (
        "The light-\nhouse is dark.\nIt is closed.",
        "The ware-\nhouse burnt.\nNobody saw.",
    )
    rows = zip(column(60, 60, left), column(240, 60, right), strict=True)
    make(tmp_path / "a.pdf", [item for row in rows for item in row])
    text = text_of(tmp_path / "a.pdf").replace("\n", " ")
    assert text.startswith("The lighthouse is dark. It is closed. The warehouse")
