"""Finds weekdays that do not fit their date.

Knows the calendar: the Gregorian one, so nothing before 1753 is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from infinidoc.checking.finding import Inconsistency
from infinidoc.text.dates import MONTHS
from infinidoc.text.dates import date as parsed
from infinidoc.text.page_sentences import Sentence

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

_MONTH = "(?:" + "|".join(word.title() for word in MONTHS) + r")\.?"
_TH = r"(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:(?:the\s)?\d{{1,2}}{_TH}(?:\sday)?(?:\sof)?\s{_MONTH},?\s\d{{4}}"
    rf"|{_MONTH}\s(?:the\s)?\d{{1,2}}{_TH},?\s\d{{4}}|\d{{4}}-\d\d-\d\d)"
)
_DAY = rf"(?P<day>{'|'.join(DAYS)}|(?:Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Sun)\b\.?)"
_BEFORE = re.compile(rf"\b{_DAY},?\s(?:on\s|\()?(?P<date>{_DATE})\b")
_AFTER = re.compile(rf"\b(?P<date>{_DATE}),?\s?(?:\(|which\swas\s|was\s|—\s?)?(?:a\s)?{_DAY}\b")
_FIRST = 1753  # England changed calendars in September 1752


class Weekdays:
    """Every full date with a weekday is judged where it stands."""

    def __init__(self) -> None:
        self._wrong: list[Inconsistency] = []

    def read(self, sentence: Sentence) -> None:
        for pattern in (_BEFORE, _AFTER):
            for match in pattern.finditer(sentence.text):
                finding = _judged(match, sentence)
                if finding is not None:
                    self._wrong.append(finding)

    def findings(self) -> Iterator[Inconsistency]:
        yield from self._wrong


def _judged(match: re.Match[str], sentence: Sentence) -> Inconsistency | None:
    parts = parsed(match["date"].replace(".", ""))
    if parts is None or None in parts or parts[0] is None or parts[0] < _FIRST:
        return None
    said = next(day for day in DAYS if day.startswith(match["day"][:3]))
    try:
        year, month, day = (int(part or 0) for part in parts)
        right = DAYS[date(year, month, day).weekday()]
    except ValueError:
        about = f"there is no {match['date']}"
        return Inconsistency("weekday", about, sentence, sentence, 0.95)
    if right == said:
        return None
    about = f"{match['date']} was a {right}, not a {said}"
    return Inconsistency("weekday", about, sentence, sentence, 0.95)
