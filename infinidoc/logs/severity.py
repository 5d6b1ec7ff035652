"""How grave a line of a log says it is: the level that the program that wrote it gave it.

A log writes its levels in one way: as the same kind of token (`[error]`, `WARN`, `level=info`),
before what the line says, or, as compilers do, behind the place in a file. That way is learned from
the first lines, so that an "error" in a message is no level. Knows strings only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

import regex

HEAD = 160  # characters of a line in which its level stands
LEARNED = 200  # lines that tell how a log writes its levels
LEAST = 3  # lines with a level that a log has
SHARE = 0.8  # of its lines with a time that have a level, at least
OF_ALL = 0.3  # of all its lines, at least: stack traces have none


class Severity(IntEnum):
    """Levels that mean the same in syslog, log4j, Python's logging and their like."""

    BELOW = 0  # debug, info, notice
    WARNING = 1
    ERROR = 2
    FATAL = 3


_BELOW = "trace verbose debug fine finer finest config info information notice log dbg"
_WORDS = {
    **dict.fromkeys(_BELOW.split(), Severity.BELOW),
    **dict.fromkeys("warn warning wrn".split(), Severity.WARNING),
    **dict.fromkeys("error err severe".split(), Severity.ERROR),
    **dict.fromkeys("fatal critical crit alert emerg emergency panic".split(), Severity.FATAL),
}
_LETTERS = {"W": Severity.WARNING, "E": Severity.ERROR, "F": Severity.FATAL, "A": Severity.FATAL}
_TOKEN = regex.compile(
    r"(?P<before>[\[(<|]|\b(?:level|lvl|severity|levelname|loglevel)\"?[=:] ?\"?)?"
    rf"(?<![\w.$/-])(?P<word>(?i:{'|'.join(sorted(_WORDS, key=len, reverse=True))}))(?![\w.$/-])"
    r"(?P<after>[\])>|:])?"
)
# Android's logcat, and the C++ library glog with all that followed it: one letter.
_LETTER = regex.compile(
    r"\d\d-\d\d \d\d:\d\d:\d\d\.\d+ +\d+ +\d+ (?P<letter>[VDIWEFA]) |"
    r"(?P<letter>[IWEF])\d{4} \d\d:\d\d:\d\d"
)
# A compiler's: the place in a file, the level, and what is wrong.
_DIAGNOSTIC = regex.compile(
    r"(?:\S[^\s:]*(?::\d+(?::\d+)?|\(\d+(?:,\d+)?\)) ?: |CMake )(?P<word>(?i:fatal error|error|"
    r"warning|note))\b"
)
# A web server's, in Common Log Format: the request, and the status that answers it.
_STATUS = regex.compile(r'[^"]*"[A-Z]+ [^"]*" (?P<status>[1-5])\d\d (?:\d+|-)(?= |$)')
_STATUSES = {"4": Severity.WARNING, "5": Severity.ERROR}
# Lines of JSON that number their levels: pino and bunyan, Python's logging, the systemd journal.
_NUMBERED = regex.compile(
    r'\{.*?"(?P<key>level|levelno|PRIORITY)": ?"?(?P<number>\d\d?)"? ?[,}]', regex.DOTALL
)
_NUMBERS = {
    "level": {10: 0, 20: 0, 30: 0, 40: 1, 50: 2, 60: 3},
    "levelno": {10: 0, 20: 0, 30: 1, 40: 2, 50: 3},
    "PRIORITY": {0: 3, 1: 3, 2: 3, 3: 2, 4: 1, 5: 0, 6: 0, 7: 0},
}
_TIME = regex.compile(r"\d\d?:\d\d|\d{4}-\d\d-\d\d|\d{9}|^\d{6} \d{6} ")

_Format = tuple[str, str, str]  # before, after, and case


@dataclass(frozen=True)
class LevelFormat:
    """How one log writes its levels."""

    format: _Format | None  # None: one letter
    compiled: bool = False  # the lines are what compilers write
    served: bool = False  # they are what web servers write
    numbered: bool = False  # they are JSON, with a number for a level

    def of(self, line: str) -> Severity | None:
        """The level of a line; None for one that has none, such as a line of a stack trace."""
        if self.served:
            answered = _STATUS.match(line.rstrip())
            return _STATUSES.get(answered["status"], Severity.BELOW) if answered else None
        if self.numbered:
            return _by_number(line)
        if self.compiled:
            found = _DIAGNOSTIC.match(line)
            return _WORDS.get(found["word"].split()[-1].lower(), Severity.BELOW) if found else None
        if self.format is None:
            letter = _LETTER.match(line)
            return _LETTERS.get(letter["letter"], Severity.BELOW) if letter else None
        found = next((each for each in _levels(line) if _format_of(each) == self.format), None)
        return _WORDS[found["word"].lower()] if found else None


def level_format_of(lines: Iterable[str]) -> LevelFormat | None:
    """How a text writes its levels, told by its first lines; None if it is no such log."""
    formats: Counter[_Format | None] = Counter()
    words = set()
    timed = written = compiled = served = numbered = 0
    for line in lines:
        numbered += _by_number(line) is not None and _TIME.search(line) is not None
        compiled += bool(_DIAGNOSTIC.match(line))
        served += bool(_STATUS.match(line.rstrip()))
        timed += bool(_TIME.search(line, 0, HEAD))
        written += bool(line.strip())
        formats[None] += bool(_LETTER.match(line))
        if found := next(_levels(line), None):
            formats[_format_of(found)] += 1
            words.add(found["word"])
    if served >= max(LEAST, SHARE * written):
        return LevelFormat(None, served=True)
    if numbered >= max(LEAST, SHARE * written):
        return LevelFormat(None, numbered=True)
    common, times = max(formats.items(), key=lambda item: item[1], default=(None, 0))
    told = times >= max(LEAST, SHARE * timed, OF_ALL * written)
    if told and (timed or len(words) > 1):
        return LevelFormat(common)
    return LevelFormat(None, compiled=True) if compiled >= LEAST else None


def is_timed(lines: Iterable[str]) -> bool:
    """Whether nearly every line has a time, as those of a log have."""
    written = [line for line in lines if line.strip()]
    timed = sum(bool(_TIME.search(line, 0, HEAD)) for line in written)
    return timed >= max(LEAST, SHARE * len(written))


def severity_meant(words: str) -> Severity | None:
    """The level that a question names: of "warnings" that of a warning."""
    for word in regex.findall(r"\w+", words.lower()):
        for form in (word, word.removesuffix("s")):
            if _WORDS.get(form, Severity.BELOW) > Severity.BELOW:
                return _WORDS[form]
    return None


def _levels(line: str) -> Iterator[regex.Match[str]]:
    """What may be a line's level: it begins the line, or stands behind a time."""
    for found in _TOKEN.finditer(line, 0, HEAD):
        if found.start("word") == 0 or _TIME.search(line, 0, found.start()):
            yield found


def _by_number(line: str) -> Severity | None:
    """The level that a line of JSON gives by its number."""
    found = _NUMBERED.match(line)
    level = _NUMBERS[found["key"]].get(int(found["number"])) if found else None
    return None if level is None else Severity(level)


def _format_of(found: regex.Match[str]) -> _Format:
    word = found["word"]
    case = "upper" if word.isupper() else "title" if word[0].isupper() else "lower"
    return found["before"] or "", found["after"] or "", case
