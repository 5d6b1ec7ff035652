"""The runs of a PDF page: pieces of text on one line without a wide gap, with their boxes.

Knows the dictionary that PyMuPDF makes of a page (`rawdict`). Text that was drawn twice at a
small offset (bold by offset, shadows) is one run. Lengths are points; y grows downwards.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infinidoc.reading.pdf.spacing import spaced_text

WIDE = 1.5  # sizes: a gap that ends a run
SHADOW = 0.25  # sizes: how far from itself a word is drawn again
NEAR_LETTER = 0.4  # widths: the same for a single letter
FARTHEST = 8.0  # points: no farther than this, however large the letters
CELL = 1.0  # points: rows and columns of a page in which they are looked for
UNKNOWN = 0x180  # MuPDF's flags: the "letter" is the number of a glyph
RAISED = 1  # the flag of a span that is raised
STRAIGHT = 5  # degrees: so little turned, a line counts as level

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Letter:
    """A drawn character and its box, in the frame of its line."""

    text: str
    box: Box
    known: bool


@dataclass(slots=True)
class Run:
    """`turn`: degrees of its line, clockwise; the box is in a frame where its line is level.

    `order`: when it was drawn; `known`: whether its letters are; `field`: a form's value;
    `several`: a table's row, whose cells may have several lines.
    """

    text: str
    box: Box
    size: float
    turn: int
    order: int
    known: bool = True
    field: bool = False
    several: bool = False

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]

    @property
    def words(self) -> int:
        return len(self.text.split())


def runs_of(page: dict[str, Any], unmapped: Container[str] = ()) -> list[Run]:
    """The runs of a page in the order in which they were drawn, each drawn once.

    `unmapped`: the fonts of which no letter is known.
    """
    runs: list[Run] = []
    drawn = Drawn()
    for block in page["blocks"]:
        for line in block.get("lines", ()):
            runs += _line_runs(line, drawn, len(runs), unmapped)
    return runs


class Drawn:
    """What was drawn so far, to know a word or letter that is drawn again.

    Boxes of a text by the row and column of the page that they begin in. These are no wider than
    small letters: however many a page has, few of one text stand in the same.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str, int], dict[int, dict[int, list[Box]]]] = {}

    def again(self, text: str, turn: int, box: Box, near: tuple[float, float]) -> bool:
        """Whether `text` stands within `near` (x, y) of `box` already; it does from now on."""
        x, y = int(box[0] // CELL), int(box[1] // CELL)
        across, down = (math.ceil(min(each, FARTHEST) / CELL) for each in near)
        rows = self._places.setdefault((text, turn), {})
        for row in range(y - down, y + down + 1) if rows else ():
            if columns := rows.get(row):
                for column in range(x - across, x + across + 1):
                    if any(_is_near(box, other, near) for other in columns.get(column, ())):
                        return True
        rows.setdefault(y, {}).setdefault(x, []).append(box)
        return False


def _is_near(box: Box, other: Box, near: tuple[float, float]) -> bool:
    across = max(abs(other[0] - box[0]), abs(other[2] - box[2]))
    return across <= near[0] and max(abs(other[1] - box[1]), abs(other[3] - box[3])) <= near[1]


def turn_of(direction: Sequence[float]) -> int:
    """Whole degrees of a writing direction, clockwise; nearly level is level."""
    degrees = round(math.degrees(math.atan2(direction[1], direction[0]))) % 360
    nearest = 90 * round(degrees / 90)
    return nearest % 360 if abs(degrees - nearest) <= STRAIGHT else degrees


def turned(box: Sequence[float], turn: int) -> Box:
    """A box in the frame in which a line of this turn is level."""
    if turn == 0:
        return box[0], box[1], box[2], box[3]
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    along = [x * cos + y * sin for x, y in corners]
    across = [y * cos - x * sin for x, y in corners]
    return min(along), min(across), max(along), max(across)


def _line_runs(
    line: dict[str, Any], drawn: Drawn, order: int, unmapped: Container[str]
) -> Iterator[Run]:
    turn = turn_of(line["dir"])
    size = max((span["size"] for span in line["spans"]), default=0.0)
    letters: list[Letter] = []
    for span in line["spans"]:
        mapped = span["font"] not in unmapped
        known = [mapped and is_known(char["c"], span["char_flags"]) for char in span["chars"]]
        boxes = [turned(char["bbox"], turn) for char in span["chars"]]
        texts = [char["c"] for char in span["chars"]]
        if span["flags"] & RAISED and _is_number_behind(texts, letters):
            texts[0] = f"^{texts[0]}"
        letters += map(Letter, texts, boxes, known)
    for piece in _pieces(letters, size):
        fresh = _drawn_once(piece, drawn, turn, size)
        if any(not letter.text.isspace() for letter in fresh):
            yield _run(fresh, size, turn, order)
            order += 1


def _is_number_behind(texts: list[str], before: list[Letter]) -> bool:
    """Whether digits stand behind a letter or digit: raised, they are no digits of it."""
    behind = bool(before) and before[-1].text.isalnum()
    return behind and "".join(texts).strip().isdigit()


def is_known(letter: str, flags: int) -> bool:
    """Whether a drawn character is a letter, and no number of a glyph."""
    return not flags & UNKNOWN and (letter in "\t\n\r" or is_shown(letter))


def is_shown(letter: str) -> bool:
    """Whether a character means something: no control, private or unassigned one."""
    return letter != "\ufffd" and unicodedata.category(letter) not in ("Cc", "Co", "Cn", "Cs")


def _pieces(letters: Sequence[Letter], size: float) -> Iterator[list[Letter]]:
    """The letters of a line, cut at wide gaps and where known letters end or begin."""
    piece: list[Letter] = []
    last: Letter | None = None
    for letter in letters:
        if letter.text.isspace():
            piece.append(letter)
            continue
        if last and (letter.box[0] - last.box[2] >= WIDE * size or letter.known is not last.known):
            yield piece
            piece = []
        piece.append(letter)
        last = letter
    yield piece


def _drawn_once(piece: Sequence[Letter], drawn: Drawn, turn: int, size: float) -> list[Letter]:
    """The letters less the words, and the single letters, that stand there already."""
    fresh: list[Letter] = []
    for word in _words(piece):
        if word[0].text.isspace():
            fresh += word
            continue
        text = "".join(letter.text for letter in word)
        near = SHADOW * size if len(word) > 1 else min(SHADOW * size, _width(word[0]))
        if drawn.again(text, turn, _around(word), (near, SHADOW * size)):
            continue
        fresh += _letters_once(word, turn, size)
    return fresh


def _letters_once(word: list[Letter], turn: int, size: float) -> list[Letter]:
    """A word without letters that are drawn twice one after the other: "BBooaatt"."""
    if len({letter.text for letter in word}) == len(word):
        return word
    drawn = Drawn()
    return [
        letter
        for letter in word
        if not drawn.again(letter.text, turn, letter.box, (_width(letter), SHADOW * size))
    ]


def _width(letter: Letter) -> float:
    """How far from itself a letter may be drawn again; two l in a row are farther apart."""
    return NEAR_LETTER * (letter.box[2] - letter.box[0])


def _words(piece: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Runs of letters, and of spaces."""
    word: list[Letter] = []
    for letter in piece:
        if word and word[-1].text.isspace() is not letter.text.isspace():
            yield word
            word = []
        word.append(letter)
    if word:
        yield word


def _around(letters: Sequence[Letter]) -> Box:
    boxes = [letter.box for letter in letters if not letter.text.isspace()]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _run(letters: Sequence[Letter], size: float, turn: int, order: int) -> Run:
    text = spaced_text(letters, size).rstrip()
    known = next(letter.known for letter in letters if not letter.text.isspace())
    return Run(text, _around(letters), size, turn, order, known)
