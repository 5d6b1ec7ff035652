"""A time that a question names, and which lines of a log are of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infinidoc.logs.severity import HEAD
from infinidoc.text.dates import Date, dates

LAST = 24 * 3600 - 1  # second of a day
_BOUND = r"\b(?:after|since|before|until|till)\s+"
_HALF = r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
_NAMED = re.compile(
    rf"(?P<how>{_BOUND})?(?<![\d:.])(?P<hour>[01]?\d|2[0-3]):"
    rf"(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\d:]){_HALF}",
    re.IGNORECASE,
)
_TIME = re.sub(r"\?P<\w+>", "?:", _NAMED.pattern)
_PHRASE = re.compile(
    rf"(?:\b(?:between|from|at|around|during)\s+)?{_TIME}"
    rf"(?:\s*(?:\b(?:and|to|until|till)\b|[-–])\s*{_TIME})?",
    re.IGNORECASE,
)
# As logs write it: 07:02:47, 2015:07:02:47, 2015-07-29-07.02.47, 150729 070247 at the beginning.
_HOUR = r"([01]?\d|2[0-3])"
_WRITTEN = re.compile(
    rf"(?:(?<![\d:.])|(?<=\d{{4}}:)){_HOUR}:([0-5]\d)(?::([0-5]\d))?(?!\d)|"
    rf"\d-{_HOUR}\.([0-5]\d)\.([0-5]\d)|^\d{{6}} {_HOUR}([0-5]\d)([0-5]\d) "
)


@dataclass(frozen=True)
class TimeRange:
    """From one second of a day to another, both of it; of one date, if that is named.

    `words` is how the question names it.
    """

    begin: int
    end: int
    date: Date | None
    words: str

    @classmethod
    def named(cls, question: str) -> TimeRange | None:
        """The time in a question: one, or from one to another; None if it names none."""
        found = list(_NAMED.finditer(question))
        if not 0 < len(found) <= 2:
            return None
        begin, end = _of(found[0]), _of(found[-1])
        words = f"at {found[0][0].strip()}" if len(found) == 1 else ""
        if len(found) == 2:
            span, words = (begin[0], end[0]), f"from {found[0][0]} to {found[1][0]}"
        elif how := (found[0]["how"] or "").strip().lower():
            span, words = _opened(how, begin), found[0][0]
        else:
            span = begin
        told = [each for each, _, _ in dates(question)]
        return cls(*span, told[0] if len(told) == 1 else None, words)

    @staticmethod
    def without(question: str) -> str:
        """The question without the time in it."""
        return re.sub(r"\s+(?=[?!.,;:]|$)", "", _PHRASE.sub(" ", question))

    def holds(self, line: str) -> bool:
        """Whether a line is of this time."""
        written = _WRITTEN.search(line, 0, HEAD)
        if written is None:
            return False
        second = _second(*(part for part in written.groups() if part is not None))
        inside = self.begin <= second <= self.end
        if self.begin > self.end:  # over midnight
            inside = second >= self.begin or second <= self.end
        return inside and (self.date is None or self._is_of_date(line[:HEAD]))

    def _is_of_date(self, head: str) -> bool:
        """Whether what a line says of its date agrees; it may leave the year out."""
        head = " ".join(head.split())
        return any(
            all(a in (None, b) or b is None for a, b in zip(self.date or (), each, strict=True))
            for each, _, _ in dates(head)
        )


def _of(found: re.Match[str]) -> tuple[int, int]:
    """The first and the last second that a time means: of a minute there are sixty."""
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    begin = _second(str(hour), found["minute"], found["second"] or "0")
    return begin, begin if found["second"] else begin + 59


def _opened(how: str, time: tuple[int, int]) -> tuple[int, int]:
    if how == "after":
        return time[1] + 1, LAST
    return (time[0], LAST) if how == "since" else (0, time[0] - 1 if how == "before" else time[1])


def _second(hour: str, minute: str, second: str = "0") -> int:
    return int(hour) * 3600 + int(minute) * 60 + int(second)
