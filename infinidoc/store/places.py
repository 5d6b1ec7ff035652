"""The pages that a reader means by a printed label, a number, a sheet or a chapter.

Knows page rows without their text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from infinidoc.labels import printed
from infinidoc.text import fold
from infinidoc.text.titles import titles_in

_SHEET = re.compile(r"sheet (\d+)")
_ROW = re.compile(r"rows? (\d+)")
_ROWS = re.compile(r"rows? (?:\d+-)?(\d+)")
_TIME = re.compile(r"(\d+(?::\d\d){1,2})")
_TIMES = re.compile(r"(?:\d+:\d\d:\d\d-)?(\d+:\d\d:\d\d)")


def pages_meant(pages: Sequence[dict[str, Any]], reference: str) -> list[dict[str, Any]]:
    """The pages that `reference` may mean, the likeliest first; [] if it means none.

    Labels come first, because they are what is printed on the page; "sheet 4" is the fourth
    page whatever is printed on it. Of a chapter its last page is meant; of a row or a time the
    last page that holds nothing behind it.
    """
    wanted = fold(reference).strip()
    sheet = _SHEET.fullmatch(wanted)
    number = sheet[1] if sheet else wanted
    labelled = [page for page in pages if wanted in _names(page["label"])]
    numbered = [page for page in pages if str(page["number"]) == number]
    return labelled or numbered or _before(pages, wanted) or _last_of(pages, wanted)


def _names(label: str | None) -> tuple[str, ...]:
    return tuple(fold(name) for name in (label, printed(label)) if name)


def _before(pages: Sequence[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    """The last page that ends with a row or a time, or before it: "row 30", "0:12:00"."""
    point = _ROW.fullmatch(wanted) or _TIME.fullmatch(wanted)
    if point is None:
        return []
    pattern = _ROWS if point.re is _ROW else _TIMES
    found = [(match, page) for page in pages if (match := pattern.fullmatch(page["label"] or ""))]
    passed = [page for match, page in found if _amount(match) <= _amount(point)]
    return passed[-1:]


def _amount(place: re.Match[str]) -> int:
    """A row, or the seconds of a time, from the last group of a match."""
    hours, minutes, seconds = ["0", "0", *(place[place.re.groups] or "").split(":")][-3:]
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _last_of(pages: Sequence[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    """The last page of the chapter of this title, or of the first with these words in it."""
    titled = [(fold(title).strip(), page) for page in pages for title in titles_in(page["title"])]
    exact = [page for title, page in titled if title == wanted]
    if exact or not wanted:
        return exact[-1:]
    part = [title for title, _ in titled if wanted in title]
    return [page for title, page in titled if title == part[0]][-1:] if part else []
