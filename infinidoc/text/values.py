"""Reads numbers and dates as people write them: in figures, in words, in any order.

Knows English words for numbers and months, and nothing else. What it cannot read is None,
never a guess.
"""

from __future__ import annotations

import re

from infinidoc.text import fold

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_MONTHS = (
    "january february march april may june july august september october november december"
).split()
SMALL = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: value for value, word in enumerate(_ORDINALS)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    **{word[:-1] + "ieth": 10 * value for value, word in enumerate(_TENS, 2)},
    "dozen": 12,
}
LARGE = {"hundred": 100, "hundredth": 100, "thousand": 1000, "million": 1_000_000}
MONTHS = {word: number for number, word in enumerate(_MONTHS, 1)}
MONTHS |= {word[:3]: number for word, number in MONTHS.items()} | {"sept": 9}
_FILLERS = frozenset("the of on in a d ad year day st nd rd th".split())

_FIGURE = re.compile(r"^[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,9})?(?:st|nd|rd|th)?$")


def number(text: str) -> float | None:
    """The value of a number: `1,100`, `eleven hundred`, `twenty-second`, `4th`."""
    words = [word for word in re.split(r"[\s-]+", fold(text).strip()) if word != "and"]
    if len(words) == 1 and _FIGURE.match(words[0]):
        return float(re.sub(r"[,a-z]", "", words[0]))
    if not words or any(word not in SMALL and word not in LARGE for word in words):
        return None
    total = part = 0
    for word in words:
        if word not in LARGE:
            part += SMALL[word]
        elif LARGE[word] == 100:
            part = max(part, 1) * 100
        else:
            total, part = total + max(part, 1) * LARGE[word], 0
    return float(total + part)


def date(text: str) -> tuple[int | None, int | None, int | None] | None:
    """(year, month, day) of what names a month, or of an ISO date; None for parts not said."""
    iso = re.fullmatch(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", fold(text))
    if iso:
        year, month, day = (int(part) for part in iso.groups())
        return year, month, day
    words = re.findall(r"[a-z]+(?:-[a-z]+)?|\d+(?=(?:st|nd|rd|th)?\b)", fold(text))
    months = [MONTHS[word] for word in words if word in MONTHS]
    rest = [word for word in words if word not in MONTHS and word not in _FILLERS]
    values = [number(word) for word in rest]
    if len(months) != 1 or len(values) > 2 or any(value is None for value in values):
        return None
    days = [int(value) for value in values if value is not None and 1 <= value <= 31]
    years = [int(value) for value in values if value is not None and value > 31]
    if len(days) > 1 or len(years) > 1:
        return None
    return (years[0] if years else None, months[0], days[0] if days else None)
