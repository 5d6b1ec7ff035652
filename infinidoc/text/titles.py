"""The title of a page: the chapter it belongs to, or all chapters that begin on it.

One string, as the library keeps it, with a line for each chapter. Knows strings only, and
what a line that is a heading looks like.
"""

from __future__ import annotations

from collections.abc import Iterable


def one_title(titles: Iterable[str]) -> str:
    """The titles of the chapters that begin on a page, as one."""
    return "\n".join(" ".join(title.split()) for title in titles)


def titles_in(title: str | None) -> list[str]:
    """The titles of which a page's title consists, in their order."""
    return title.split("\n") if title else []


def in_a_line(title: str | None) -> str | None:
    """A page's title as it is shown."""
    return "; ".join(titles_in(title)) if title else title


def is_bare_heading(text: str) -> bool:
    """Whether a text is one line that Markdown calls a heading."""
    line = text.strip()
    return line.startswith("#") and "\n" not in line
