"""How places and amounts are said in English words."""

from __future__ import annotations

from collections.abc import Sequence

from infinidoc.labels import is_named
from infinidoc.retrieval.evidence import Evidence

NAMED = 12  # places named in one breath; the rest is a number


def places_in_words(evidence: Sequence[Evidence], pages: int) -> str:
    """ "on pages 3, 9 and 12"; lines where there is one page, paths where there are files."""
    if evidence and evidence[0].path is not None:
        return "at " + joined(list(dict.fromkeys(passage.where() for passage in evidence)))
    if evidence and is_named(evidence[0].label):
        return "in " + joined(list(dict.fromkeys(passage.where() for passage in evidence)))
    if pages == 1 and evidence and evidence[0].line is not None:
        numbers, noun = [str(passage.line) for passage in evidence], "line"
    else:
        numbers, noun = [passage.label or str(passage.page) for passage in evidence], "page"
    numbers = list(dict.fromkeys(numbers))
    return f"on {noun}{'s' if len(numbers) > 1 else ''} {joined(numbers)}"


def joined(words: Sequence[str], most: int = NAMED) -> str:
    """ "a, b and c"; of very many the first, and how many more."""
    if len(words) > most:
        return ", ".join(words[:most]) + f" and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def times(count: int) -> str:
    """A number of times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def amount(count: int, noun: str) -> str:
    """ "1 page", "7 pages"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def cited(passage: Evidence) -> str:
    """A passage's place in brackets."""
    return f"[{passage.where()}]"


def shortened(text: str, most: int = 200) -> str:
    """One line of at most `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def capital(words: str) -> str:
    return words[0].upper() + words[1:]
