"""How grave the lines of one log are: by the levels it writes, else by what its messages say."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from infinidoc.labels import in_rows
from infinidoc.logs.severity import LEARNED, LevelFormat, Severity, is_timed, level_format_of
from infinidoc.store import Store

_CALLED = {Severity.WARNING: "warning", Severity.ERROR: "error or worse", Severity.FATAL: "fatal"}
_SERVED = {
    Severity.WARNING: "with a status from 400 to 499",
    Severity.ERROR: "with a status of 500 or more",
    Severity.FATAL: "that is fatal",
}
# Where no levels are written. In nine logs that write them, 80 % of the lines whose messages say
# these of an error are of level warning or worse, 93 % without one that calls failures info.
_SAID = {
    Severity.FATAL: ("fatal",),
    Severity.ERROR: ("error", "fail"),
    Severity.WARNING: ("warn",),
}


# A word of a message; a part of a name (libgpg-error-dev, error.log) is none.
_WORD = regex.compile(r"(?<![\w./@$-]|[\w]:)\p{L}+(?![\w/@-]|[.:$]\w)")


class LineLevels:
    """The levels of a log's lines; `written` if the log says them itself."""

    def __init__(self, format: LevelFormat | None) -> None:
        self.format, self.written = format, format is not None

    @classmethod
    def learned(cls, lines: Sequence[str]) -> LineLevels | None:
        """Those of a text, told by its first lines; None if it is no log."""
        format = level_format_of(lines)
        return cls(format) if format or is_timed(lines) else None

    def of(self, line: str) -> Severity | None:
        """The level of a line; None for one that has none, such as a line of a stack trace."""
        if self.format is not None:
            return self.format.of(line)
        words = [word.lower() for word in _WORD.findall(line)]
        said = (
            level for level, begins in _SAID.items() if any(w.startswith(begins) for w in words)
        )
        return next(said, Severity.BELOW)

    def in_words(self, level: Severity) -> str:
        """What the lines of a level are; those of errors may also be worse."""
        if self.format is not None:
            return _SERVED[level] if self.format.served else f"of level {_CALLED[level]}"
        worse = _SAID[Severity.FATAL] if level == Severity.ERROR else ()
        *others, last = (f'"{word}"' for word in (*_SAID[level], *worse))
        return f"with {', '.join(others)} or {last}" if others else f"with {last}"


def levels_in(store: Store, document: int) -> LineLevels | None:
    """How grave the lines of a document are; None if it is no log. The rows of a table are one
    only if they write levels: invoices have dates, too."""
    first = next(iter(store.pages(document)), None)
    levels = LineLevels.learned(first["text"].splitlines()[:LEARNED]) if first else None
    return levels if first and levels and (levels.written or not in_rows(first["label"])) else None
