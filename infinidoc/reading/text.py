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

from infinidoc.errors import SourceError
from infinidoc.reading.document import FileSource, Page, cannot_read, ended, file_sha256

MARKDOWN = (".md", ".markdown", ".mdown")
PAGE = 3000  # characters
LONGEST_LINE = 10_000  # characters; longer lines are cut, so that one line never fills memory
SAMPLE = 1 << 16  # bytes looked at to tell the encoding, and text from binary
CHUNK = 1 << 20
LONGEST_TITLE = 200  # characters

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes([*range(1, 7), *range(0x10, 0x1A), *range(0x1C, 0x20)])  # hardly ever in text
_PROBE = b"xn--mnchen-3ya.+AGE-\\x41"  # ASCII that UTF-7, escapes and IDNA would read as other
_PLAIN_HEADING = re.compile(
    r"^\s*((?:chapter|part|book|canto|act|scene)\s+[\divxlc]+\b.{0,60})$", re.I
)


@dataclass
class Line:
    """A line of a text file, or part of a very long one; `number` from 1.

    `end` is its end mark: "\\n", or "" where a long line was cut; `heading` is set where a
    chapter begins with it.
    """

    number: int
    text: str
    page_break: bool = False
    end: str = "\n"
    heading: str | None = None


class TextSource(FileSource):
    """A text file, read in constant memory however long it is."""

    def __init__(self, path: Path, kind: str, name: str | None = None) -> None:
        super().__init__(path, name)
        self.kind = kind
        self.encoding = detect_encoding(path)
        self.sha256 = file_sha256(path)

    def pages(self, start: int = 1) -> Iterator[Page]:
        replaced = Replaced()
        lines = read_lines(self.path, self.encoding, replaced)
        if not self.encoding.startswith("utf"):
            self.warn(f"no UTF-8: read as {self.encoding}, which is a guess")
        blank = True
        lines = with_headings(lines, self.kind == "markdown")
        for number, page in enumerate(cut_pages(lines), 1):
            blank = blank and not page.text.strip()
            if number >= start:
                yield Page(number, page.text, None, page.title, page.chapter, None, page.line)
        if blank:
            raise SourceError("there is no text in it", where=self.location)
        if replaced.count:
            self.warn(f"{replaced.count} bytes are no {self.encoding} text and were replaced")


