"""Cuts a text into sentences, each with its place: the one cutter of the tree.

Blocks come first: a blank line, a heading, an item of a list, a line that begins with a
time, and a short line without a stop end what stands before them. Within a block a
sentence ends at its mark, unless an abbreviation, an initial, a number's label or a small
letter says otherwise. Knows abbreviations of several languages and the marks of Chinese
and Japanese; offsets are those of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from infinidoc.text.folding import fold
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.lines import one_line

MARK = r"[ \t]*(?:[-*+•‣◦▪●○·\uf0b7]|\(?(?:\d{1,3}|[a-z])\)|\d{1,3}\.)(?:[ \t]+|[ \t]*\n[ \t]*)"
CLOSING = r"[\"'”’»)\]*_`]*"

_BEFORE = 200  # characters before a mark that tell whether it ends a sentence
_BLANK = re.compile(r"\n[ \t]*\n\s*")
# Pandoc's "#."; "a." only behind a stop, and not where it is the first half of "z. B."; the number
# of a section: 4.1.1. The first
_ITEM = re.compile(
    rf"^(?:{MARK}|[ \t]*#\.[ \t]+|(?<=[.;:!?]\n)[ \t]*[a-z]\.[ \t]+(?![A-Za-z]\.)"
    rf"|[ \t]*\d{{1,3}}(?:\.\d{{1,3}})+\.[ \t]+(?=[^\W\d_a-z]))(?=\S)",
    re.M,
)
# The end of a line before one that begins with a time: a log, a transcript, a chat.
TIMED = re.compile(
    r"\n(?=\u200e?[\[(]?(?:\d{4}-\d\d-\d\d(?:T\d\d)?|\d\d:\d\d|"
    r"\d{1,2}([./-])\d{1,2}\1\d{2,4},? \d{1,2}:\d\d)\b)"
)
# Lines of one level below one another are a comment in code, no headings.
_HEADING = re.compile(r"^[ \t]*(#{1,6})[ \t][^\n]*(?:\n[ \t]*\1[ \t][^\n]*)*(?:\n|\Z)", re.M)
# Short and without a stop, before a capital: a heading of a PDF, a line of a letter's head.
_SHORT = re.compile(r"^([^\n]*[^\s.,;:!?…\-—\"'”’/*])\n(?=[\"'“‘]?[A-ZÀ-Þ\d½¼¾])", re.M)
# A run of marks is tried once: where many stand together, time is to grow with their number.
_END = re.compile(rf"(?<![.!?…])([.!?…]++){CLOSING}+(?=\s|\Z)|([。！？…]+)[」』”’）]*")
_FOLLOWING = re.compile(r"[\W_]*(\w[\w'’]*)(\.?)")
_LAST = re.compile(r"[^\s\"'“‘«„(\[]+\Z")
_LABEL = re.compile(r"\W*(?:[A-Za-z]+\.?\s)?\W*(?:\d{1,3}|[A-Z](?:\.[A-Z])*)\.")
_NUMBERED = re.compile(r"\d|[IVXLC]+\b")

# Before a name; never the last word of a sentence.
_TITLES = frozenset(
    """
    mr mrs ms messrs dr drs prof st ste sta mt rev hon capt col cmdr gen lt lieut maj sgt
    fr hr frl mme mlle mm sra srta dna lic ing cllr rt
    """.split()
)
# In the middle of a sentence, in small letters or not.
_WITHIN = frozenset(
    "e.g i.e cf vs viz ca approx z.b d.h u.a bzw vgl inkl evtl ggf p.ex nr num pag incl".split()
)
# Before a number they do not end a sentence.
_LABELS = frozenset(
    """
    no nos fig figs eq eqs tab sec secs art arts ch chap vol p pp par para ref refs s v vv n ep
    jan feb mar apr jun jul aug sep sept oct nov dec fevr janv
    """.split()
)
# They end a sentence only if a word follows that often begins one.
_OTHERS = frozenset(
    """
    al inc ltd co corp bros jr sr bt esq st rd ave blvd dept univ gov sen rep mgmt ed eds
    z b d h ee uu mwst tsp tbsp lb oz ft hr hrs min mins sec yr yrs mo est abbr
    """.split()
)
_OPENERS = frozenset().union(*STOP_WORDS.values())
_DAYS_BEFORE = re.compile(
    r"\b(?:am|vom|zum|im|der|den|dem|die|das|bis|ab|seit|beim|\d+\. und)\s\d{1,2}\.\Z"
)
_MONTHS = re.compile(
    r"(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-zä]*\b|Jahrhundert|Kapitel"
)


class Span(NamedTuple):
    """Where a sentence stands; `opens`: a block begins with it; `kind`: text, item, heading."""

    start: int
    end: int
    opens: bool
    kind: str


def sentence_spans(text: str) -> Iterator[Span]:
    """The sentences of `text` in order, white space and list marks left out."""
    for block in blocks(text):
        low, opens = block.start, True
        for end in [*_ends(text, block), block.end]:
            piece = text[low:end]
            start, stop = low + len(piece) - len(piece.lstrip()), low + len(piece.rstrip())
            if start < stop:
                yield Span(start, stop, opens, block.kind)
                opens = False
            low = end


def sentence_texts(text: str) -> list[str]:
    """The sentences of `text`, each on one line."""
    return [one_line(text[span.start : span.end]) for span in sentence_spans(text)]


def span_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence, or the sentences, in which `start` to `end` stands."""
    spans = [span for span in sentence_spans(text) if span.end > start and span.start < end]
    return min([start, *(s.start for s in spans)]), max([end, *(s.end for s in spans)])


