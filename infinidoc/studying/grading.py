"""Grades a reply against the right answer: by string and by value, never by a model.

Right: the same words, number or date. Nearly: a slip of the pen, a part of a name, a date
without its year. A number or date of another value is wrong however alike it looks.
"""

from __future__ import annotations

import re

from infinidoc.text import fold, words_in
from infinidoc.text.dates import date
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.names import TITLES, is_slip
from infinidoc.text.numbers import number

RIGHT, NEARLY, WRONG, SKIPPED = "right", "nearly", "wrong", "skipped"

ARTICLES = frozenset("a an the".split())
# What may stand around an answer without changing it.
_AROUND = STOP_WORDS["en"] | TITLES | {"ca"}


def grade(given: str, answer: str) -> str:
    """RIGHT, NEARLY, WRONG, or SKIPPED if nothing was given."""
    if not given.strip():
        return SKIPPED
    said, wanted = _words(given), _words(answer)
    if said == wanted:
        return RIGHT
    by_value = _by_value(given, answer)
    if by_value is not None:
        return by_value
    said, wanted = _without(said, _AROUND), _without(wanted, _AROUND) or wanted
    if said == wanted:
        return RIGHT
    if _is_part(said, wanted) or _is_slip(" ".join(said), " ".join(wanted)):
        return NEARLY
    return WRONG


def _words(text: str) -> list[str]:
    """Folded, without punctuation and articles."""
    words = words_in(re.sub(r"'s?\b", "", fold(text)))
    return _without(words, ARTICLES) or words


def _without(words: list[str], dropped: frozenset[str]) -> list[str]:
    return [word for word in words if word not in dropped]


def _by_value(given: str, answer: str) -> str | None:
    """The grade where both are dates or both begin with a number; else None."""
    wanted_date, said_date = date(answer), date(given)
    if wanted_date and said_date:
        return _dates(said_date, wanted_date)
    wanted, said = _measure(answer), _measure(given)
    if wanted is None:
        return None
    if said is None:
        return WRONG if any(mark.isdigit() for mark in answer) else None
    if said[0] != wanted[0]:
        return WRONG
    if said[1] == wanted[1] or not said[1] or not wanted[1]:
        return RIGHT
    return NEARLY if _is_slip(said[1], wanted[1]) else WRONG


def _dates(said: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> str:
    pairs = list(zip(said, wanted, strict=True))
    if any(a is not None and b is not None and a != b for a, b in pairs):
        return WRONG
    return RIGHT if all(a == b for a, b in pairs if b is not None) else NEARLY


def _measure(text: str) -> tuple[float, str] | None:
    """(value, what is counted) of a text that begins with a number, as `40 barrels`."""
    words = re.findall(r"[^\s]+", re.sub(r"[£$€%]", " ", fold(text)))
    words = [word.strip(".,;:!?()\"'") for word in words]
    words = [word for word in words if word and word not in _AROUND][:12]
    for end in range(len(words), 0, -1):
        value = number(" ".join(words[:end]))
        if value is not None:
            return value, " ".join(_words(" ".join(words[end:])))
    return None


def _is_part(said: list[str], wanted: list[str]) -> bool:
    """Whether a telling part of a name was given: `Rook` for `Tobias Rook`."""
    return bool(said) and set(said) < set(wanted) and max(len(word) for word in said) >= 3


def _is_slip(said: str, wanted: str) -> bool:
    """Whether they differ as by a slip of the pen: one letter, two in a long word."""
    if re.search(r"\d", said + wanted) or number(said) is not None:
        return False
    allowed = 0 if len(wanted) < 4 else 1 if len(wanted) < 8 else 2
    return is_slip(said, wanted, allowed)