class Replaced:
    """Counts the bytes that could not be decoded."""

    def __init__(self) -> None:
        self.count = 0
        codecs.register_error(f"infinidoc-{id(self)}", self._replace)
        self.handler = f"infinidoc-{id(self)}"

    def _replace(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        self.count += error.end - error.start
        return "\ufffd", error.end

    def clean(self, text: str) -> str:
        """`text` with its NULs replaced: SQLite's functions would end a text there."""
        self.count += text.count("\0")
        return text.replace("\0", "\ufffd")


def detect_encoding(path: Path) -> str:
    """By byte order mark, else UTF-8 if it may be, else charset-normalizer's best guess."""
    sample = read_sample(path)
    if marked := by_mark(sample):
        return marked
    if is_binary(sample):
        raise SourceError("a binary file, not text", where=path, hint="text, PDF, EPUB or HTML")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8"
    except UnicodeDecodeError:
        return _guess(sample)


def by_mark(sample: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((encoding for mark, encoding in _BOMS if sample.startswith(mark)), None)


def is_binary(sample: bytes) -> bool:
    """A NUL, or more than 2 % control characters, is not text of any encoding read here."""
    if by_mark(sample):
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return b"\0" in sample or controls * 50 > len(sample)


def known_encoding(name: str) -> str | None:
    """Python's name for a text encoding that extends ASCII; None for codecs that are not one.

    A file may name any codec, so "zip" and "unicode_escape" must not get through.
    """
    try:
        if _PROBE.decode(name) != _PROBE.decode("ascii"):
            return None
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def read_sample(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SAMPLE)
    except OSError as error:
        raise cannot_read(path, error) from error


def _guess(sample: bytes) -> str:
    """UTF-8 with a few bad bytes stays UTF-8; otherwise what charset-normalizer says."""
    replaced = sample.decode("utf-8", "replace").count("\ufffd")
    high = sum(byte >= 0x80 for byte in sample)
    if replaced * 4 < high:
        return "utf-8"
    from charset_normalizer import from_bytes

    likely = [match.encoding for match in from_bytes(sample) if known_encoding(match.encoding)]
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
    number, held, breaks = 1, "", False
    while True:
        data = file.read(CHUNK)
        held += replaced.clean(newlines.decode(data, final=not data))
        *whole, held = held.split("\n")
        for text in whole:
            yield from _parts(number, text, breaks)
            number, breaks = number + 1, False
        if not data:
            break
        if len(held) > LONGEST_LINE:
            *parts, last = _parts(number, held, breaks)
            yield from parts
            held, breaks = last.text, last.page_break
    if held:
        yield from _parts(number, held, breaks)


def _parts(number: int, text: str, breaks: bool = False) -> Iterator[Line]:
    """A line, in pieces if it is very long; a form feed in it begins a new page."""
    for index, piece in enumerate(text.split("\f")):
        at, new_page = 0, breaks if index == 0 else True
        while (end := _cut(piece, at)) < len(piece):
            yield Line(number, piece[at:end], new_page, end="")
            at, new_page = end, False
        yield Line(number, piece[at:], new_page)


def _cut(text: str, at: int) -> int:
    """Where a piece that begins at `at` ends: after a space if there is one, so words stay."""
    if len(text) - at <= LONGEST_LINE:
        return len(text)
    space = text.rfind(" ", at + LONGEST_LINE // 2, at + LONGEST_LINE)
    return at + LONGEST_LINE if space < 0 else space + 1


@dataclass
class TextPage:
    """A stretch of lines, with the heading in force where it begins."""

    text: str
    line: int
    title: str | None
    chapter: bool


def cut_pages(lines: Iterable[Line], size: int = PAGE) -> Iterator[TextPage]:
    """Pages of about `size` characters, cut at line ends, form feeds and headings."""
    held: list[str] = []
    length, first, title, chapter = 0, 1, None, False
    for line in lines:
        full = length + len(line.text) + 1 > size
        if held and (line.page_break or line.heading or full):
            yield TextPage("".join(held), first, title, chapter)
            held, length, chapter = [], 0, False
        if not held:
            first = line.number
        if line.heading:
            title, chapter = line.heading, True
        held.append(line.text + line.end)
        length += len(line.text) + 1
    if held:
        yield TextPage(ended("".join(held)), first, title, chapter)


def with_headings(lines: Iterable[Line], markdown: bool) -> Iterator[Line]:
    """The same lines, those that begin a chapter with their `heading` set.

    A line is judged with its neighbours: under a Markdown title may stand a rule, and in a
    plain text a chapter begins after a blank line and is no entry of a table of contents.
    """
    judge = _markdown_heading if markdown else _plain_heading
    fence, before, line = "", "", None
    for after in lines:
        if line is not None:
            fence = _fence(line.text, fence) if markdown else ""
            line.heading = None if fence else judge(before, line.text, after.text)
            yield line
            before = "" if after.page_break else line.text
        line = after
    if line is not None:
        line.heading = None if fence else judge(before, line.text, "")
        yield line


def _fence(text: str, inside: str) -> str:
    """The mark of the code block that a line is inside of after this one, or ""."""
    mark = text.lstrip()[:3]
    if inside:
        return "" if mark == inside and not text.strip().strip(mark[0]) else inside
    return mark if mark in ("```", "~~~") else ""


def _markdown_heading(before: str, text: str, after: str) -> str | None:
    """The words of a heading of level 1 or 2, marked by # or by a rule under it."""
    body = text.lstrip(" ")
    words = body.lstrip("#")
    level = len(body) - len(words)
    if len(text) - len(body) > 3 or level > 2 or not words.strip():
        return None
    if level and words[0] in " \t":
        bare = words.rstrip().rstrip("#")
        return (bare if bare[-1:].isspace() else words).strip()[:LONGEST_TITLE] or None
    rule = after.rstrip()
    ruled = len(rule) >= 3 and rule.strip(rule[0]) == "" and rule[0] in "=-"
    is_words = words[0].isalnum() and not level and not before.strip()
    return words.strip()[:LONGEST_TITLE] if ruled and is_words else None


def _plain_heading(before: str, text: str, after: str) -> str | None:
    """The words of "Chapter IV ..." on a line of its own."""
    match = _PLAIN_HEADING.match(text)
    if match is None or before.strip() or _PLAIN_HEADING.match(after):
        return None
    return match.group(1).strip()
