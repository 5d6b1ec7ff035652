"""Whether two short answers say the same: content words, numbers and dates by value.

"1884" and "in 1884" are the same, "fourteen" is 14; 1884 and 1879 are not, whatever words
they share.
"""

from __future__ import annotations

from collections.abc import Iterable

from infinidoc.text.folding import fold
from infinidoc.text.numbers import quantities
from infinidoc.text.words import is_stop_word, words


def values(text: str) -> set[float]:
    """The numbers in a text, in digits or in words; "one" is one of them."""
    return {quantity.value for quantity in quantities(text)}


def _said(text: str) -> set[str]:
    """The words of an answer that carry it, without its numbers."""
    for quantity in reversed(quantities(text)):
        text = text[: quantity.start] + " " + text[quantity.end :]
    return {word for word in words(text.replace("'s", "")) if not is_stop_word(word)}


def agree(one: str, other: str) -> bool:
    """Whether the answers can both be true: the shorter says nothing the longer does not."""
    ours, theirs = values(one), values(other)
    if ours and theirs:
        return ours <= theirs or theirs <= ours
    ours_said, theirs_said = _said(one), _said(other)
    if not ours_said or not theirs_said:
        return fold(one).strip() == fold(other).strip()
    return ours_said <= theirs_said or theirs_said <= ours_said


def said_before(answer: str, others: Iterable[str]) -> bool:
    """Whether an answer adds nothing to those before it."""
    said, numbers = _said(answer), values(answer)
    return any(said <= _said(before) and numbers <= values(before) for before in others)
