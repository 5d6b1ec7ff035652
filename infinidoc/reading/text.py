"""Plain text and Markdown: decoded as a stream, cut into pages of about 3,000 characters.

Bytes that no encoding explains become U+FFFD and are counted in a warning.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from infinidoc.control import obeyed, plain
from infinidoc.errors import SourceError
from infinidoc.reading import headings
from infinidoc.reading.document import (
    BinaryError,
    FileSource,
    Page,
    cannot_read,
)
from infinidoc.reading.encoding import (
    Replaced,
    declared,
    encoding_of,
    guess_note,
    known,
    marked,
    replaced_note,
    unmarked_utf16,
)
from infinidoc.reading.file import SAMPLE, File, read_sample
from infinidoc.reading.hyphens import Words
from infinidoc.reading.nulls import behind_nulls, is_padded_text
from infinidoc.reading.pages import Line, cut_pages, plainly_headed

LONGEST_LINE = 10_000  # characters; longer lines are cut, so that one line never fills memory
CHUNK = 1 << 20
_HYPHEN = re.compile(r"[^\W\d_][-‐][ \t]*\n")
_LOGS = (".log", ".out", ".err")
_OVERWRITTEN = re.compile(r"(?<!\r)\r+(?=[^\r])")  # by a terminal: the line goes on
_8_BIT = re.compile("›(?=[0-9]{1,3}(?:;[0-9]{1,3})*m)")  # the byte 9B of a colour, in Windows' sets
PROSE = ("", ".txt", ".text")  # names of text: elsewhere indents and hyphens are signs


class TextSource(FileSource):
    """A text file, read in constant memory however long it is."""

    kind = "text"

    def __init__(self, file: File) -> None:
        super().__init__(file)
        self.encoding, self.is_guess = detect_encoding(self.path, file.charset)

    def headed(self, lines: Iterator[Line]) -> Iterator[Line]:
        """The same lines, with the headings that begin a chapter."""
        return plainly_headed(lines)

    def cut(self, lines: Iterator[Line]) -> Iterator[Page]:
        """The pages that the lines make, all numbered 1."""
        is_prose = self.path.suffix.lower() in PROSE
        for page in cut_pages(self.headed(lines)):
            within = None if is_prose else page.within
            text = whole_words(page.text) if is_prose else page.text
            yield Page(1, text, None, page.title, page.chapter, None, page.line, within=within)

    def pages(self, start: int = 1) -> Iterator[Page]:
        replaced = Replaced()
        lines = read_lines(self.path, self.encoding, replaced)
        if self.is_guess:
            self.warnings.append(guess_note(self.encoding))
        blank = True
        for number, page in enumerate(self.cut(lines), 1):
            blank = blank and not page.text.strip()
            if number >= start:
                yield replace(page, number=number)
        if blank:
            raise SourceError("there is no text in it", where=self.location)
        if replaced.nulls:
            self.warnings.append(f"{replaced.nulls} NUL bytes were left out")
        if replaced.count:
            self.warnings.append(replaced_note(replaced.count, self.encoding))


class MarkdownSource(TextSource):
    """Markdown, with headings as CommonMark has them."""

    kind = "markdown"

    def headed(self, lines: Iterator[Line]) -> Iterator[Line]:
        from infinidoc.reading.markdown import headed

        return headed(lines)


class RestructuredSource(TextSource):
    """reStructuredText."""

    kind = "rst"

    def headed(self, lines: Iterator[Line]) -> Iterator[Line]:
        return headings.restructured(headings.including(lines, self.warnings))


class AsciidocSource(TextSource):
    """AsciiDoc."""

    kind = "asciidoc"

    def headed(self, lines: Iterator[Line]) -> Iterator[Line]:
        return headings.asciidoc(headings.including(lines, self.warnings))


class LatexSource(TextSource):
    """LaTeX, as it is written."""

    kind = "latex"

    def headed(self, lines: Iterator[Line]) -> Iterator[Line]:
        return headings.latex(headings.including(lines, self.warnings))


def whole_words(text: str) -> str:
    """The text with its broken words whole; its own words tell which hyphens are real."""
    return Words([text]).mended(text) if _HYPHEN.search(text) else text


def detect_encoding(path: Path, sent: str | None = None) -> tuple[str, bool]:
    """By byte order mark; as `sent`; UTF-8 if it may be; as declared; else a guess, True then.

    Raises SourceError for binary files.
    """
    sample = read_sample(path)
    if encoding := marked(sample):
        return encoding, False
    if sent and (encoding := known(sent)):
        return encoding, False
    if b"\0" in sample:
        sample = sample if sample.strip(b"\0") else behind_nulls(path, SAMPLE)
        if (unmarked := unmarked_utf16(sample)) is not None:
            return unmarked, True
        if not is_padded_text(sample):
            raise BinaryError("a binary file, not text", where=path, hint="text, PDF, EPUB or HTML")
    try:
        with path.open("rb") as file:
            found = encoding_of(file)
    except OSError as error:
        raise cannot_read(path, error) from error
    if found.startswith("utf"):  # words beyond ASCII that are UTF-8 by chance are not met
        return found, False
    said = declared(sample)
    return said or found, said is None


def read_lines(path: Path, encoding: str, replaced: Replaced) -> Iterator[Line]:
    """The lines of a file with their numbers; CRLF is a line end too, and CR if there is no LF."""
    is_log = not path.suffix or any(suffix.lower() in _LOGS for suffix in path.suffixes)

    def clean(text: str) -> str:
        text = obeyed(text) if is_log and "[" in text else text
        text = plain(_8_BIT.sub("\x9b", text) if encoding.startswith("cp125") else text)
        return _OVERWRITTEN.sub(" ", text) if "\r" in text else text

    try:
        with path.open("rb") as file:
            yield from _lines(file, encoding, replaced, clean)
    except OSError as error:
        raise cannot_read(path, error) from error


def _has_line_feeds(file: BinaryIO) -> bool:
    """Whether a line feed stands anywhere but at the end; the file is at its beginning after."""
    found = False
    while not found and (data := file.read(CHUNK)):
        at = data.find(b"\n")
        found = at >= 0 and bool(data[at:].strip(b"\r\n\0") or file.read(1))
    file.seek(0)
    return found


def _lines(
    file: BinaryIO, encoding: str, replaced: Replaced, clean: Callable[[str], str]
) -> Iterator[Line]:
    decoder: Any = codecs.getincrementaldecoder(encoding)(replaced.handler)
    if not _has_line_feeds(file):
        decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
    number, held = 1, ""
    while True:
        data = file.read(CHUNK)
        read = decoder.decode(data, final=not data)
        replaced.nulls += read.count("\0")
        held += read.replace("\0", "")
        *whole, held = held.split("\n")
        for text in whole:
            yield from _parts(number, clean(text.rstrip("\r")))
            number += 1
        if not data:
            break
        if len(held) > LONGEST_LINE:
            held = clean(held)
        done = max(len(held) - 1, 0) // LONGEST_LINE * LONGEST_LINE
        for at in range(0, done, LONGEST_LINE):
            yield Line(number, held[at : at + LONGEST_LINE], end="")
        held = held[done:]
    if held:
        yield from _parts(number, clean(held.rstrip("\r")))


def _parts(number: int, text: str) -> Iterator[Line]:
    """A line in pieces; a form feed in it begins a new page."""
    for index, piece in enumerate(text.split("\f")):
        for at in range(0, max(len(piece), 1), LONGEST_LINE):
            whole = at + LONGEST_LINE >= len(piece)
            breaks = index > 0 and at == 0
            yield Line(number, piece[at : at + LONGEST_LINE], breaks, "\n" if whole else "")
