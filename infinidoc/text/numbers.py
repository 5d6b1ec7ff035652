"""Numbers in running text and their values: "1,100", "eleven hundred", "4.20", "third".

Knows strings only. A figure and the word for it have the same value, so that a summary
may say either; a year, a version or a time is read as the figures it is made of.
"""

from __future__ import annotations

import re

from infinidoc.text import fold

_ONES = dict(
    zip(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {"hundred": 100, "dozen": 12, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ORDINALS = dict(
    zip(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        range(1, 13),
        strict=True,
    )
)
_NAMED = {**_ONES, **_TENS, **_ORDINALS}
_TOKEN = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|[a-z]+")
_THOUSANDS = re.compile(r"(?<=\d)[\u2009\u202f](?=\d{3})")  # as a comma
_IDLE = ("one", "first", "second", "zero")  # as often a pronoun, or time, as a number


def numbers(text: str) -> list[tuple[float, int]]:
    """(value, where it ends) of each number in `text`, in order."""
    found: list[tuple[float, int]] = []
    folded = fold.spans(_THOUSANDS.sub(",", text))
    value, end = None, 0
    for match in _TOKEN.finditer(folded.text):
        word = match.group()
        joined = value is not None and not folded.text[end : match.start()].strip(" -")
        if value is not None and joined and word in _SCALES:
            value, end = value * _SCALES[word], match.end()
        elif value is not None and joined and word in _NAMED and value >= 20:
            value, end = value + _NAMED[word], match.end()
        else:
            if value is not None:
                found.append((value, end))
            value, end = _value(word), match.end()
    found = found if value is None else [*found, (value, end)]
    return [(value, folded.span(end - 1, end)[1]) for value, end in found]


def _value(word: str) -> float | None:
    if word[0].isdigit():
        return float(word.replace(",", ""))
    return None if word in _IDLE else _NAMED.get(word, _SCALES.get(word))
