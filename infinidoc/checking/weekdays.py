"""Finds weekdays that do not fit their date.

Knows the calendar: the Gregorian one, so nothing before 1753 is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from infinidoc.checking.finding import Inconsistency
from infinidoc.retrieval.page_sentences import Sentence
from infinidoc.text.dates import DAYS, Date, dates

_DAY = rf"({'|'.join(DAYS)}|(?:Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Sun)\b\.?)"
_BEFORE = re.compile(rf"\b{_DAY},?\s(?:on\s|\()?\Z")
_AFTER = re.compile(rf",?\s?(?:\(|which\swas\s|was\s|—\s?)?(?:a\s)?{_DAY}\b")
_FIRST = 1753  # England changed calendars in September 1752


class Weekdays:
    """Every full date with a weekday is judged where it stands."""

    def __init__(self) -> None:
        self._wrong: list[Inconsistency] = []

    def read(self, sentence: Sentence) -> None:
        text = sentence.text
        for found, low, high in dates(text):
            for day in (_BEFORE.search(text, 0, low), _AFTER.match(text, high)):
                about = _wrong(found, text[low:high], day[1]) if day else None
                if about:
                    finding = Inconsistency("weekday", about, sentence, sentence, 0.95)
                    self._wrong.append(finding)

    def findings(self) -> Iterator[Inconsistency]:
        yield from self._wrong


def _wrong(found: Date, written: str, weekday: str) -> str | None:
    """What is wrong with a weekday beside a date; None: nothing, or the date is no full one."""
    if not (found.year and found.month and found.day) or found.year < _FIRST:
        return None
    said = next(day for day in DAYS if day.startswith(weekday[:3]))
    try:
        right = DAYS[date(found.year, found.month, found.day).weekday()]
    except ValueError:
        return f"there is no {written}"
    return None if right == said else f"{written} was a {right}, not a {said}"
