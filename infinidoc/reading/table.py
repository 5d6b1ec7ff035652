"""Tables as text (.csv, .tsv): each row with the names of its columns, cited by row.

The first row is row 1, as a spreadsheet shows it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page
from infinidoc.reading.pages import Line
from infinidoc.reading.rows import cut_rows
from infinidoc.reading.text import TextSource

LOOKED_AT = 50  # rows that tell what stands between the cells
LONGEST_CELL = 16 << 20  # characters
_BETWEEN = ",;\t|"

Row = list[str]


class TableSource(TextSource):
    """A table."""

    kind = "table"

    def cut(self, lines: Iterator[Line]) -> Iterator[Page]:
        csv.field_size_limit(LONGEST_CELL)
        try:
            first, rest = _beginning(lines)
            rows = csv.reader(chain(first, rest), delimiter=_between(first))
            yield from cut_rows(enumerate(_said(rows), 1))
        except csv.Error as error:
            hint = "mend it, or rename it to .txt to read it as plain text"
            raise SourceError("a damaged table", where=self.path, hint=hint) from error


def _beginning(lines: Iterable[Line]) -> tuple[list[str], Iterator[str]]:
    """The first lines, as whole lines, and the rest."""
    whole = _whole(lines)
    return list(islice(whole, LOOKED_AT)), whole


def _whole(lines: Iterable[Line]) -> Iterator[str]:
    """The lines of a file; long ones come in pieces."""
    held: list[str] = []
    length = 0
    for line in lines:
        length = length + len(line.text) if held else len(line.text)
        if length > LONGEST_CELL:
            raise csv.Error("a line longer than any row")
        held.append(line.text + line.end)
        if line.end:
            yield "".join(held)
            held = []
    if held:
        yield "".join(held)


def _between(lines: list[str]) -> str:
    """What stands between cells: that by which most rows have as many cells, two or more."""

    def alike(sign: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        several = [width for width in widths if width > 1]
        common = max(set(several), key=several.count, default=0)
        return several.count(common), common

    return max(_BETWEEN, key=alike)


def _said(rows: Iterator[Row]) -> Iterator[str]:
    """Each row as text: behind the names of columns, if the first row has them."""
    first = next(rows, [])
    names = first if _is_header(first) else []
    yield "; ".join(cell.strip() for cell in first)
    for row in rows:
        cells = [cell.strip() for cell in row]
        named = [
            f"{names[at].strip()}: {cell}" if at < len(names) else cell
            for at, cell in enumerate(cells)
            if cell
        ]
        yield "; ".join(named)


def _is_header(row: Row) -> bool:
    """Names of columns: words, all different."""
    cells = [cell.strip() for cell in row]
    words = [cell for cell in cells if any(map(str.isalpha, cell)) and len(cell) <= 80]
    return len(cells) > 1 and len(words) == len(set(cells)) == len(cells)
