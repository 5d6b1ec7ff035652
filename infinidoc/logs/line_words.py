"""The words that a question to a log names its lines by: codes, addresses, paths, methods.

A word is such a name by its letters: it has three digits or a mark within, or it is in capitals or
in quotes. What else a question says of lines is language, and no line need say it so.
"""

from __future__ import annotations

import re

from infinidoc.logs.severity import severity_meant
from infinidoc.logs.time_range import TimeRange
from infinidoc.text.dates import dates
from infinidoc.text.phrases import joined
from infinidoc.text.words import content_stems, stem

_QUOTED = re.compile(r"[\"`]([^\"`]+)[\"`]|(?<!\w)'([^']+)'(?!\w)")
_NAMING = re.compile(
    r"(?=\S*\d)\w+(?:[-.:_/@]\w+)+|/[\w./?=&%-]*\w|\w+(?:[._@/]\w+)+|\w*[a-z]\w*[A-Z]\w*|"
    r"(?<!\w)(?:\d{3,}|[A-Z]{2,}[A-Z0-9]*|[A-Z]+[a-z]+[A-Z]\w*)(?!\w)"
)
_COUNTS = re.compile(
    r"(?:how (?:many|often)|what is the number of|count)\b(?: (?P<what>\w+))?", re.I
)


class LineWords:
    """What lines must hold: each of some words, as they are written or by their stems."""

    def __init__(self, names: list[str], others: list[str] | None = None) -> None:
        self.names, self.others = names, others or []
        self.stems = {stem(word) for word in self.others}
        self._patterns = [re.compile(_as_written(name), re.I) for name in names]

    @classmethod
    def named(cls, question: str) -> LineWords:
        """Those of a question; a time or a date in it is none."""
        return cls(_names_in(question))

    def __bool__(self) -> bool:
        return bool(self.names or self.others)

    def hold(self, line: str) -> bool:
        """Whether a line has all of them."""
        written = all(pattern.search(line) for pattern in self._patterns)
        return written and (not self.stems or self.stems <= content_stems(line))

    @property
    def words(self) -> str:
        """How they are called, behind what is counted; "" if there are none."""
        said = [f'"{word}"' for word in (*self.names, *self.others)]
        return f" with {joined(said)}" if said else ""


def counted(question: str) -> str | None:
    """The word of which it asks how many there are; None if it asks for no number."""
    found = _COUNTS.match(question.strip())
    return (found["what"] or "") if found else None


def _names_in(question: str) -> list[str]:
    text = TimeRange.without(question)
    for _, start, end in reversed(list(dates(text))):
        text = f"{text[:start]} {text[end:]}"
    quoted = [one[1] or one[2] for one in _QUOTED.finditer(text)]
    found = [one[0] for one in _NAMING.finditer(_QUOTED.sub(" ", text))]
    return [name for name in dict.fromkeys([*quoted, *found]) if severity_meant(name) is None]


def _as_written(name: str) -> str:
    """The name alone; of one in letters, such as an exception, there may be several. A number is
    no part of another one."""
    single = name.removesuffix("s") if re.fullmatch(r"[A-Z][A-Za-z]*[a-z]s", name) else name
    before, after = (
        (r"(?<![\w.])", r"(?!\w|\.\d)") if name.isdigit() else (r"(?<!\w)", r"(?![\w/])")
    )
    return f"{before}{re.escape(single)}{after}"
