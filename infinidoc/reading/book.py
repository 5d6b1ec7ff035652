"""Books of other readers than EPUB's: Kindle (.mobi) through PyMuPDF, FictionBook (.fb2).

A page here is a stretch of about 3,000 characters, and the chapter is what is cited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from infinidoc.errors import SourceError
from infinidoc.reading.document import FileSource, Page
from infinidoc.reading.html import VisibleSource
from infinidoc.reading.markup import Visible
from infinidoc.reading.pages import Line, cut_pages, plainly_headed
from infinidoc.reading.vocabulary import Attributes, XmlVocabulary, visible_in

_WIDE = 20_000  # points: a page so wide that no paragraph is broken into lines
_CONVERT = "convert it to EPUB, for example with calibre"
_LOCKED = re.compile("encrypt|drm", re.I)


class MobiSource(FileSource):
    """A Kindle book; chapters are those of its table of contents."""

    kind = "mobi"

    def pages(self, start: int = 1) -> Iterator[Page]:
        blank = True
        for number, cut in enumerate(cut_pages(plainly_headed(self._lines())), 1):
            blank = blank and not cut.text.strip()
            if number >= start:
                yield Page(number, cut.text, title=cut.title, chapter=cut.chapter)
        if blank:
            raise SourceError("there is no text in it", where=self.path)

    def _lines(self) -> Iterator[Line]:
        """Its paragraphs, each a line, with the headings that its contents name."""
        from infinidoc.reading.pdf.mupdf import failures, mupdf

        pymupdf = mupdf()
        try:
            with pymupdf.open(self.path, filetype="mobi") as book:
                book.layout(width=_WIDE, height=_WIDE, fontsize=10)
                if not 0 <= book.page_count <= self.path.stat().st_size:
                    # Unclosed headings double the size of letters: 40 make 10^9 pages.
                    what = "damaged: it would have more pages than bytes"
                    raise SourceError(what, where=self.path, hint=_CONVERT)
                titles = [
                    " ".join(title.split()) for level, title, _ in book.get_toc() if level <= 2
                ]
                texts = (page.get_text(flags=pymupdf.TEXTFLAGS_TEXT) for page in book)
                paragraphs = (line for text in texts for line in text.split("\n"))
                yield from _headed(paragraphs, titles)
        except failures() as error:
            locked = _LOCKED.search(str(error))
            what = "encrypted (copy protection)" if locked else "damaged, or no Kindle book at all"
            raise SourceError(what, where=self.path, hint=_CONVERT) from error


def _headed(paragraphs: Iterator[str], titles: list[str]) -> Iterator[Line]:
    for number, text in enumerate(paragraphs, 1):
        words = " ".join(text.split())
        heading = words if titles and words == titles[0] else None
        if heading:
            titles.pop(0)
        yield Line(number, text, heading=heading)


class _FictionBook(XmlVocabulary):
    """What the elements of FictionBook 2 are in HTML."""

    tags: ClassVar[Mapping[str, str]] = {
        "p": "p",
        "v": "div",
        "stanza": "p",
        "epigraph": "blockquote",
        "cite": "blockquote",
        "annotation": "blockquote",
        "text-author": "div",
        "subtitle": "h6",
        "book-title": "h1",
        "table": "table",
        "tr": "tr",
        "td": "td",
        "th": "th",
        "sup": "sup",
    }
    hidden = frozenset(
        """
        binary stylesheet genre author translator keywords date lang src-lang sequence coverpage
        document-info publish-info custom-info src-title-info
        """.split()
    )
    counted = frozenset(["image"])

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._titled = False

    def start(self, tag: str, attributes: Attributes) -> None:
        self._depth += tag == "section"
        super().start(tag, attributes)
        self._titled |= tag == "title"

    def end(self, tag: str) -> None:
        self._titled &= tag != "title"
        super().end(tag)
        self._depth -= tag == "section"

    def meaning(self, tag: str, attributes: Attributes) -> str | None:
        """Lines of a title are one heading; its level is how deep its section is."""
        if tag == "title":
            return f"h{min(max(self._depth, 1), 6)}"
        if tag == "p" and self._titled:
            self.reader.data(" ")
            return None
        return self.tags.get(tag)


class FictionBookSource(VisibleSource):
    """A FictionBook file; titles of its sections begin chapters."""

    kind = "fb2"

    def visible(self) -> Visible:
        page, found = visible_in(self.decoded().text, _FictionBook)
        if found["image"]:
            self.note(f"{found['image']} pictures are not read")
        return page
