"""What printed pages have beside their prose: running heads, headings, tables of contents.

SectionRows blank, so that no sentence runs through them and every offset stays. Knows strings only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

EDGE = 3  # lines at the head and at the foot of a page that may be furniture
OFTEN, FEWEST = 0.15, 3  # share of the pages, and pages, on which a running head stands
ENTRIES = 3  # of a table of contents, at least
NARROW = 0.5  # of the width of a page's lines: a heading is no wider
STOPS = '.!?:"”'

_LINE = re.compile(r"^[^\S\n]*+\S[^\n]*", re.MULTILINE)
_NUMBER = re.compile(r"\s*(?:\d{1,4}|[ivxlc]{1,7})\s*")
# 4.8 Restrictions on objects; 15.1.3 dpkg-gencontrol
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,3})+\.? +[A-Z]|\d{1,2}(?:\.\d{1,3}){2,}\.? ")
# Each run of dots and of white space is tried once: a page may be nothing else.
_LEADER = re.compile(
    r"(?<!\.)(?<!\. )(?:\. ?){4,}+\s*+\d{0,4}\s*$|(?<!\s)[^\S\t]*+\t\s*+\d{1,4}\s*$"
)

Span = tuple[int, int]


def running_heads(pages: Iterable[str]) -> frozenset[str]:
    """The lines at the edges of pages that stand on many of them, without numbers and spaces."""
    edges = [{_bare(page, span) for span in _edges(page)} for page in pages]
    times = Counter(text for page in edges for text in page)
    least = max(FEWEST, OFTEN * len(edges))
    return frozenset(text for text, count in times.items() if count >= least)


def without_furniture(pages: Sequence[str], heads: frozenset[str] | None = None) -> list[str]:
    """The pages with running heads, page numbers, contents and headings made blank.

    `heads`: the running heads, where these are a few pages of many.
    """
    heads, cleaned = running_heads(pages) if heads is None else heads, []
    for page in pages:
        spans = [span for span in _edges(page) if _bare(page, span) in heads]
        page = _blanked(page, [*spans, *contents(page)])
        cleaned.append(_blanked(page, list(headings(page))))
    return cleaned


def contents(page: str) -> Iterator[Span]:
    """Runs of lines that are entries with page numbers, or the numbers of these."""
    lines = [match.span() for match in _LINE.finditer(page)]
    ends = [_is_end(page[low:high]) for low, high in lines]
    entries = [end or following for end, following in zip(ends, [*ends[1:], False], strict=False)]
    for is_entry, group in groupby(range(len(lines)), key=entries.__getitem__):
        run = list(group)
        if is_entry and sum(ends[at] for at in run) >= ENTRIES:
            yield lines[run[0]][0], lines[run[-1]][1]


def headings(page: str) -> Iterator[Span]:
    """Short lines with a capital and no stop, between the end of one sentence and a new one.

    One that begins with a section's number is a heading whatever stands before it.
    """
    lines = [match.span() for match in _LINE.finditer(page)]
    widths = sorted(high - low for low, high in lines)
    widest = NARROW * widths[int(0.9 * len(widths))] if lines else 0
    ended = True  # the line before ends a sentence, or is a heading
    for (low, high), (after, _) in zip(lines, lines[1:], strict=False):
        line, following = page[low:high].strip(), page[after:].lstrip()[:1]
        follows = following.isupper() or following.isdigit()
        begins = ended and line[0].isupper() and high - low <= widest
        if follows and (begins or _NUMBERED.match(line)) and line[-1] not in STOPS + ",;)'’":
            yield low, high
            ended = True
        else:
            ended = line[-1] in STOPS


def _is_end(line: str) -> bool:
    """Whether a line is what ends an entry: its page number, or dots or a gap that lead to it."""
    return bool(_NUMBER.fullmatch(line) or _LEADER.search(line))


def _edges(page: str) -> list[Span]:
    lines = [match.span() for match in _LINE.finditer(page)]
    return lines if len(lines) <= 2 * EDGE else [*lines[:EDGE], *lines[-EDGE:]]


def _bare(page: str, span: Span) -> str:
    """A line without what changes from page to page: its numbers and its spaces."""
    return re.sub(r"[\d\s|.–—-]+", "", page[span[0] : span[1]])


def _blanked(page: str, spans: Sequence[Span]) -> str:
    for low, high in spans:
        page = page[:low] + re.sub(r"[^\n]", " ", page[low:high]) + page[high:]
    return page
