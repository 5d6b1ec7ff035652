"""Makes words whole that were broken at a line's end, by the document's own words.

The rule. "allow-/ance": if the document has "allowance" elsewhere as often as "allow-ance",
the hyphen goes; if it has "allow-ance" more often, it stays; the same for words with another
ending. If it has neither, the hyphen goes, except where it joins what is joined by hyphens
elsewhere: before a capital, after a number, in a compound of three, with a first or last
part that makes compounds in this document or (in English) everywhere. After a single letter
("x-/ray") it stays, as nobody breaks a word there. A suspended hyphen ("pre- and postwar")
is left. Knows strings only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

_SOFT = "\u00ad"
# The beginning of a word, and the mark at which it is broken.
_BEGUN = r"(?<![\w‐-])([^\W_](?:[\w’'‐-]*[^\W_])?)([-‐\u00ad])"
_BROKEN = re.compile(
    rf"{_BEGUN}[ \t]*\n"
    r"[ \t]*([^\W\d_]\S*)[ \t]*\n?"
)
_LAST_OF_PAGE = re.compile(rf"{_BEGUN}\s*\Z")
_FIRST_OF_PAGE = re.compile(r"\s*([^\W\d_]\S*)[ \t]*\n?")
_WORD = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"[^\W_]+(?:[-‐][^\W_]+)+")
_HEAD = re.compile(r"[^\W_]+(?:[-‐’'][^\W_]+)*")
_SUSPENDED = frozenset(
    "and or nor to und oder bzw bis sowie et ou y o e u en of ed od och eller".split()
)
_FIRST = frozenset(
    """
    all cross ex fifty forty eighty great half ill ninety non quasi self semi seventy sixty
    thirty twenty vice well
    """.split()
)
_LAST = frozenset(
    """
    aged based blooded bodied born bound bred built coloured colored eyed faced fashioned
    fingered fisted footed fold free friendly haired handed headed hearted humoured known lined
    lipped legged like looking made mannered minded mouthed natured necked shaped shouldered
    sided sighted sized skinned spirited spoken tempered throated toned tongued toothed willed
    winded witted worn year
    """.split()
)
_PIECE = re.compile(r"[^\W_]+")
_ENDING = 2  # letters at a word's end that may differ
RARE = 1000  # words: a joining word that stands in fewer of them is no word of the language


class Words:
    """The words of a document, less those that are broken at a line's end."""

    def __init__(self, pages: Iterable[str]) -> None:
        self.words: Counter[str] = Counter()
        self.compounds: Counter[str] = Counter()
        for page in pages:
            text = _BROKEN.sub(" \n", page).lower().replace("‐", "-")
            self.compounds.update(_COMPOUND.findall(text))
            self.words.update(_WORD.findall(_COMPOUND.sub(" ", text)))
        self._sorted = sorted(self.words), sorted(self.compounds)
        self.first = Counter(compound.split("-")[0] for compound in self.compounds)
        self.last = Counter(compound.split("-")[-1] for compound in self.compounds)
        for compound in self.compounds:
            self.words.update(dict.fromkeys(compound.split("-"), 0))

    def mended(self, text: str) -> str:
        """The text with its broken words whole, each on the line on which it began."""
        return _BROKEN.sub(self._whole, text)

    def across(self, page: str, following: str) -> tuple[str, str]:
        """Two pages, with a word that is broken between them whole at the end of the first."""
        first = _LAST_OF_PAGE.search(page)
        rest = first and self._rest(first[1], following)
        word = first and rest and self.joined(first[1], first[2], rest[1])
        if not (first and rest and word):
            return page, following
        whole = f"{page[: first.start()]}{word}\n"
        return whole, following[: rest.start()] + following[rest.end() :]

    def _rest(self, begun: str, following: str) -> re.Match[str] | None:
        """The first word of a page, if a word goes on with it; that of the second line, behind a
        head that no other page has, only if the whole is a word of this document."""
        rest = _FIRST_OF_PAGE.match(following)
        if rest is None or not rest[1][0].islower():
            rest = _FIRST_OF_PAGE.match(following, following.find("\n") + 1)
            head = _HEAD.match(rest[1].lower()) if rest else None
            if head is None or not self.words[begun.lower() + head[0]]:
                return None
        return rest if rest and rest[1][0].islower() else None

    def _whole(self, broken: re.Match[str]) -> str:
        first, hyphen, rest = broken.groups()
        word = self.joined(first, hyphen, rest)
        return broken.group() if word is None else f"{word}\n"

    def joined(self, first: str, hyphen: str, rest: str) -> str | None:
        """The whole word and what follows it without a space; None to leave it broken."""
        match = _HEAD.match(rest)
        second = (match.group() if match else rest).lower().replace("‐", "-")
        head = first.lower().replace("‐", "-")
        if hyphen == _SOFT:
            return first + rest
        if not _is_plain(first) or not _is_plain(rest):
            return None
        single = head.rsplit("-")[-1] + second.split("-")[0]
        if second in _SUSPENDED and single not in self.words and not self._is_ending(second):
            return None
        if self._has_hyphen(first, rest, head, second, single):
            return first + hyphen + rest
        return first + rest

    def _is_ending(self, second: str) -> bool:
        """Whether so short a piece is no word here: English "to" ends "produc-/to" in Spanish."""
        return len(second) <= _ENDING and RARE * self.words[second] < self.words.total()

    def _has_hyphen(self, first: str, rest: str, head: str, second: str, single: str) -> bool:
        if len(head.rsplit("-")[-1]) == 1:
            return True
        for ending in (0, _ENDING):
            with_it = self._count(1, f"{head}-{second}", ending)
            without = self._count(0, single, ending)
            if with_it or without:
                return with_it > without
        if rest[0].isupper() and not first.isupper():
            return True
        return first[-1].isdigit() or "-" in head or "-" in second or self._joins(head, second)

    def _joins(self, head: str, second: str) -> bool:
        """Whether one of the two makes compounds, here or in English."""
        if head in _FIRST or second in _LAST:
            return True
        here = self.first[head] > 1 or self.last[second] > 0
        return here and head in self.words and second in self.words

    def _count(self, kind: int, word: str, ending: int) -> int:
        """How often a word (kind 0) or compound (1) stands here, with another ending too."""
        counts = (self.words, self.compounds)[kind]
        if not ending:
            return counts[word]
        stem = word[:-ending]
        if len(stem) < 5:
            return 0
        known = self._sorted[kind]
        total = 0
        for at in range(bisect_left(known, stem), len(known)):
            if not known[at].startswith(stem):
                break
            if len(known[at]) <= len(word) + ending:
                total += counts[known[at]]
        return total


def _is_plain(piece: str) -> bool:
    """Whether its letters are cased as a word's are, unlike "YYMMDDhhmm"."""
    words = _PIECE.findall(piece)
    return all(word.islower() or word.isupper() or word[1:].islower() for word in words if word[1:])
