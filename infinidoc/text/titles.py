"""The title of a page: the chapter it belongs to, or all chapters that begin on it.

One string, as the library keeps it, with a line for each chapter. Knows strings only.
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
