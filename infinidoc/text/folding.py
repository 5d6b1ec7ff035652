"""Folds a string, so that letters that are the same compare as the same; offsets are kept.

`letters` writes every letter in one way: ligatures and full-width letters as plain ones, an
accent together with its letter, all spaces alike, and nothing that cannot be seen. `even`
makes quotes straight and dashes hyphens too. `fold` takes away case and accents as well.
Where a mark makes another letter (Cyrillic й, kana が, vowel signs of India) it stays. A
raised or lowered figure is another one: 10² is not 102. Knows Unicode and no language.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

# What Unicode says may be ignored (soft hyphen, zero width, direction, variants), and the
# stroke that lengthens an Arabic word.
_IGNORED = r"\p{Default_Ignorable_Code_Point}\u0640"
# What may be one letter with the one before: marks, vowels and ends of a Hangul syllable,
# letters that begin with a mark.
_FOLLOWING = rf"\p{{M}}{_IGNORED}\u1160-\u11ff\ud7b0-\ud7ff\u0e33\u0eb3\uff9e\uff9f"
_QUOTES = str.maketrans(
    "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u00b4\u1ffd\uff07\u05f3"
    "\u201c\u201d\u201e\u201f\u2033\u2036\u2034\u2057\uff02\u05f4",
    "'" * 13 + '"' * 10,
)
# What stands in a class of characters of a pattern: letters of scripts that are written without
# spaces (those of South East Asia by how their lines are broken), and letters of all the others.
UNSPACED = r"\p{Line_Break=SA}\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{Script=Yi}"
SPACED = rf"^\W{UNSPACED}"
_MINUS = "\u2212\u02d7\u2043"  # signs that are hyphens but no dashes by their category
_OTHER_VALUE = ("<super>", "<sub>", "<fraction>", "<circle>")
# Letters below lose their accents: they are Latin and Greek, whose marks are accents.
_ACCENTED = "\u0400"
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670]")
_JAMO = re.compile("[\u1100-\u11ff]")


LETTERS, MARKS, CASE = range(3)

_Piece = tuple[int, int, bool, str]  # start, end, whether each became one, folded


class Folded:
    """A folded text, and for each of its characters what it was in the original.

    A character that became several (`ﬁ`) is the original of each of them; several that
    became one (a letter and its accent) are its original together.
    """

    def __init__(self, text: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self.text, self._starts, self._ends = text, starts, ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters `start` to `end` of the folded text, `start` < `end`, in the original."""
        return self._starts[start], self._ends[end - 1]

    def position(self, at: int) -> int:
        """The first folded character that stands at or after character `at` of the original."""
        return bisect_left(self._starts, at)


class _Table(dict[int, str]):
    """What single characters become, for `str.translate`; filled as they are met."""

    def __init__(self, way: int) -> None:
        super().__init__()
        self.way = way

    def __missing__(self, code: int) -> str:
        self[code] = _letter(chr(code), self.way)[0] or chr(code)
        return self[code]


class Folding:
    """A way to fold, each one going further: LETTERS, then MARKS, then CASE."""

    def __init__(self, way: int) -> None:
        self.way, self._table = way, _Table(way)

    def __call__(self, text: str) -> str:
        """The folded text. Folding it again changes nothing."""
        if text.isascii():
            return text.lower() if self.way == CASE else text
        return "".join(folded for *_, folded in self._pieces(text))

    def spans(self, text: str) -> Folded:
        """The folded text with its offsets into the original."""
        if text.isascii():
            return Folded(self(text), range(len(text)), range(1, len(text) + 1))
        pieces, starts, ends = [], array("q"), array("q")
        for low, high, singly, folded in self._pieces(text):
            pieces.append(folded)
            if singly:
                starts.extend(range(low, high))
                ends.extend(range(low + 1, high + 1))
            else:
                starts.extend([low] * len(folded))
                ends.extend([high] * len(folded))
        return Folded("".join(pieces), starts, ends)

    def _pieces(self, text: str) -> Iterator[_Piece]:
        """The text in stretches, and between them what is one letter together."""
        at = 0
        for match in _patterns()["following"].finditer(text):
            low = max(match.start() - 1, at)
            yield from self._stretch(text, at, low)
            folded, length = _letter(text[low : match.end()], self.way)
            yield low, low + length, False, folded
            at = match.end()
        yield from self._stretch(text, at, len(text))

    def _stretch(self, text: str, low: int, high: int) -> Iterator[_Piece]:
        """Characters that are letters alone: one piece if each became one character."""
        folded = text[low:high].translate(self._table)
        if len(folded) == high - low:
            yield low, high, True, folded
        else:
            for at in range(low, high):
                yield at, at + 1, False, self._table[ord(text[at])]


letters, even, fold = Folding(LETTERS), Folding(MARKS), Folding(CASE)


def words_in(text: str) -> list[str]:
    """The words of a folded or evened text: a vowel sign of India does not end one."""
    return re.findall(r"\w+", text) if text.isascii() else _patterns()["word"].findall(text)


@cache
def _patterns() -> dict[str, Any]:
    """Patterns by Unicode's properties. Made when needed: most texts are ASCII."""
    import regex

    return {
        "following": regex.compile(f"[{_FOLLOWING}]+"),
        "ignored": regex.compile(f"[{_IGNORED}]+"),
        "ignored_end": regex.compile(f"[{_IGNORED}]+$"),
        "word": regex.compile(r"\w+"),
    }


@lru_cache(maxsize=1 << 14)
def _letter(letter: str, way: int) -> tuple[str, int]:
    """A letter with its marks, folded, and how many of its characters can be seen.

    Those behind that cannot be seen are no part of it.
    """
    plain = "".join(_plain(character, way) for character in letter)
    plain = _patterns()["ignored"].sub("", plain)
    unseen = _patterns()["ignored_end"].search(letter)
    folded = unicodedata.normalize("NFC", _bare(plain) if way == CASE else plain)
    return folded, unseen.start() if unseen else len(letter)


def _plain(character: str, way: int) -> str:
    """A character as the characters it is made of."""
    quotes = _QUOTES if way >= MARKS else {}
    if way >= MARKS and (unicodedata.category(character) == "Pd" or character in _MINUS):
        return "-"
    made = unicodedata.normalize("NFKD", character.translate(quotes))
    if len(made) > 1 and made[0] == " ":  # an accent that stands alone has no letter
        return character
    plain = character if _is_another(character, made) else made.translate(quotes)
    return unicodedata.normalize("NFD", plain.casefold()) if way == CASE else plain


def _is_another(character: str, made: str) -> bool:
    """Whether what a character is made of is something else: 10² is not 102.

    So is a letter of Hangul that stands alone: it is no part of a syllable.
    """
    if _JAMO.search(made):
        return not "\uac00" <= character <= "\ud7a3"
    return unicodedata.decomposition(character).startswith(_OTHER_VALUE)


def _bare(text: str) -> str:
    """Without accents and without the points that readers of Hebrew and Arabic leave out."""
    kept, base = [], ""
    for character in _POINTS.sub("", text):
        if unicodedata.category(character)[0] != "M":
            base = character
        elif base.isalpha() and base < _ACCENTED:
            continue
        kept.append(character)
    return "".join(kept)
