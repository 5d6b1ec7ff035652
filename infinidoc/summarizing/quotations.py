"""What of a text can be quoted: whole sentences; where there are none, points and lines.

What is no prose is left out: headings, tables, code in fences or indented, lists of
numbers, and sentences without a beginning or an end. A point is the item of a list with the
lines that go on with it; where there are no lists every line that says something is one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from infinidoc.text.lines import one_line
from infinidoc.text.sentences import MARK, Span, sentence_spans
from infinidoc.text.similarity import count_words

SHORTEST, LONGEST = 4, 90  # words of a sentence worth quoting
SIGNS = 3  # of a language of machines make a sentence one of theirs
LONGEST_POINT = 60  # words of a point worth quoting
GRANTED = 2  # sentences after a copyright notice that are its licence,
NEAR = 600  # if they begin within so many characters
OF_ITEM, OF_LINE = 2, 3  # words that a point has at least

_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(?:[ \t]*+#{1,6}\s.*|[=\-*_~#|+ \t]{3,}+)$", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\|.*$|^.*\s\|\s.*\|.*$|^.*\t.*\t.*$", re.MULTILINE)
# Four lines or more that begin with a number and do not end as a sentence: a table of contents.
_CONTENTS = re.compile(
    r"(?:^[ \t]*(?:\d{1,3}|[A-Z])(?:\.\d{1,3})*\.?[ \t]+\S(?:[^\n]*[^\n.!。！])?\n){4,}",
    re.MULTILINE,
)
_NOTICE = re.compile(
    r"^[ \t#*>/-]*copyright\b[^\n]*\b[12]\d{3}\b[^\n]*", re.IGNORECASE | re.MULTILINE
)
_MAIL = re.compile(r"\w@\w+\.\w")
_INDENTED = re.compile(r"(?:^|\n)[ \t]{4,}\Z")
_WHOLE = re.compile(
    r"[\"'“‘(\[*_`]*[^\W_a-zß-öø-ÿ].*(?:[.!?…][\"'”’)\]*_]*|[。！？][」』”’）]*)", re.DOTALL
)
_LETTERS = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"[{}<>=|\\$#~^@]|\w\(\w*\)|//")
_MARK = re.compile(MARK)
_LINE = re.compile(r"^[^\S\n]*+\S[^\n]*", re.MULTILINE)
_GOES_ON = re.compile(r"[ \t]{2,}\S|[ \t]*[^\W\d_A-Z]")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Quotation:
    """A whole sentence or a point, spaces evened, and the characters it is in its text."""

    text: str
    start: int
    end: int
    opens: bool  # whether it begins a paragraph

    @property
    def words(self) -> int:
        return count_words(self.text)


def cut_quotations(text: str) -> list[Quotation]:
    """The whole sentences of `text`, in order."""
    text = _blanked(_without_asides(text), _CONTENTS)
    found = (_sentence(text, span) for span in sentence_spans(text))
    return _without_notices(text, [sentence for sentence in found if sentence is not None])


def _without_notices(text: str, sentences: list[Quotation]) -> list[Quotation]:
    """The sentences but those of a copyright notice, and the next two near it: a licence."""
    starts, left_out = [sentence.start for sentence in sentences], set[int]()
    for line in _NOTICE.finditer(text):
        first, after, far = (
            bisect_left(starts, at) for at in (line.start(), line.end(), line.end() + NEAR)
        )
        left_out.update(range(first, min(after + GRANTED, far)))
    return [sentence for at, sentence in enumerate(sentences) if at not in left_out]


def cut_points(text: str) -> list[Quotation]:
    """The points of `text`, in order: of its lists, or its lines if it has none."""
    prose = _without_asides(text)
    return list(_items(prose)) or list(_lines(prose)) or list(_lines(text))


def _without_asides(text: str) -> str:
    """`text` with what is no prose made blank, every offset kept."""
    for pattern in (_FENCE, _HEADING, _TABLE):
        text = _blanked(text, pattern)
    return text


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def _sentence(text: str, span: Span) -> Quotation | None:
    """The sentence of a span, unless it is a fragment or no prose."""
    start, end, opens, _ = span
    raw = text[start:end]
    if opens and "\n" not in raw and _INDENTED.search(text[max(start - 9, 0) : start]):
        return None
    even = one_line(raw)
    letters = len(_LETTERS.findall(even))
    if not SHORTEST <= count_words(even) <= LONGEST or letters < 0.6 * len(even.replace(" ", "")):
        return None
    if len(_CODE.findall(even)) >= SIGNS or _MAIL.search(even) or not _WHOLE.fullmatch(even):
        return None
    return Quotation(even, start, end, opens)


def _items(text: str) -> Iterator[Quotation]:
    at = 0
    for line in _LINE.finditer(text):
        mark = _MARK.match(text, line.start())
        if mark is None or line.start() < at:
            continue
        at = _item_end(text, mark.end())
        yield from _point(text, mark.end(), at, OF_ITEM)


def _item_end(text: str, at: int) -> int:
    """Where the item ends that begins at `at`."""
    end = text.find("\n", at)
    while end >= 0 and _GOES_ON.match(text, end + 1) and not _MARK.match(text, end + 1):
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end


def _lines(text: str) -> Iterator[Quotation]:
    for line in _LINE.finditer(text):
        yield from _point(text, *line.span(), OF_LINE)


def _point(text: str, start: int, end: int, least: int) -> Iterator[Quotation]:
    """The words between two places, unless they are too few or too many."""
    point = one_line(text[start:end])
    if count_words(point) <= LONGEST_POINT and len(_WORD.findall(text, start, end)) >= least:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        yield Quotation(point, start, end, opens=False)
