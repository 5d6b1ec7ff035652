"""Which lines of a log a question means: those of the time, and with the words, that it names."""

from __future__ import annotations

from dataclasses import dataclass

from infinidoc.logs.line_words import LineWords
from infinidoc.logs.time_range import TimeRange


@dataclass(frozen=True)
class LineFilter:
    """A time, None for any, and what lines must hold, which may be nothing."""

    time: TimeRange | None
    words: LineWords

    @classmethod
    def named(cls, question: str) -> LineFilter:
        """What a question names."""
        return cls(TimeRange.named(question), LineWords.named(question))

    def passes(self, line: str) -> bool:
        """Whether a line is meant."""
        of_time = self.time is None or self.time.holds(line)
        return of_time and (not self.words or self.words.hold(line))

    @property
    def in_words(self) -> str:
        """Which lines are meant, behind what is told of them: by their words, of what time."""
        return f"{self.words.words}{f' {self.time.words}' if self.time else ''}"
