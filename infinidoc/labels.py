"""How a place in a document is written: the one rule for all that is cited.

    of a folder, a pack or an archive   path:line, or path and what is below
    page with a printed label           page iv (sheet 6)
    page of a text with lines           page 2, line 81
    what says what it counts            cell 3, message 2, slide 5, row 17, 0:01:05-0:02:04
    page of a scan                      page iv (sheet 6), OCR 97 %
    attachment of a message             message 2, attachment plan.pdf, page 4

Knows strings.
"""

from __future__ import annotations

import re

_TIMES = r"\d+:\d\d:\d\d(?:-\d+:\d\d:\d\d)?"
_NAMED = re.compile(rf"(?!pages? |sheets? )[a-z]+ \d|{_TIMES}$|attachment .")
_ATTACHED = re.compile(r"(?:message \d+, )?attachment .")
_RECOGNIZED = re.compile(r"(.+), (OCR \d+ %)")
_ROWS = re.compile(r"rows? \d")


def recognized(page: int, label: str | None, confidence: float) -> str:
    """The label of a page whose letters were recognized in a picture, so sure (0 to 1)."""
    return f"{label or page}, OCR {int(confidence * 100)} %"


def printed(label: str | None) -> str | None:
    """A label without what is said of how the page was read."""
    found = _RECOGNIZED.fullmatch(label or "")
    return found[1] if found else label


def is_named(label: str | None) -> bool:
    """Whether a label says what it counts: "cell 3", not "iv"."""
    return bool(label and _NAMED.match(label))


def in_rows(label: str | None) -> bool:
    """Whether each line of the page is a row."""
    return bool(label and _ROWS.match(label.rpartition(", ")[2]))


def place(page: int, label: str | None, path: str | None = None, line: int | None = None) -> str:
    """Where a passage stands, as a reader would cite it.

    `page`, `label` and `path` are those of its page; `line` is its own.
    """
    found = _RECOGNIZED.fullmatch(label or "")
    if found:
        return f"{place(page, found[1], path, line)}, {found[2]}"
    if label and line is not None:
        label, line = _with_line(label, line)
    if path is not None:
        inside = f", {place_of(label)}" if label else ""
        return f"{path}:{line}" if line else f"{path}{inside}"
    if label and is_named(label):
        return label
    if label and label != str(page):
        return f"{place_of(label)} (sheet {page})"
    return f"page {page}" + (f", line {line}" if line else "")


def attached(name: str, holder: str | None = None) -> str:
    """The label of what is attached to a message: "message 2, attachment plan.pdf"."""
    return ", ".join(filter(None, [holder, f"attachment {name}"]))


def within(holder: str, inner: str | None) -> str:
    """The label of a place in a document that another one holds under the label `holder`."""
    return f"{holder}, {inner}" if inner else holder


def _with_line(label: str, line: int) -> tuple[str, int | None]:
    """A label and a line, or a label that says the line, as rows and attachments do."""
    before, comma, _ = label.rpartition(", ")
    if in_rows(label):
        return f"{before}{comma}row {line}", None
    return (f"{label}, line {line}", None) if _ATTACHED.match(label) else (label, line)


def place_of(label: str) -> str:
    """A printed label as a place: "page iv", but "cell 3" and "message 2" as they are."""
    return label if is_named(label) or label.startswith("page ") else f"page {label}"


def span(first: tuple[int, str | None], last: tuple[int, str | None]) -> str:
    """From a page to a page, each a number and a label: "pages iii-7 (sheets 5-11)"."""
    if first == last:
        return place(*first)
    (low, begin), (high, end) = (first[0], printed(first[1])), (last[0], printed(last[1]))
    if is_named(begin) or is_named(end):
        return f"{place(low, begin)} to {place(high, end)}"
    if (begin or str(low), end or str(high)) == (str(low), str(high)):
        return f"pages {low}-{high}"
    return f"pages {begin or low}-{end or high} (sheets {low}-{high})"
