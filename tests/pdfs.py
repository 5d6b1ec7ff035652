"""PDFs of a few lines, for tests: what stands where on their pages, and what is read of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infinidoc.reading import Page, open_source

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
