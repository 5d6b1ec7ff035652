"""Reads the dates of a text: in figures, in words, in any order, with parts left out.

English names of months. "May", "March" and "August" are months only beside a number or
behind a word such as "in": "May I go?" and "Mark May" are none.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from infinidoc.text.folding import even, fold
from infinidoc.text.numbers import ORDINALS, number

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
CALENDAR = frozenset([*_MONTHS, *map(str.lower, DAYS)])
MONTHS = {word: number for number, word in enumerate(_MONTHS, 1)}
MONTHS |= {word[:3]: number for word, number in MONTHS.items()} | {"sept": 9}

_NAME = "|".join(f"{w.title()}|{w.upper()}" for w in sorted(MONTHS, key=len, reverse=True))
_SURE = "|".join(word.title() for word in _MONTHS if word not in ("march", "may", "august"))
_MONTH = rf"(?P<month>(?:{_NAME}))\b\.?"
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_DAY = (
    rf"(?:the\s)?(?P<day>(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?|(?:twenty|thirty)-(?:{_ORDINAL})"
    rf"|{_ORDINAL})(?![\w:]|[.,]\d)"
)
_YEAR = r"(?P<year>1\d{3}|20\d\d|[3-9]\d\d)(?![\w:]|[.,]\d)"
_BEFORE = (
    "in|since|until|till|by|of|from|to|during|last|next|this|every|before|after|for|through|"
    "early|late|mid"
)
_FORMS = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\d-])(?P<year>\d{4})-(?P<number>\d\d?)-(?P<day>\d\d?)(?![\d-])",
        r"(?<![\d./])(?P<day>\d\d?)([./])(?P<number>\d\d?)\2(?P<year>\d{4})(?!\d)",
        rf"(?<![\w.,]){_DAY}\s(?:day\s)?(?:of\s)?{_MONTH}(?:,?\s(?:(?:of|in)\s)?{_YEAR})?",
        rf"\b{_MONTH}\s{_DAY}(?:,?\s(?:of\s)?{_YEAR})?",
        rf"\b{_YEAR},?\s{_MONTH}",
        rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}",
        rf"\b(?i:{_BEFORE})[\s-]{_MONTH}(?!\s?[A-Z])",
        rf"(?<![\w.])(?P<month>{_SURE})\b(?!\s[A-Z])",
    )
]
_HINT = re.compile(rf"\d[-./]\d|\b(?=[JFMASOND])(?:{_NAME})\b")
_FILLERS = frozenset("the of on in a d ad year day at by".split())


class Date(NamedTuple):
    """A date as far as it is said; a part that is not said is None."""

    year: int | None
    month: int | None
    day: int | None


def dates(text: str) -> list[tuple[Date, int, int]]:
    """The dates of a text in order, each with where it stands."""
    evened = even.spans(text)
    if not _HINT.search(evened.text):
        return []
    found: list[tuple[Date, int, int]] = []
    for form in _FORMS:
        for match in form.finditer(evened.text):
            read = _read(match)
            if read and all(match.end() <= low or match.start() >= high for _, low, high in found):
                found.append((read, *match.span()))
    return [
        (read, *evened.span(low, high)) for read, low, high in sorted(found, key=lambda f: f[1])
    ]


def date(text: str) -> Date | None:
    """The date that a text is, with nothing else said in it."""
    titled = re.sub(r"[^\W\d_]{3,}", lambda m: m[0].title() if fold(m[0]) in MONTHS else m[0], text)
    found = dates(titled) or dates(f"in {titled}")
    if len(found) != 1:
        return None
    read, low, high = found[0]
    rest = re.findall(r"\w+", fold(text[:low] + " " + text[high:]))
    return read if set(rest) <= _FILLERS else None


def _read(match: re.Match[str]) -> Date | None:
    parts = match.groupdict()
    year, day = parts.get("year"), parts.get("day")
    month = parts.get("number") or MONTHS[fold(parts["month"])]
    first, second = int(number(day) or 0) if day else None, int(month)
    if second > 12 and first is not None and first <= 12:
        first, second = second, first
    good = 1 <= second <= 12 and (first is None or 1 <= first <= 31)
    return Date(int(year) if year else None, second, first) if good else None
