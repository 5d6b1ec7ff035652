"""The headings of reStructuredText, AsciiDoc and LaTeX, in a stream of lines.

The two highest levels that a document uses begin chapters, as in Markdown. The text stays as
it is written, so that lines are those of the file. Knows lines, no files.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from infinidoc.reading.pages import Line

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+\s*")
_ASCIIDOC = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?[ \t]*")
_FENCE = re.compile(r"(-{4,}|\.{4,}|\+{4,}|/{4,}|={4,}|\*{4,}|_{4,}|`{3,})\s*")
_SECTION = re.compile(r"\s*\\(part|chapter|section)\*?\s*(?:\[[^\]]*\])?\s*\{(.*)")
_VERBATIM = re.compile(r"\\(begin|end)\{(?:verbatim|lstlisting|minted|comment)\*?\}")
_COMMAND = re.compile(r"\\(?:label|index)\{[^{}]*\}|\\[a-zA-Z]+\*?\s*|[{}$]|~")
_INCLUDE = re.compile(
    r"\s*(?:\.\.[ \t]+(?:literal)?include::[ \t]*|include::|\\(?:input|include|subfile)\{)"
    r"([^\s{}\[\]]+)"
)


def including(lines: Iterable[Line], notes: list[str]) -> Iterator[Line]:
    """The same lines; which files they include, and are not read here, goes to `notes`."""
    named: dict[str, None] = {}
    for line in lines:
        if found := _INCLUDE.match(line.text):
            named[found[1]] = None
        yield line
    if named:
        notes.append("files that it includes are not read with it: " + ", ".join(named))


def restructured(lines: Iterable[Line]) -> Iterator[Line]:
    """A title has a line of one sign under it, or under and over it; the signs tell levels."""
    styles: list[str] = []
    held: deque[Line] = deque()
    before = ""
    for line in lines:
        held.append(line)
        if len(held) == 3:
            before = _settled(held, before, styles)
            yield held.popleft()
    while held:
        before = _settled(held, before, styles)
        yield held.popleft()


def _settled(held: deque[Line], before: str, styles: list[str]) -> str:
    """Set the heading of the first of up to three lines; returns what stands before the next."""
    first, second, third = ([line.text for line in held] + ["", "", ""])[:3]
    title, style = "", ""
    if _under(second, first) and not before.strip():
        title, style = first, second[0]
    elif _ADORNMENT.fullmatch(first) and _under(third, second.strip()) and third[0] == first[0]:
        title, style = second, first[0] * 2
    if title:
        if style not in styles:
            styles.append(style)
        if styles.index(style) < 2:
            held[0].heading = title.strip()
    return first


def _under(line: str, title: str) -> bool:
    """Whether `line` underlines `title`."""
    whole = title.strip() and not title[0].isspace() and not _ADORNMENT.fullmatch(title)
    return bool(whole and _ADORNMENT.fullmatch(line) and len(line.rstrip()) >= len(title.rstrip()))


def asciidoc(lines: Iterable[Line]) -> Iterator[Line]:
    """A title stands behind "=" or "=="; not in a listing or another delimited block."""
    closing: str | None = None
    for line in lines:
        fence = _FENCE.fullmatch(line.text)
        if closing is not None:
            closing = None if line.text.rstrip() == closing else closing
        elif fence:
            closing = line.text.rstrip()
        elif found := _ASCIIDOC.fullmatch(line.text):
            line.heading = found[2] if len(found[1]) <= 2 else None
        yield line


def latex(lines: Iterable[Line]) -> Iterator[Line]:
    r"""\part, \chapter and \section begin chapters; not in verbatim."""
    verbatim = False
    for line in lines:
        if found := _VERBATIM.search(line.text):
            verbatim = found[1] == "begin"
        elif not verbatim and (found := _SECTION.match(line.text)):
            line.heading = _argument(found[2]) or None
        yield line


def _argument(text: str) -> str:
    """The words of an argument that began before `text`, without commands."""
    depth = 1
    for at, sign in enumerate(text):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            text = text[:at]
            break
    return " ".join(_COMMAND.sub(" ", text).split())
