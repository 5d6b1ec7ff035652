"""PDF through PyMuPDF, page by page: text, printed labels, chapters from the outline.

Pages without text are named, never silently skipped; MuPDF's own messages become warnings
and never reach stdout. The only file that imports pymupdf besides markup.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source, ended, file_sha256

NO_TEXT = "no text (a scanned image?)"
_OCR = "make it searchable first, for example with ocrmypdf"


def mupdf() -> Any:
    """pymupdf, with its messages kept off stdout."""
    os.environ.setdefault("PYMUPDF_MESSAGE", "fd:2")
    os.environ.setdefault("PYMUPDF_SUGGEST_LAYOUT_ANALYZER", "0")
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    return pymupdf


class PdfSource(Source):
    """A PDF file."""

    kind = "pdf"

    def __init__(self, path: Path, password: str | None = None, name: str | None = None) -> None:
        super().__init__()
        self.path, self.password = path, password
        self.name, self.location = name or path.stem, str(path.resolve())
        self.size = path.stat().st_size
        with self._open() as document:
            self.page_count = document.page_count
        self.sha256 = file_sha256(path)

    def _open(self) -> Any:
        pymupdf = mupdf()
        pymupdf.TOOLS.reset_mupdf_warnings()
        try:
            document = pymupdf.open(self.path, filetype="pdf")
        except (RuntimeError, ValueError) as error:
            what = "damaged, or no PDF at all"
            raise SourceError(what, where=self.path, hint="get the file again") from error
        if document.needs_pass and not document.authenticate(self.password or ""):
            what = "encrypted" if self.password is None else "encrypted, and not with this password"
            raise SourceError(what, where=self.path, hint="give its password with --password")
        if document.page_count == 0:
            hint = "get the file again"
            raise SourceError("damaged: it has no pages", where=self.path, hint=hint)
        return document

    def pages(self, start: int = 1) -> Iterator[Page]:
        without_text = 0
        with self._open() as document:
            self._warn_of_repair()
            chapters = _chapters(document)
            for index in range(document.page_count):
                page = self._page(document, index, chapters)
                without_text += not page.text
                if page.number >= start:
                    yield page
        if without_text == self.page_count:
            raise SourceError("no page has any text: a scan", where=self.path, hint=_OCR)
        if without_text:
            share = f"{without_text} of {self.page_count} pages have no text"
            self.warnings.append(f"{share}; {_OCR}")

    def _page(self, document: Any, index: int, chapters: dict[int, str]) -> Page:
        number = index + 1
        title = next((chapters[n] for n in range(number, 0, -1) if n in chapters), None)
        chapter = number in chapters
        label, text, problem = None, "", None
        try:
            page = document.load_page(index)
            label = page.get_label() or None
            text = ended(page.get_text())
        except (RuntimeError, ValueError):
            problem = "damaged, could not be read"
        if not text.strip():
            text, problem = "", problem or NO_TEXT
        text = text.encode("utf-8", "replace").decode("utf-8")
        return Page(number, text, label, title, chapter, problem=problem)

    def _warn_of_repair(self) -> None:
        said = mupdf().TOOLS.mupdf_warnings()
        if "repair" in said and not any("repaired" in warning for warning in self.warnings):
            self.warnings.append("the file is damaged and was repaired; some of it may be missing")


def _chapters(document: Any) -> dict[int, str]:
    """First page of each top-level outline entry (two levels if there is but one at the top)."""
    try:
        outline = [entry for entry in document.get_toc(simple=True) if entry[2] >= 1]
    except (RuntimeError, ValueError):
        return {}
    for depth in (1, 2):
        found: dict[int, str] = {}
        for level, title, page in outline:
            if level <= depth and title.strip():
                found.setdefault(page, " ".join(title.split()))
        if len(found) > 1:
            return found
    return found
