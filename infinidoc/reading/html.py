"""An HTML file: the text of the page, cut into pages like plain text.

What stands around the text (navigation, a site's header and footer) is left out, and said,
unless the whole page is asked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from infinidoc.errors import SourceError
from infinidoc.reading.around import main_text
from infinidoc.reading.document import BinaryError, FileSource, Page, cannot_read
from infinidoc.reading.encoding import Decoded, NotText, decode
from infinidoc.reading.markup import Visible, visible
from infinidoc.reading.pages import Line, cut_pages, plainly_headed
from infinidoc.reading.parsing import labels

LARGEST = 64 << 20  # bytes: a page is kept in memory as a tree, some ten times as large
_XHTML = (".xhtml", ".xht")


class VisibleSource(FileSource):
    """A file whose text is known as a whole; headings of level 1 and 2 begin chapters."""

    @abstractmethod
    def visible(self) -> Visible:
        """The text and its headings; `warnings` says what is not in it."""

    def pages(self, start: int = 1) -> Iterator[Page]:
        page = self.visible()
        if not page.text:
            raise SourceError("there is no text in it", where=self.location)
        for number, cut in enumerate(cut_pages(plainly_headed(_lines(page))), 1):
            if number >= start:
                title = cut.title or page.heading
                yield Page(number, cut.text, title=title, chapter=cut.chapter)

    def note(self, note: str) -> None:
        """Say something once, however often the file is read."""
        if note not in self.warnings:
            self.warnings.append(note)

    def decoded(self) -> Decoded:
        """The markup, by the encoding it declares."""
        if self.size > LARGEST:
            what = f"a page of more than {LARGEST >> 20} MB"
            raise SourceError(what, where=self.path, hint="cut it into several files")
        try:
            data = self.path.read_bytes()
            sent = [self.file.charset] if self.file.charset else []
            decoded = decode(data, [*sent, *labels(data)])
        except OSError as error:
            raise cannot_read(self.path, error) from error
        except NotText as error:
            hint = "text, PDF, EPUB or HTML"
            raise BinaryError("a binary file, not text", where=self.path, hint=hint) from error
        for note in decoded.notes:
            self.note(note)
        return decoded


class HtmlSource(VisibleSource):
    """An HTML or XHTML file."""

    kind = "html"

    def visible(self) -> Visible:
        markup = self.decoded().text
        xml = self.path.suffix.lower() in _XHTML or markup.startswith("<?xml")
        if self.file.whole_page:
            return visible(markup, xml)
        page, around = main_text(markup, xml)
        if around:
            said = f"{around} words of navigation, footer or sidebar were left out"
            self.note(f"{said}; --whole-page keeps them")
        return page


def _lines(page: Visible) -> Iterator[Line]:
    high = {heading.line: heading.words for heading in page.headings if heading.level <= 2}
    for number, text in enumerate(page.text.split("\n")):
        yield Line(number + 1, text, heading=high.get(number))
