"""Files of rows: each row is a line of the text, and what is cited is its number.

A page holds some rows; its label says which, its line is the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infinidoc.reading.document import Page
from infinidoc.reading.pages import Line, cut_pages


def cut_rows(rows: Iterable[tuple[int, str]]) -> Iterator[Page]:
    """Pages of (number, text) rows, all numbered 1; numbers have no gaps."""
    lines = (Line(number, " ".join(text.split())) for number, text in rows)
    for page in cut_pages(lines):
        last = page.line + page.text.count("\n", 0, len(page.text) - 1)
        label = f"row {last}" if last == page.line else f"rows {page.line}-{last}"
        yield Page(1, page.text, label, line=page.line)
