"""Whether two short answers say the same: words without ornament, numbers by value.

Knows strings only. "1884" and "in 1884" are the same, "fourteen" is 14; 1884 and 1879 are
not, whatever words they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import regex

from infinidoc.text import fold

_ORNAMENT = frozenset(
    """
    a an the of in on at by to for from with and or is was are were it he she they his her its
    their about around this that
    """.split()
)
_NUMBER = re.compile(r"\d+(?:[,']\d{3})*(?:\.\d+)?")
_WORD = regex.compile(r"\w+(?:\.\d+)?")
_UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
""".split()
_TENS = {
    word: 10 * tens
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}


def values(text: str) -> set[float]:
    """The numbers in a text, written in digits or in words."""
    text = fold(text)
    found = {float(re.sub("[,']", "", match[0])) for match in _NUMBER.finditer(text)}
    return found | set(_spelled(re.findall(r"[a-z]+", text)))


def _spelled(words: Iterable[str]) -> Iterable[float]:
    """Numbers in words: "eleven hundred", "twenty three"."""
    total, current, open_ = 0, 0, False
    for word in [*words, ""]:
        if word in _UNITS or word in _TENS:
            current += _UNITS.index(word) if word in _UNITS else _TENS[word]
            open_ = True
        elif word in _SCALES and open_:
            current *= _SCALES[word]
            if _SCALES[word] > 100:
                total, current = total + current, 0
        elif word != "and" and open_:
            yield float(total + current)
            total, current, open_ = 0, 0, False


def telling(text: str) -> set[str]:
    """The words of an answer that carry it, small and without numbers."""
    words = _WORD.findall(re.sub(r"'s\b", "", fold(text)))
    numbers = {*_UNITS, *_TENS, *_SCALES}
    return {w for w in words if w not in _ORNAMENT | numbers and not _NUMBER.match(w)}


def agree(one: str, other: str) -> bool:
    """Whether the answers can both be true: the shorter says nothing the longer does not."""
    numbers, others = values(one), values(other)
    if numbers and others:
        return numbers <= others or others <= numbers
    words, others_words = telling(one), telling(other)
    if not words or not others_words:
        return fold(one).strip() == fold(other).strip()
    return words <= others_words or others_words <= words


def said_before(answer: str, told: Iterable[str]) -> bool:
    """Whether an answer adds nothing to those told before."""
    words, numbers = telling(answer), values(answer)
    return any(words <= telling(before) and numbers <= values(before) for before in told)
