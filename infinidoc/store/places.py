"""The pages that a reader means by a printed label, a number, a sheet or a chapter.

Knows page rows without their text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from infinidoc.text import fold
from infinidoc.text.titles import titles_in

_SHEET = re.compile(r"sheet (\d+)")


def pages_meant(pages: Sequence[dict[str, Any]], reference: str) -> list[dict[str, Any]]:
    """The pages that `reference` may mean, the likeliest first; [] if it means none.

    Labels come first, because they are what is printed on the page; "sheet 4" is the fourth
    page whatever is printed on it. Of a chapter its last page is meant.
    """
    wanted = fold(reference).strip()
    sheet = _SHEET.fullmatch(wanted)
    number = sheet[1] if sheet else wanted
    labelled = [page for page in pages if fold(page["label"] or "") == wanted]
    numbered = [page for page in pages if str(page["number"]) == number]
    return labelled or numbered or _last_of(pages, wanted)


def _last_of(pages: Sequence[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    """The last page of the chapter of this title, or of the first with these words in it."""
    titled = [(fold(title).strip(), page) for page in pages for title in titles_in(page["title"])]
    exact = [page for title, page in titled if title == wanted]
    if exact or not wanted:
        return exact[-1:]
    part = [title for title, _ in titled if wanted in title]
    return [page for title, page in titled if title == part[0]][-1:] if part else []
