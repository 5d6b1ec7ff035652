"""HTML and EPUB: text in reading order, without scripts and styles.

An EPUB is a zip file with a reading order (its spine); each item of it is a chapter here.
Their page numbers depend on the screen, so chapters are what is cited.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source, ended, file_sha256
from infinidoc.reading.text import Line, Replaced, cut_pages, detect_encoding, read_lines

_BLOCKS = frozenset(
    """
    address article aside blockquote body br caption dd div dl dt figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section summary table td th
    title tr ul
    """.split()
)
_HIDDEN = frozenset(("script", "style", "template", "noscript"))
_DECLARED = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.I)
LARGEST_CHAPTER = 64 << 20  # bytes: a zip bomb is no book


class _Text(HTMLParser):
    """Collects the visible text of a page; block elements end a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = self.verbatim = 0
        self.heading: str | None = None
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _HIDDEN
        self.verbatim += tag == "pre"
        if tag in _BLOCKS:
            self.pieces.append("\n\n" if tag in ("p", "h1", "h2", "h3") else "\n")
        self._in_heading |= tag in ("h1", "h2") and self.heading is None

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(self.hidden - (tag in _HIDDEN), 0)
        self.verbatim = max(self.verbatim - (tag == "pre"), 0)
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag in ("h1", "h2"):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        self.pieces.append(data if self.verbatim else re.sub(r"\s+", " ", data))
        if self._in_heading and data.strip():
            self.heading = " ".join(f"{self.heading or ''} {data}".split())

    def text(self) -> str:
        lines = [line.strip() if line.strip() else "" for line in "".join(self.pieces).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def visible_text(markup: str) -> tuple[str, str | None]:
    """The text a reader sees, and the first heading."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return parser.text(), parser.heading


class HtmlSource(Source):
    """An HTML file, cut into pages like plain text."""

    kind = "html"

    def __init__(self, path: Path, name: str | None = None) -> None:
        super().__init__()
        self.path = path
        self.name, self.location = name or path.stem, str(path.resolve())
        self.size = path.stat().st_size
        self.encoding = _declared(path) or detect_encoding(path)
        self.sha256 = file_sha256(path)

    def pages(self, start: int = 1) -> Iterator[Page]:
        replaced = Replaced()
        markup = "\n".join(line.text for line in read_lines(self.path, self.encoding, replaced))
        text, heading = visible_text(markup)
        if not text:
            raise SourceError("there is no text in it", where=self.location)
        if replaced.count:
            self.warnings.append(f"{replaced.count} bytes could not be decoded and were replaced")
        lines = (Line(number, line) for number, line in enumerate(text.split("\n"), 1))
        for number, page in enumerate(cut_pages(lines, markdown=False), 1):
            if number >= start:
                yield Page(number, page.text, title=page.title or heading, chapter=page.chapter)


class EpubSource(Source):
    """An EPUB book: each item of its spine is a page, titled by its own heading."""

    kind = "epub"

    def __init__(self, path: Path, name: str | None = None) -> None:
        super().__init__()
        self.path = path
        self.name, self.location = name or path.stem, str(path.resolve())
        self.size = path.stat().st_size
        self._chapters = self._spine()
        self.page_count = len(self._chapters)
        self.sha256 = file_sha256(path)

    def _spine(self) -> list[str]:
        """Names of the chapters inside the zip file, in reading order."""
        try:
            with zipfile.ZipFile(self.path) as book:
                if "META-INF/encryption.xml" in book.namelist() and "META-INF/rights.xml" in (
                    book.namelist()
                ):
                    hint = "only books without copy protection can be read"
                    raise SourceError("encrypted", where=self.path, hint=hint)
                container = _xml(book, "META-INF/container.xml")
                package = next(e for e in container.iter() if e.tag.endswith("rootfile"))
                return _reading_order(book, package.attrib["full-path"])
        except (zipfile.BadZipFile, KeyError, StopIteration, ElementTree.ParseError) as error:
            what = "damaged, or no EPUB at all"
            raise SourceError(what, where=self.path, hint="get the file again") from error

    def pages(self, start: int = 1) -> Iterator[Page]:
        with_text = 0
        with zipfile.ZipFile(self.path) as book:
            for number, chapter in enumerate(self._chapters, 1):
                page = self._page(book, chapter, number)
                with_text += bool(page.text)
                if number >= start:
                    yield page
        if not with_text:
            raise SourceError("no chapter has any text", where=self.path)

    def _page(self, book: zipfile.ZipFile, chapter: str, number: int) -> Page:
        try:
            if book.getinfo(chapter).file_size > LARGEST_CHAPTER:
                return Page(number, "", problem="too large to be a chapter, not read")
            markup = book.read(chapter).decode("utf-8-sig", "replace")
        except (KeyError, zipfile.BadZipFile, OSError, RuntimeError):
            return Page(number, "", problem="damaged, could not be read")
        text, heading = visible_text(markup)
        if not text:
            self.warnings.append(f"chapter {number} has no text (a cover or an image?)")
        return Page(number, ended(text), title=heading, chapter=bool(text))


def _xml(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    data = book.read(name)
    if b"<!ENTITY" in data:  # no book needs one, and expanding them can fill memory
        raise ElementTree.ParseError("entities are not allowed")
    return ElementTree.fromstring(data)


def _reading_order(book: zipfile.ZipFile, package: str) -> list[str]:
    root, folder = _xml(book, package), posixpath.dirname(package)
    items = {e.attrib["id"]: e.attrib for e in root.iter() if e.tag.endswith("}item")}
    order = [e.attrib["idref"] for e in root.iter() if e.tag.endswith("}itemref")]
    named = [items[item]["href"] for item in order if item in items]
    return [posixpath.normpath(posixpath.join(folder, unquote(name))) for name in named]


def _declared(path: Path) -> str | None:
    """The encoding an HTML page says it has, if Python knows it."""
    import codecs

    with path.open("rb") as file:
        found = _DECLARED.search(file.read(2048))
    if found is None:
        return None
    try:
        return codecs.lookup(found.group(1).decode()).name
    except LookupError:
        return None
