"""Cuts text into whole sentences that can be quoted, each with where it begins.

Knows strings and offsets. What is no prose is left out: headings, tables, code in fences
or indented, lists of numbers, and sentences without a beginning or an end. A sentence may
run over line ends, never over a blank line, a heading or a list mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infinidoc.text import fold, words_in

SHORTEST, LONGEST = 4, 90  # words of a sentence worth quoting
SIGNS = 3  # of a language of machines make a sentence one of theirs

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^[ \t]*(?:#{1,6}\s.*|[=\-*_~#|+ \t]{3,})$", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\|.*$|^.*\s\|\s.*\|.*$|^.*\t.*\t.*$", re.MULTILINE)
_MARK = re.compile(r"^[ \t]*(?:[-*+•]|\(?\d{1,3}[.)])[ \t]+", re.MULTILINE)
_END = re.compile(r"[.!?…][\"'”’)\]*_]*(?=\s|$)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Capt|Col|Gen|Lt|Sgt|Rev|Hon|Jr|Sr|vs|cf|al|etc|e\.g|i\.e|"
    r"Fig|Figs|Eq|Eqs|Sec|Ref|Refs|Nos?|Vol|pp?|ca|approx|Inc|Ltd|Co|U\.S|M|MM|Mme)|"
    r"\b[A-Z](?:\.[A-Z])*)\.$"
)
_BEGINS = re.compile(r"[\"'“‘(\[*_`]*[^\W_]")
_LETTERS = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"[{}<>=|\\$#~^@]|\w\(\w*\)|//")
_BROKEN = re.compile(r"([^\W\d_]+)-\s*\n\s*([^\W\d_]+)")


@dataclass(frozen=True)
class Sentence:
    """A whole sentence, spaces evened, and the characters it is in the text it came from."""

    text: str
    start: int
    end: int
    opens: bool  # whether it begins a paragraph

    @property
    def words(self) -> int:
        return len(self.text.split())


def cut_sentences(text: str) -> list[Sentence]:
    """The whole sentences of `text`, in order."""
    text = without_asides(text)
    known = frozenset(words_in(fold(text))) if _BROKEN.search(text) else frozenset()
    return list(_whole(text, known))


def without_asides(text: str) -> str:
    """`text` with what is no prose made blank, every offset kept."""
    for pattern in (_FENCE, _HEADING, _TABLE):
        text = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
        if pattern is not _TABLE:  # nothing runs over a heading
            continue
    return text


def _whole(text: str, known: frozenset[str]) -> Iterator[Sentence]:
    for low, high in _paragraphs(text):
        opens, at = True, low
        for end in _ends(text, low, high):
            sentence = _sentence(text, at, end, opens, known)
            if sentence is not None:
                yield sentence
            opens, at = False, end


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Runs of lines between blank lines; a list's items are paragraphs."""
    at = 0
    borders = [match.span() for match in _BLANK.finditer(text)]
    borders += [(match.start(), match.end()) for match in _MARK.finditer(text)]
    for low, high in sorted(borders):
        if low > at:
            yield at, low
        at = max(at, high)
    if at < len(text):
        yield at, len(text)


def _ends(text: str, low: int, high: int) -> Iterator[int]:
    """Where sentences end: not after "Dr.", nor before a small letter."""
    at = low
    for match in _END.finditer(text, low, high):
        before = text[max(at, match.start() - 8) : match.start() + 1]
        after = text[match.end() : match.end() + 40].lstrip(" \n\"'“‘([*_`")
        if match.group()[0] == "." and _ABBREVIATION.search(before):
            continue
        if match.end() < high and after[:1].islower():
            continue
        yield match.end()
        at = match.end()


def _sentence(
    text: str, start: int, end: int, opens: bool, known: frozenset[str]
) -> Sentence | None:
    """The sentence between two ends, unless it is a fragment or no prose."""
    raw = text[start:end]
    start += len(raw) - len(raw.lstrip())
    if re.match(r"[ \t]{4,}", raw.lstrip("\n")) and opens and "\n" not in raw.strip():
        return None
    words = _mended(raw, known).split()
    even = " ".join(words)
    letters = len(_LETTERS.findall(even))
    if not SHORTEST <= len(words) <= LONGEST or letters < 0.6 * len(even.replace(" ", "")):
        return None
    if len(_CODE.findall(even)) >= SIGNS:
        return None
    first = _BEGINS.match(even)
    if first is None or first.group()[-1].islower():
        return None
    return Sentence(even, start, start + len(raw.strip()), opens)


def _mended(raw: str, known: frozenset[str]) -> str:
    """Words that a line's end has broken, whole; their hyphen stays if only then they are known."""

    def whole(found: re.Match[str]) -> str:
        first, second = found.groups()
        is_word = second.islower() and fold(first + second) in known
        return f"{first}{second}" if is_word else f"{first}-{second}"

    return _BROKEN.sub(whole, raw)
