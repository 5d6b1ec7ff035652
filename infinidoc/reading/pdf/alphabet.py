"""Lists that go on in alphabetical order from column to column, as indexes of books do.

The order tells them from tables in any language: a table's second column does not begin where
its first one ends. Knows runs and their boxes.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from infinidoc.reading.pdf.lines import Runs, joined, rows
from infinidoc.reading.pdf.runs import Run
from infinidoc.reading.pdf.tables import between_gutters

FEWEST = 5  # entries in the first column
ORDERED = 0.85  # share of the entries, at least, that follow the one before: languages differ
INDENT = 0.5  # sizes: what begins farther in is part of an entry


def columns_in_order(runs: Runs, size: float, leftward: bool = False) -> list[list[Run]]:
    """The columns of a list in alphabetical order, as they are read; [] if it is none."""
    columns = _columns(runs, size)
    if leftward:
        columns.reverse()
    entries = [_entries(column, size, leftward) for column in columns]
    if len(columns) < 2 or len(entries[0]) < FEWEST or not all(entries):
        return []
    keys = [key for column in entries for key in column]
    follow = sum(a < b for a, b in pairwise(keys))
    go_on = all(before[-1] < after[0] for before, after in pairwise(entries))
    return columns if go_on and follow >= ORDERED * (len(keys) - 1) else []


def _columns(runs: Runs, size: float) -> list[list[Run]]:
    """What gutters part, from left to right; numbers belong to what they stand behind."""
    found: list[list[Run]] = []
    for low, high in between_gutters(runs, size):
        column = [run for run in runs if low <= run.box[0] <= high]
        if found and 2 * sum(bool(_key(run.text)) for run in column) < len(column):
            found[-1] += column
        else:
            found.append(column)
    return found


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
    letters = []
    for letter in unicodedata.normalize("NFKD", text).casefold():
        if letter.isdigit() and letters:
            break
        letters += letter if letter.isalpha() else ""
    return "".join(letters)
