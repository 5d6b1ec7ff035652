"""Running heads and feet: lines at the edges of pages that every page has anew.

Such a line stands at the same edge of other pages, its numbers aside, or has the number of its
page where neighbours have theirs. Knows strings only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DEEPEST = 3  # lines of a running head or foot
NEAR = 2  # pages: a left page has what other left pages have
_NUMBER = re.compile(r"\d+")
_BARE = re.compile(r"\W*(?:\d+|[ivxlc]+)\W*\Z")  # a page's number alone


@dataclass
class Parted:
    """The lines of a page, cut: each with its line end."""

    head: str
    body: str
    foot: str


def parted(pages: Sequence[str]) -> list[Parted]:
    """The pages, their running heads and feet cut off."""
    lines = [page.splitlines(keepends=True) for page in pages]
    heads = _running([page[:DEEPEST] for page in lines])
    feet = _running([page[::-1][:DEEPEST] for page in lines])
    found = []
    for page, head, foot in zip(lines, heads, feet, strict=True):
        if head + foot >= len(page):
            head = foot = 0  # nothing else is on it
        end = len(page) - foot
        found.append(Parted("".join(page[:head]), "".join(page[head:end]), "".join(page[end:])))
    return found


def _running(edges: Sequence[Sequence[str]]) -> list[int]:
    """How many lines of each edge run on, counted from the outermost."""
    common = Counter(form for edge in edges for form in {_form(line) for line in edge})
    offsets = [_offsets(edge, number) for number, edge in enumerate(edges)]
    found = []
    for number, edge in enumerate(edges):
        near = [*offsets[max(0, number - NEAR) : number], *offsets[number + 1 : number + 1 + NEAR]]
        count = 0
        for line in edge:
            again = common[_form(line)] > 1 or _BARE.match(line)
            if not again and not any(_offsets([line], number) & other for other in near):
                break
            count += 1
        found.append(count)
    return found


def _form(line: str) -> str:
    """A line as it is on other pages, too."""
    return " ".join(sorted(_NUMBER.sub("0", line).split()))


def _offsets(edge: Sequence[str], number: int) -> set[int]:
    """By how much the numbers at the ends of lines are ahead of the page's."""
    words = [word for line in edge if line.strip() for word in (line.split()[0], line.split()[-1])]
    return {int(word) - number for word in words if word.isdecimal() and len(word) < 6}
