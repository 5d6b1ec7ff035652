"""Amounts and lists in English words."""

from __future__ import annotations

from collections.abc import Sequence

from infinidoc.text.lines import one_line

NAMED = 12  # things named in one breath; the rest is a number


def joined(words: Sequence[str], most: int = NAMED) -> str:
    """ "a, b and c"; of very many the first, and how many more."""
    if len(words) > most:
        return ", ".join(words[:most]) + f" and {len(words) - most:,} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def times(count: int) -> str:
    """A number of times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def amount(count: int, noun: str) -> str:
    """ "1 page", "7 pages"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def shortened(text: str, most: int = 200) -> str:
    """One line of at most `most` characters."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def capital(words: str) -> str:
    """With a capital at the beginning, all else as it is."""
    return words[:1].upper() + words[1:]
