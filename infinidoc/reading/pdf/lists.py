"""Lists that go on from column to column, as indexes of books do.

Dots that lead to numbers in all columns tell them from tables, or in any language the order of the
alphabet: a table's second column does not begin where its first one ends. Knows runs and boxes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from infinidoc.reading.pdf.lines import Runs, joined, rows
from infinidoc.reading.pdf.runs import Run
from infinidoc.reading.pdf.tables import LEADERS, between_gutters

FEWEST = 5  # entries in the first column
ORDERED = 0.85  # share of the entries, at least, that follow the one before: languages differ
INDENT = 0.5  # sizes: what begins farther in is part of an entry


def columns_of_list(runs: Runs, size: float, leftward: bool = False) -> list[list[Run]]:
    """The columns of a list in the order in which they are read; [] if it is none."""
    columns = _columns(runs, size)
    if leftward:
        columns.reverse()
    is_list = all(map(_has_leaders, columns)) or _are_in_order(columns, size, leftward)
    return columns if len(columns) > 1 and is_list else []


def _columns(runs: Runs, size: float) -> list[list[Run]]:
    """What gutters part, from left to right; numbers belong to what they stand behind."""
    found: list[list[Run]] = []
    for low, high in between_gutters(runs, size):
        column = [run for run in runs if low <= run.box[0] <= high]
        if found and 2 * sum(run.text.lstrip()[:1].isdigit() for run in column) > len(column):
            found[-1] += column
        else:
            found.append(column)
    return found


def _has_leaders(column: Runs) -> bool:
    """Whether most lines end with dots that lead to numbers."""
    lines = [joined(row) for row in rows(column)]
    return 2 * sum(bool(LEADERS.search(line)) for line in lines) > max(len(lines), 2)


def _are_in_order(columns: Sequence[Runs], size: float, leftward: bool) -> bool:
    """Whether the entries follow the alphabet, from column to column, too."""
    entries = [_entries(column, size, leftward) for column in columns]
    if len(entries[0]) < FEWEST or not all(entries):
        return False
    keys = [key for column in entries for key in column]
    follow = sum(a < b for a, b in pairwise(keys))
    go_on = all(before[-1] < after[0] for before, after in pairwise(entries))
    return go_on and follow >= ORDERED * (len(keys) - 1)


def _entries(column: Runs, size: float, leftward: bool) -> list[str]:
    """The keys of a column's entries, from top to bottom."""
    lines = [(_edge(row, leftward), _key(joined(row, leftward))) for row in rows(column)]
    lines = [(edge, key) for edge, key in lines if key]
    first = min((edge for edge, _ in lines), default=0.0)
    return [key for edge, key in lines if edge - first < INDENT * size]


def _edge(row: Runs, leftward: bool) -> float:
    return -max(run.box[2] for run in row) if leftward else min(run.box[0] for run in row)


def _key(text: str) -> str:
    """What an entry is sorted by: its letters before its first number, without accents."""
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKD", text).casefold():
        if letter.isdigit() and letters:
            break
        letters += letter if letter.isalpha() else ""
    return "".join(letters)
