"""Rows of tables whose cells run over several lines: each as one line, its cells behind tabs.

A line in a cell goes on in the next one if the first word of that had no room in it. Of bands,
which drawn lines or white part, each is a row if nearly all lines in their cells go on.
Without them a row ends where a line does not go on. Knows runs, nothing drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from infinidoc.reading.pdf.lines import GUTTER, Runs, joined, rows
from infinidoc.reading.pdf.runs import Run

FEWEST = 3  # rows of a table
LOOSE = 0.34  # share of the rows, at most, in whose cells a line does not go on
SPACE = 0.25  # sizes: between words
CLOSE = 0.5  # sizes: white between lines of a cell
UNSPACED = "\u2e80"  # letters from here on stand without spaces
LEADERS = re.compile(r"(?:\.\s?){4}[\W\d]*$")  # a line of a list of contents ends so

Cell = list[Run]  # its lines, each as one run
Row = list[Cell]
Span = tuple[float, float]


class Table:
    """Bands of runs that share gutters, cut into cells."""

    def __init__(self, bands: Sequence[Runs], size: float) -> None:
        self.size = size
        self.columns = between_gutters([run for band in bands for run in band], size)
        self.rows = [self._row(band) for band in bands]
        self.widths = [
            max((_width(line) for row in self.rows for line in row[column]), default=0.0)
            for column in range(len(self.columns))
        ]

    def _row(self, band: Runs) -> Row:
        cells = [[run for run in band if low <= run.box[0] <= high] for low, high in self.columns]
        return [[_line(line) for line in rows(cell)] if cell else [] for cell in cells]

    def is_sound(self) -> bool:
        """Whether the bands are rows: cells side by side, whose lines go on."""
        full = sum(sum(map(bool, row)) > 1 for row in self.rows)
        torn = sum(any("\t" in line.text for cell in row for line in cell) for row in self.rows)
        if torn > LOOSE * len(self.rows):
            return False
        several = [row for row in self.rows if any(len(cell) > 1 for cell in row)]
        broken = sum(not self._goes_on(row) for row in several)
        return full >= FEWEST and self._is_wrapped(several) and broken <= LOOSE * len(several)

    def _is_wrapped(self, several: Sequence[Row]) -> bool:
        """Whether a line of several words is among those that go on: one word proves nothing."""
        return any(
            upper.words > 1 and self.goes_on(upper, lower, column)
            for row in several
            for column, cell in enumerate(row)
            for upper, lower in pairwise(cell)
        )

    def _goes_on(self, row: Row) -> bool:
        return all(
            self.goes_on(upper, lower, column)
            for column, cell in enumerate(row)
            for upper, lower in pairwise(cell)
        )

    def goes_on(self, upper: Run, lower: Run, column: int) -> bool:
        """Whether the first word of `lower` had no room in the line above it."""
        numbers = not _has_letters(upper.text) and not _has_letters(lower.text)
        if numbers or LEADERS.search(upper.text):
            return False
        room = self.widths[column] - _width(upper) - SPACE * self.size
        return _width(lower) * len(_first_word(lower.text)) / len(lower.text) > room

    def texts(self) -> list[str]:
        """The rows as lines."""
        return ["\t".join(_flowing(cell) for cell in row if cell) for row in self.rows]


def parted(bands: Sequence[Runs], size: float) -> list[str]:
    """The rows that bands are; [] if they are none."""
    if len(bands) < FEWEST or any(run.field or not run.known for band in bands for run in band):
        return []
    table = Table(bands, size)
    return table.texts() if len(table.columns) > 1 and table.is_sound() else []


def flowing(runs: Runs, size: float) -> list[str]:
    """The rows of runs that share gutters, lines of a cell together; [] if they are no table."""
    table = Table(rows(runs), size)
    if len(table.columns) < 2 or any(run.field or not run.known for run in runs):
        return []
    found = [table.rows[0]]
    for row in table.rows[1:]:
        if _is_continued(table, found[-1], row):
            found[-1] = [above + cell for above, cell in zip(found[-1], row, strict=True)]
        else:
            found.append(row)
    table.rows = found
    return table.texts() if table.is_sound() else []


def _is_continued(table: Table, above: Row, row: Row) -> bool:
    """Whether all of a row goes on where the cells above it end, and some of these do not."""
    filled = [column for column, cell in enumerate(row) if cell]
    if len(filled) == len(row) or not all(above[column] for column in filled):
        return False
    pairs = [(above[column][-1], row[column][0], column) for column in filled]
    sure = len(pairs) == 1 or all(upper.words > 1 for upper, _, _ in pairs)
    return sure and all(
        lower.box[1] - upper.box[3] < CLOSE * table.size
        and table.goes_on(upper, lower, column)
        and (_width(upper) < table.widths[column] or not lower.text[0].isupper())
        for upper, lower, column in pairs
    )


def between_gutters(runs: Runs, size: float) -> list[tuple[float, float]]:
    """Where the columns begin and end that a gutter parts."""
    return joined_spans([(run.box[0], run.box[2]) for run in runs], size)


def joined_spans(spans: Sequence[Span], size: float) -> list[Span]:
    """Spans from left to right, those without a gutter between them as one."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low - found[-1][1] < GUTTER * size:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found


def _line(runs: Runs) -> Run:
    """What stands side by side in a cell as one run."""
    boxes = [run.box for run in runs]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return replace(runs[0], text=joined(runs).strip(), box=(left, top, right, bottom))


def _width(run: Run) -> float:
    return run.box[2] - run.box[0]


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _first_word(text: str) -> str:
    return text[0] if text[0] >= UNSPACED else text.split()[0]


def _flowing(cell: Cell) -> str:
    """The lines of a cell as one; a hyphen stays at a line's end, where it is told what it is."""
    text = cell[0].text
    for line in cell[1:]:
        unspaced = text[-1] >= UNSPACED and line.text[0] >= UNSPACED
        text += ("" if unspaced else "\n" if text[-1] in "-‐\xad" else " ") + line.text
    return text
