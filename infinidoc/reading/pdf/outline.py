"""What a PDF says of its pages: the chapters that begin on them, and their labels.

Chapters are the entries of its outline; a page may begin several. Of the outline's levels the
first counts, or the first two if there is but one entry at the top.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE
from typing import Any

from infinidoc.control import plain
from infinidoc.reading.pdf.mupdf import failures
from infinidoc.text.titles import one_title

_IN_HEX = re.compile(r"<([0-9A-Fa-f]+)>")  # PyMuPDF leaves the prefix of a label so
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


def label_of(page: Any) -> str | None:
    """The printed label of a PyMuPDF page."""
    label = plain(_IN_HEX.sub(_decoded, page.get_label() or ""))
    return " ".join(label.split()) or None


def _decoded(string: re.Match[str]) -> str:
    """A string of a PDF that is written in hexadecimal digits."""
    data = bytes.fromhex(string[1] + "0" * (len(string[1]) % 2))
    marked = data.startswith(BOM_UTF16_BE)
    return data.removeprefix(BOM_UTF16_BE).decode("utf-16-be" if marked else "latin-1", "replace")
