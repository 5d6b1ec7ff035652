"""JSON and JSON lines: a record on each row, with the names of its values, cited by row.

A JSON file that is no list of records is text and is cited by line; letters written as
escapes are read as the letters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from infinidoc.control import plain, whole
from infinidoc.reading.document import Page
from infinidoc.reading.file import read_sample
from infinidoc.reading.pages import Line, cut_pages
from infinidoc.reading.rows import cut_rows
from infinidoc.reading.text import TextSource

LONGEST = 64 << 20  # characters of one value
_SPACE = " \t\r\n"
_NEXT = re.compile(r"\s*(.?)", re.S)
_ESCAPED = re.compile(r"\\u(?!00[01])[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?")


class JsonLinesSource(TextSource):
    """A file with a JSON value on each line."""

    kind = "jsonl"

    def cut(self, lines: Iterator[Line]) -> Iterator[Page]:
        broken: list[int] = []
        yield from cut_rows(_rows(lines, broken))
        if broken:
            rows = ", ".join(map(str, broken[:20])) + (" ..." if len(broken) > 20 else "")
            self.warnings.append(f"{len(broken)} lines are no JSON, read as they are: {rows}")


def _rows(lines: Iterable[Line], broken: list[int]) -> Iterator[tuple[int, str]]:
    """Each line as a row; of one that is too long to be a record, its pieces as they are."""
    held: list[str] = []
    length = 0
    for line in lines:
        held.append(line.text)
        length += len(line.text)
        if line.end or length > LONGEST:
            yield line.number, _row("".join(held), line.number, broken)
            held, length = [], 0
    if held:
        yield line.number, _row("".join(held), line.number, broken)


def _row(text: str, number: int, broken: list[int]) -> str:
    try:
        return said(json.loads(text)) if text.strip() else ""
    except (ValueError, RecursionError):
        broken.append(number)
        return text


class JsonSource(TextSource):
    """A JSON file: a list of records, or text."""

    kind = "json"

    def cut(self, lines: Iterator[Line]) -> Iterator[Page]:
        start = read_sample(self.path).lstrip(b"\xef\xbb\xbf \t\r\n")
        if start.startswith(b"["):
            yield from self._records(lines)
        else:
            for page in cut_pages(_unescaped(lines)):
                yield Page(1, page.text, line=page.line)

    def _records(self, lines: Iterator[Line]) -> Iterator[Page]:
        elements = Elements(line.text + line.end for line in lines)
        yield from cut_rows(enumerate(map(said, elements), 1))
        if elements.broken:
            problem = f"damaged behind row {elements.count}: the rest is not read"
            yield Page(1, "", problem=problem)


class Elements:
    """The elements of a list in JSON, one by one, in the memory that the longest needs."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._held, self._at = "", 0
        self.count, self.broken = 0, False

    def __iter__(self) -> Iterator[Any]:
        decode = json.JSONDecoder().raw_decode
        self._skip("[")
        while self._skip(",") not in ("]", ""):
            element = self._element(decode)
            if self.broken:
                return
            self.count += 1
            yield element
        self.broken = self._skip(",") != "]"

    def _element(self, decode: Any) -> Any:
        """The element that begins here; `broken` if there is none."""
        while True:
            try:
                element, end = decode(self._held, self._at)
                behind = _NEXT.match(self._held, end)
                if behind and behind[1] in (",", "]"):
                    self._at = end
                    return element
            except RecursionError:
                break
            except ValueError:
                pass  # it may go on behind what was read so far, as a number may
            if len(self._held) - self._at > LONGEST or not self._more(len(self._held)):
                break
        self.broken = True
        return None

    def _skip(self, mark: str) -> str:
        """Go over white space and one `mark`; the character that follows, "" at the end."""
        passed = False
        while True:
            while self._at < len(self._held):
                sign = self._held[self._at]
                if sign == mark and not passed:
                    passed = True
                elif sign not in _SPACE and sign != "\ufeff":
                    return sign
                self._at += 1
            if not self._more():
                return ""

    def _more(self, least: int = 1) -> bool:
        """Read at least so many characters more; whether there were any."""
        pieces, length = [self._held[self._at :]], 0
        self._at = 0
        for text in self._texts:
            pieces.append(text)
            length += len(text)
            if length >= least:
                break
        self._held = "".join(pieces)
        return length > 0


def said(value: Any, name: str = "") -> str:
    """A JSON value in a line: names before values, inner names behind outer ones."""
    if isinstance(value, dict):
        return "; ".join(
            said(inner, f"{name}.{key}" if name else key) for key, inner in value.items()
        )
    if isinstance(value, list):
        if any(isinstance(inner, dict | list) for inner in value):
            return "; ".join(said(inner, f"{name}[{n}]") for n, inner in enumerate(value, 1))
        value = ", ".join(map(_scalar, value))
    return f"{name}: {_scalar(value)}" if name else _scalar(value)


def _scalar(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(plain(whole(text)).split())


def _unescaped(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        yield replace(line, text=_ESCAPED.sub(_letter, line.text))


def _letter(escape: re.Match[str]) -> str:
    """The letter that an escape stands for; controls, quotes and slashes stay as written."""
    letter = _scalar(json.loads(f'"{escape[0]}"')) if escape[0] != r"\u0020" else " "
    return letter if letter.isprintable() and letter not in ('"', "\\", "") else escape[0]
