"""An HTML file: its visible text, cut into pages like plain text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infinidoc.errors import SourceError
from infinidoc.reading.document import FileSource, Page, cannot_read, file_sha256
from infinidoc.reading.encoding import Decoded, NotText, decode
from infinidoc.reading.markup import Visible, labels, visible
from infinidoc.reading.pages import Line, cut_pages

_XHTML = (".xhtml", ".xht")


class HtmlSource(FileSource):
    """An HTML or XHTML file; headings of level 1 and 2 begin chapters."""

    kind = "html"

    def __init__(self, path: Path, name: str | None = None) -> None:
        super().__init__(path, name)
        self.sha256 = file_sha256(path)

    def pages(self, start: int = 1) -> Iterator[Page]:
        decoded = self._decoded()
        xml = self.path.suffix.lower() in _XHTML or decoded.text.startswith("<?xml")
        page = visible(decoded.text, xml)
        if not page.text:
            raise SourceError("there is no text in it", where=self.location)
        self.warnings += [note for note in decoded.notes if note not in self.warnings]
        for number, cut in enumerate(cut_pages(_lines(page), markdown=False), 1):
            if number >= start:
                title = cut.title or page.heading
                yield Page(number, cut.text, title=title, chapter=cut.chapter)

    def _decoded(self) -> Decoded:
        try:
            data = self.path.read_bytes()
            return decode(data, labels(data))
        except OSError as error:
            raise cannot_read(self.path, error) from error
        except NotText as error:
            hint = "text, PDF, EPUB or HTML"
            raise SourceError("a binary file, not text", where=self.path, hint=hint) from error


def _lines(page: Visible) -> Iterator[Line]:
    high = {heading.line: heading.words for heading in page.headings if heading.level <= 2}
    for number, text in enumerate(page.text.split("\n")):
        yield Line(number + 1, text, heading=high.get(number))
