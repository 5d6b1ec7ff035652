"""Whether two short answers say the same: content words, numbers and dates by value.

"1884" and "in 1884" are the same, "fourteen" is 14; 1884 and 1879 are not, whatever words
they share.
"""

from __future__ import annotations

from collections.abc import Iterable

from infinidoc.grounding.grounding import grounded_stems
from infinidoc.text.numbers import quantities


def values(text: str) -> set[float]:
    """The numbers in a text, in digits or in words; "one" is one of them."""
    return {quantity.value for quantity in quantities(text)}


def agree(one: str, other: str) -> bool:
    """Whether the answers can both be true: the shorter says nothing the longer does not."""
    ours, theirs = values(one), values(other)
    if ours and theirs:
        return ours <= theirs or theirs <= ours
    return said_before(one, [other]) or said_before(other, [one])


def said_before(answer: str, others: Iterable[str]) -> bool:
    """Whether an answer adds nothing to those before it."""
    said = grounded_stems(answer) or {answer}
    return any(said <= grounded_stems(before) for before in others)
