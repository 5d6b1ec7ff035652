"""The chapters of a PDF: the entries of its outline, with the pages on which they begin.

A page may begin several. Of the outline's levels the first counts, or the first two if there
is but one entry at the top.
"""

from __future__ import annotations

from typing import Any

from infinidoc.control import plain
from infinidoc.reading.pdf.mupdf import failures
from infinidoc.text.titles import one_title

Chapters = dict[int, list[str]]


def chapters(document: Any) -> Chapters:
    """Titles by the number of the page on which they begin, in the outline's order."""
    try:
        outline = [entry for entry in document.get_toc(simple=True) if entry[2] >= 1]
    except failures():
        return {}
    found: Chapters = {}
    for depth in (1, 2):
        found = {}
        for level, title, page in outline:
            title = " ".join(plain(title).split())
            if level <= depth and title and title not in found.get(page, ()):
                found.setdefault(page, []).append(title)
        if sum(map(len, found.values())) > 1:
            break
    return found


def title_on(number: int, found: Chapters) -> str | None:
    """The titles that begin on a page; else the last that began before it."""
    if number in found:
        return one_title(found[number])
    before = [page for page in found if page < number]
    return found[max(before)][-1] if before else None
