"""The tables of a document: of CSV, of lists of records, of SQL's INSERT statements.

A row is a tuple of cells by the table's columns; what is not told is "". Each knows where it
begins in its file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property

from infinidoc.data.files import ROWS, DataFile
from infinidoc.data.sql import statements
from infinidoc.data.trees import Node, trees_of
from infinidoc.questions.data_asked import stems_of
from infinidoc.retrieval.evidence import Evidence

MISSING = frozenset(["", "null", "na", "n/a", "nan", "none", "-", "nil"])
_BOOLEANS = ({"yes", "no"}, {"true", "false"}, {"0", "1"}, {"y", "n"}, {"t", "f"}, {"on", "off"})
_TRUE = frozenset("yes true 1 y t on".split())
_DATE = re.compile(r"(\d{4})-(\d\d)(?:-\d\d)?(?:[ T].*)?")
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_RECORD_KEY = re.compile(r"(?:^|; )([^;:]{1,60}): ")
_LEAST = 2  # rows of a table


def number_in(cell: str) -> Decimal | None:
    """The number that a cell is; None if it is none."""
    text = cell.strip().lstrip("$€£").removesuffix("%").strip()
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@dataclass(frozen=True)
class Row:
    """The cells, and where the row begins in its file."""

    cells: tuple[str, ...]
    start: int


class Column:
    """A column of a table and what its cells are."""

    def __init__(self, at: int, name: str, rows: Sequence[Row]) -> None:
        self.at, self.name, self.stems = at, name, stems_of(name)
        self._rows = rows

    @cached_property
    def values(self) -> Counter[str]:
        """Its cells with how often each is there; of what is missing none."""
        found = Counter(row.cells[self.at] for row in self._rows)
        return Counter({cell: n for cell, n in found.items() if cell.lower() not in MISSING})

    @cached_property
    def is_number(self) -> bool:
        units = {re.sub(r"[-+\d.,\s]", "", cell) for cell in self.values if "e" not in cell.lower()}
        return (
            len(units) <= 1
            and bool(self.values)
            and all(number_in(cell) is not None for cell in self.values)
        )

    @cached_property
    def is_key(self) -> bool:
        """Whether every row has another value."""
        return len(self._rows) > _LEAST and len(self.values) == len(self._rows)

    @cached_property
    def is_year(self) -> bool:
        return bool(self.values) and all(_YEAR.fullmatch(cell) for cell in self.values)

    @cached_property
    def is_date(self) -> bool:
        return bool(self.values) and all(_DATE.fullmatch(cell) for cell in self.values)

    @cached_property
    def is_boolean(self) -> bool:
        return any({cell.lower() for cell in self.values} <= pair for pair in _BOOLEANS) and bool(
            self.values
        )

    @property
    def is_compared(self) -> bool:
        """Whether its numbers are amounts, years or the like: no numbers of things."""
        named = self.stems and self.stems[-1] in ("id", "code", "number", "numer", "no", "num")
        return self.is_number and not named

    @property
    def is_measure(self) -> bool:
        """Whether its numbers can be added up: no years, no numbers of rows."""
        numbered = self.at == 0 and self.is_key and self.is_whole
        return self.is_compared and not self.is_year and not numbered and not self.is_boolean

    @cached_property
    def is_whole(self) -> bool:
        return all(cell.isdigit() for cell in self.values)


def is_true(cell: str) -> bool:
    return cell.lower() in _TRUE


@dataclass
class Table:
    """Rows under the names of columns."""

    name: str
    names: list[str]
    rows: list[Row]
    file: DataFile
    stems: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.stems = stems_of(self.name)

    @cached_property
    def columns(self) -> list[Column]:
        return [Column(at, name, self.rows) for at, name in enumerate(self.names)]

    def evidence(self, row: Row) -> Evidence:
        return self.file.evidence(row.start)


def tables_in(file: DataFile) -> Iterator[Table]:
    """The tables of a file of data."""
    if file.form == ROWS:
        found = [_rows_of(file)]
    elif file.form == "sql":
        found = [_of_statements(file, name, *told) for name, told in statements(file.text).items()]
    else:
        found = [
            _of_records(file, name, items, file.line_starts)
            for tree in trees_of(file.form, file.text)
            for name, items in _lists(tree, file.name)
        ]
    yield from (table for table in found if table is not None)


def _rows_of(file: DataFile) -> Table | None:
    """Rows that a reader has written behind the names of their columns."""
    every = zip(file.line_starts, file.text.split("\n"), strict=True)
    lines = [(at, line) for at, line in every if line.strip()]
    names = lines[0][1].split("; ") if lines else []
    headed = len(lines) > 1 and any(lines[1][1].startswith(f"{name}: ") for name in names)
    if headed:
        lines = lines[1:]
    else:
        seen = Counter(key for _, line in lines for key in _RECORD_KEY.findall(line))
        names = [name for name, times in seen.items() if times * 20 >= len(lines)]
    if len(lines) < _LEAST or len(names) < 2:
        return None
    pattern, numbers = _pattern_of(names), {name: at for at, name in enumerate(names)}
    rows = [Row(_cells(line, pattern, numbers, headed), at) for at, line in lines]
    return Table(file.name, names, rows, file)


def _pattern_of(names: Sequence[str]) -> re.Pattern[str]:
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?:^|; )({'|'.join(map(re.escape, longest)) or '(?!)'}): ")


def _cells(
    line: str, pattern: re.Pattern[str], numbers: dict[str, int], in_order: bool
) -> tuple[str, ...]:
    """The cells of a line, the first of each name; those of a table follow in order, so that a
    cell may hold a name."""
    cells = [""] * len(numbers)
    taken: dict[int, re.Match[str]] = {}
    last = -1
    for found in pattern.finditer(line):
        at = numbers[found[1]]
        if at not in taken and (not in_order or at > last):
            taken[at], last = found, at
    ends = [found.start() for found in taken.values()][1:]
    for (at, found), end in zip(taken.items(), [*ends, len(line)], strict=False):
        cells[at] = line[found.end() : end].strip()
    return tuple(cells)


def _of_statements(
    file: DataFile, name: str, names: list[str], rows: list[tuple[list[str], int]]
) -> Table | None:
    even = [Row(tuple(cells), at) for cells, at in rows if len(cells) == len(names)]
    return Table(name, names, even, file) if even else None


def _lists(node: Node, name: str) -> Iterator[tuple[str, list[Node]]]:
    """The lists of records in a tree, each by its key."""
    if len(node.items) >= _LEAST and all(one.children for one in node.items):
        yield name, node.items
    for key, inner in node.children.items():
        yield from _lists(inner, key)


def _of_records(file: DataFile, name: str, items: list[Node], starts: list[int]) -> Table | None:
    names = list(dict.fromkeys(key for one in items for key in one.children))
    if len(names) < 2 or len(items) < _LEAST:
        return None
    rows = [
        Row(tuple(_said(one.children.get(key)) for key in names), starts[one.line - 1])
        for one in items
    ]
    return Table(name, names, rows, file)


def _said(node: Node | None) -> str:
    """A cell: a value, or a list of values."""
    if node is None:
        return ""
    return node.scalar or ", ".join(filter(None, (one.scalar for one in node.items)))
