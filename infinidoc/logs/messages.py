"""The messages of a log: lines that differ in nothing but times, numbers and names with digits.

One place in a program wrote them, so they are told once, with how often and where.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import regex

from infinidoc.logs.line_levels import LineLevels
from infinidoc.logs.severity import HEAD, Severity
from infinidoc.text.lines import lines_in

MOST = 20_000  # messages of a log that are told apart; further ones are one message
TIME_BEGINS = 16  # characters before the time of day of a line that begins with its time

_DAYS = r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
_VARYING = regex.compile(rf"[^\s\"',;=()\[\]{{}}<>|]*\d[^\s\"',;=()\[\]{{}}<>|]*|{_DAYS}")
_BEFORE = regex.compile(rf"(?:{_DAYS}|[\W\d_]|T(?=\d))*")
_TIME = regex.compile(r"\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True)
class Line:
    """A line and its place: `page` without its text, the number of the line if lines are
    counted, and where in the document it begins."""

    text: str
    page: dict[str, Any]
    number: int | None
    start: int

    @property
    def time(self) -> str | None:
        """The time it begins with, as it writes it."""
        found = _TIME.search(self.text, 0, HEAD)
        begins = found is not None and found.start() <= TIME_BEGINS
        if found is None or not begins or not _BEFORE.fullmatch(self.text, 0, found.start()):
            return None
        return self.text[: found.end()].strip(" [(<")


@dataclass
class Message:
    """Lines that say the same: how grave they are, how many, the first and the last."""

    severity: Severity
    count: int
    first: Line
    last: Line


class LogMessages:
    """All messages of a log, in the order of their first lines."""

    def __init__(self, pages: Iterable[dict[str, Any]], levels: LineLevels) -> None:
        self.levels, self._found = levels, dict[tuple[Severity, str], Message]()
        for page in pages:
            self._read(page)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def lines(self) -> int:
        """How many lines have a level; those of a stack trace have none."""
        return sum(message.count for message in self._found.values())

    def of(self, least: Severity, most: Severity) -> list[Message]:
        """The messages of levels from `least` to `most`."""
        return [message for message in self._found.values() if least <= message.severity <= most]

    def _read(self, page: dict[str, Any]) -> None:
        place, first = {**page, "text": ""}, page["line"]
        for index, (at, text) in enumerate(lines_in(page["text"])):
            severity = self.levels.of(text) if text.strip() else None
            if severity is not None:
                number = None if first is None else first + index
                self._add(Line(text.rstrip(), place, number, page["start"] + at), severity)

    def _add(self, line: Line, severity: Severity) -> None:
        said = severity, said_by(line.text)
        if said not in self._found and len(self._found) >= MOST:
            said = severity, ""
        message = self._found.get(said)
        if message is None:
            self._found[said] = Message(severity, 1, line, line)
        else:
            message.count, message.last = message.count + 1, line


def said_by(line: str) -> str:
    """What a line says, with * for all that varies: the same for all lines of a message."""
    return " ".join(_VARYING.sub("*", line).split())