def blocks(text: str) -> Iterator[Span]:
    """Paragraphs, items of lists and headings: what no sentence runs over."""
    borders = [(m.start(), m.end(), "text") for m in _BLANK.finditer(text)]
    borders += [(m.start(), m.end(), "text") for m in TIMED.finditer(text)]
    borders += [(m.end(1), m.end(), "text") for m in _short_lines(text)]
    headings = [m for m in _HEADING.finditer(text) if "\n" not in m[0].strip()]
    for match in headings:
        borders += [(match.start(), match.start(), "heading"), (match.end(), match.end(), "text")]
    borders += [(m.start(), m.end(), "item") for m in _ITEM.finditer(text)]
    low, kind = 0, "text"
    for end, start, following in [*sorted(borders, key=lambda b: b[:2]), (len(text),) * 2 + ("",)]:
        if low < end:
            yield Span(low, end, True, kind)
        if start >= low:
            low, kind = start, following


def _short_lines(text: str) -> Iterator[re.Match[str]]:
    """Lines much shorter than the widest, which end in no stop."""
    short = min(45, 0.6 * max(map(len, text.split("\n"))))
    return (match for match in _SHORT.finditer(text) if len(match[1]) < short)


def _ends(text: str, block: Span) -> Iterator[int]:
    low = block.start
    following, looked = None, -1  # the next word, and from where on it is the next
    for match in _END.finditer(text, block.start, block.end):
        if looked < match.end():
            following = _FOLLOWING.match(text, match.end(), block.end)
            looked = following.start(1) if following else len(text)
        if following is None and not match[2]:
            continue
        if match[2] and match.end() < block.end:
            ends = not (match[0][-1] in "”」’』" and match[2] in "！？")
        else:
            ends = following is not None and _is_end(text, low, match, following)
        if ends:
            yield match.end()
            low = match.end()


def _is_end(text: str, low: int, mark: re.Match[str], following: re.Match[str]) -> bool:
    """Whether a mark ends the sentence that begins at `low`; `following`: the next word."""
    word, near = following[1], max(low, mark.end(1) - _BEFORE)
    before = text[near : mark.end(1)]
    if word[0].islower():
        return False
    if mark[1] != ".":
        return True
    last = _LAST.search(before)
    if last is None or (near == low and _LABEL.fullmatch(before.strip())):
        return False
    return _closes(last[0][:-1], before, word, bool(following[2]))


def _closes(last: str, before: str, word: str, dotted: bool) -> bool:
    """Whether "last. Word" is a border; `dotted`: a full stop follows the word."""
    name = fold(last)
    opens = fold(word) in _OPENERS and not (dotted and len(word) == 1)
    if name in _LABELS and _NUMBERED.match(word):
        return False
    if name in _WITHIN or (name in _TITLES and last[0].isupper()):
        return False
    if name.isdigit():
        return not (_MONTHS.match(word) or _DAYS_BEFORE.search(before))
    if len(last) == 1 and last.isalpha():
        return opens and last != "M"
    if name in ("a.m", "p.m") or re.search(r"\d\s\w+\.\Z", before):  # a unit
        return not word[0].isdigit()
    if name in _OTHERS or re.fullmatch(r"(?:\w\.)+\w{1,2}", last):
        return opens
    return True
