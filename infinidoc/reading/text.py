"""Plain text and Markdown: decoded as a stream, cut into pages of about 3,000 characters.

Bytes that no encoding explains become U+FFFD and are counted in a warning. A page ends at
a line end; a form feed ends one, and in Markdown so does a heading of level 1 or 2.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from infinidoc.control import plain
from infinidoc.errors import SourceError
from infinidoc.reading.document import (
    BinaryError,
    Page,
    Source,
    cannot_read,
    ended,
    file_sha256,
)
from infinidoc.reading.nulls import behind_nulls, is_padded_text, unmarked_utf16

PAGE = 3000  # characters
LONGEST_LINE = 10_000  # characters; longer lines are cut, so that one line never fills memory
SAMPLE = 1 << 16  # bytes looked at to tell the encoding, and text from binary
CHUNK = 1 << 20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_NUMERAL = re.compile(r"(?:[ivxlc]+|\d{1,3})\.?", re.I)
_PLAIN_HEADING = re.compile(
    r"^\s*((?:chapter|part|book|canto|act|scene)\s+[\divxlc]+\b.{0,60})$", re.I
)


@dataclass
class Line:
    """A line of a text file, or part of a very long one; `number` from 1.

    `end` is its end mark: "\\n", or "" where a long line was cut.
    """

    number: int
    text: str
    page_break: bool = False
    end: str = "\n"


class TextSource(Source):
    """A text file, read in constant memory however long it is."""

    def __init__(self, path: Path, kind: str, name: str | None = None) -> None:
        super().__init__()
        self.path, self.kind = path, kind
        self.name, self.location = name or path.stem, str(path.resolve())
        self.size = path.stat().st_size
        self.encoding = detect_encoding(path)
        self.sha256 = file_sha256(path)

    def pages(self, start: int = 1) -> Iterator[Page]:
        replaced = Replaced()
        lines = read_lines(self.path, self.encoding, replaced)
        if not self.encoding.startswith("utf") or self.encoding.endswith(("-le", "-be")):
            self.warnings.append(f"no UTF-8: read as {self.encoding}, which is a guess")
        blank = True
        for number, page in enumerate(cut_pages(lines, self.kind == "markdown"), 1):
            blank = blank and not page.text.strip()
            if number >= start:
                yield Page(number, page.text, None, page.title, page.chapter, None, page.line)
        if blank:
            raise SourceError("there is no text in it", where=self.location)
        if replaced.nulls:
            self.warnings.append(f"{replaced.nulls} NUL bytes were left out")
        if replaced.count:
            self.warnings.append(
                f"{replaced.count} bytes are no {self.encoding} text and were replaced"
            )


class Replaced:
    """Counts the bytes that could not be decoded, and the NULs that were left out."""

    def __init__(self) -> None:
        self.count = self.nulls = 0
        codecs.register_error(f"infinidoc-{id(self)}", self._replace)
        self.handler = f"infinidoc-{id(self)}"

    def _replace(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        self.count += error.end - error.start
        return "\ufffd", error.end


def detect_encoding(path: Path) -> str:
    """By byte order mark, else UTF-8 if it may be, else charset-normalizer's best guess."""
    sample = read_sample(path)
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        sample = sample if sample.strip(b"\0") else behind_nulls(path, SAMPLE)
        if (unmarked := unmarked_utf16(sample)) is not None:
            return unmarked
        if not is_padded_text(sample):
            raise BinaryError("a binary file, not text", where=path, hint="text, PDF, EPUB or HTML")
        sample = sample.replace(b"\0", b"")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8"
    except UnicodeDecodeError:
        return guess_encoding(sample)


def read_sample(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SAMPLE)
    except OSError as error:
        raise cannot_read(path, error) from error


def guess_encoding(sample: bytes) -> str:
    """UTF-8 with a few bad bytes stays UTF-8; otherwise what charset-normalizer says."""
    replaced = sample.decode("utf-8", "replace").count("\ufffd")
    high = sum(byte >= 0x80 for byte in sample)
    if replaced * 4 < high:
        return "utf-8"
    from charset_normalizer import from_bytes

    likely = [match.encoding for match in from_bytes(sample)]
    if "cp1252" in likely:  # it and its Central European sisters look alike; it is the commoner
        return "cp1252"
    return likely[0] if likely else "utf-8"


def read_lines(path: Path, encoding: str, replaced: Replaced) -> Iterator[Line]:
    """The lines of a file with their numbers; CRLF and CR are line ends too."""
    try:
        with path.open("rb") as file:
            yield from _lines(file, encoding, replaced)
    except OSError as error:
        raise cannot_read(path, error) from error


def _lines(file: BinaryIO, encoding: str, replaced: Replaced) -> Iterator[Line]:
    decoder = codecs.getincrementaldecoder(encoding)(replaced.handler)
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    number, held = 1, ""
    while True:
        data = file.read(CHUNK)
        read = newlines.decode(data, final=not data)
        replaced.nulls += read.count("\0")
        held += read.replace("\0", "")
        *whole, held = held.split("\n")
        for text in whole:
            yield from _parts(number, text)
            number += 1
        if not data:
            break
        if len(held) > LONGEST_LINE:
            held = plain(held)
        while len(held) > LONGEST_LINE:
            yield Line(number, held[:LONGEST_LINE], end="")
            held = held[LONGEST_LINE:]
    if held:
        yield from _parts(number, held)


def _parts(number: int, text: str) -> Iterator[Line]:
    """A line, without escape sequences; a form feed in it begins a new page."""
    for index, piece in enumerate(plain(text).split("\f")):
        for at in range(0, max(len(piece), 1), LONGEST_LINE):
            whole = at + LONGEST_LINE >= len(piece)
            breaks = index > 0 and at == 0
            yield Line(number, piece[at : at + LONGEST_LINE], breaks, "\n" if whole else "")


@dataclass
class TextPage:
    """A stretch of lines, with the heading in force where it begins."""

    text: str
    line: int
    title: str | None
    chapter: bool


def cut_pages(lines: Iterable[Line], markdown: bool, size: int = PAGE) -> Iterator[TextPage]:
    """Pages of about `size` characters, cut at line ends, form feeds and headings."""
    held: list[str] = []
    length, first, title, chapter, fenced = 0, 1, None, False, False
    for line in lines:
        fenced ^= markdown and line.text.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else _heading(line.text, markdown)
        full = length + len(line.text) + 1 > size
        if held and (line.page_break or heading or full):
            yield TextPage("".join(held), first, title, chapter)
            held, length, chapter = [], 0, False
        if not held:
            first = line.number
        if heading:
            title, chapter = heading, True
        held.append(line.text + line.end)
        length += len(line.text) + 1
    if held:
        yield TextPage(ended("".join(held)), first, title, chapter)


def _heading(text: str, markdown: bool) -> str | None:
    """The words of a chapter heading: Markdown levels 1 and 2, or "Chapter IV ...".

    In Markdown at any level if it is "Chapter IV ..." or nothing but a number.
    """
    if markdown:
        match = _HEADING.match(text)
        if not match:
            return None
        level, words = len(match.group(1)), match.group(2)
        named = _NUMERAL.fullmatch(words) or _PLAIN_HEADING.match(words)
        return words if level <= 2 or named else None
    match = _PLAIN_HEADING.match(text)
    return match.group(1).strip() if match else None
