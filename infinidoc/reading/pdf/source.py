"""PDF through PyMuPDF, page by page: text, printed labels, chapters from the outline.

Pages without text are named, never silently skipped; MuPDF's own messages become warnings
and never reach stdout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.labels import recognized
from infinidoc.reading.alive import alive
from infinidoc.reading.document import BinaryError, FileSource, Page, ended
from infinidoc.reading.file import File
from infinidoc.reading.hyphens import Words
from infinidoc.reading.pdf import ocr
from infinidoc.reading.pdf.fields import with_fields
from infinidoc.reading.pdf.layout import lines_of
from infinidoc.reading.pdf.letters import (
    FEWEST_WORDS,
    NO_LETTERS,
    SOME_LETTERS,
    Unknown,
    is_language,
    known_runs,
    unmapped_fonts,
)
from infinidoc.reading.pdf.mupdf import failures, mupdf
from infinidoc.reading.pdf.outline import chapters, label_of, title_on
from infinidoc.reading.pdf.rules import with_rows
from infinidoc.reading.pdf.runs import Run, is_shown, runs_of
from infinidoc.reading.running import parted

DAMAGED = "damaged, could not be read"
LOST = "nothing is left on it: the file is damaged"
DYNAMIC = "a dynamic form (XFA), whose content is not read: print it to a new PDF"
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f]")
_DRAWN = (1, 2, 16, 19)  # types of annotations: links, text on the page, pop-ups, fields
NO_TEXT = "no text (a scanned image?)"
_FORCED_OCR = "ingest --ocr reads them from the picture of the page"
_OCR = "ingest --ocr reads them"
BLANK_PICTURE = "a picture in which no text was found"
PICTURE = "a picture"


class PdfSource(FileSource):
    """A PDF file."""

    kind = "pdf"
    filetype: str | None = "pdf"

    def __init__(self, file: File) -> None:
        super().__init__(file)
        self.password = file.password
        if file.ocr:
            ocr.require()
        with self._open() as document:
            self.page_count = document.page_count

    def _open(self) -> Any:
        pymupdf = mupdf()
        pymupdf.TOOLS.reset_mupdf_warnings()
        try:
            document = pymupdf.open(self.path, filetype=self.filetype)
            pages = document.page_count
        except failures() as error:
            what = "damaged, or no PDF at all"
            raise SourceError(what, where=self.path, hint="get the file again") from error
        if document.needs_pass and not document.authenticate(self.password or ""):
            what = "encrypted" if self.password is None else "encrypted, and not with this password"
            raise SourceError(what, where=self.path, hint="give its password with --password")
        if pages == 0:
            hint = "get the file again"
            raise SourceError("damaged: it has no pages", where=self.path, hint=hint)
        return document

    def pages(self, start: int = 1) -> Iterator[Page]:
        """The whole file is looked at first: its words tell which hyphens are real."""
        with self._open() as document:
            yield from self._pages(document, start)

    def _pages(self, document: Any, start: int) -> Iterator[Page]:
        found, dynamic = chapters(document), _is_dynamic(document)
        sheets = [self._sheet(document, index) for index in range(document.page_count)]
        self._warn_of_repair(document)
        is_text = is_language([word for sheet in sheets for word in sheet.unknown.words])
        for sheet in sheets:
            sheet.settle(is_text)
        if not self.file.ocr:
            self._refuse_blank(sheets)
        if comments := sum(sheet.comments for sheet in sheets):
            self.warnings.append(f"{comments} comments in the margin are not read")
        if dynamic and not sheets[0].problem:
            sheets[0].problem = DYNAMIC
        words = _mend(sheets)
        read: list[float] = []
        for number, sheet in enumerate(sheets[start - 1 :], start):
            if self.file.ocr and sheet.problem in _PICTURES:
                read += sheet.recognize(document.load_page(number - 1), number, words)
            title, text = title_on(number, found), sheet.text
            yield Page(number, text, sheet.label, title, number in found, problem=sheet.problem)
        if read:
            self.warnings.append(
                f"{len(read)} of {len(sheets)} pages were read from a picture (OCR), "
                f"{min(read):.0%} to {max(read):.0%} sure: check what is quoted"
            )
        elif self.file.ocr and start == 1 and not any(sheet.text for sheet in sheets):
            raise SourceError("no page has any text, nor a picture of some", where=self.path)

    def _sheet(self, document: Any, index: int) -> Sheet:
        sheet, tools = Sheet(), mupdf().TOOLS
        tools.reset_mupdf_warnings()
        try:
            page = document.load_page(index)
            sheet.label = label_of(page)
            sheet.read(page)
            damaged = document.is_repaired or tools.mupdf_warnings()
            if not sheet.text and damaged and not page.get_bboxlog():
                sheet.problem = LOST
        except failures():
            sheet.problem = DAMAGED
        alive()
        return sheet

    def _refuse_blank(self, sheets: Sequence[Sheet]) -> None:
        """Raises SourceError if no page has text; warns if some have none."""
        blank = [sheet for sheet in sheets if not sheet.text]
        lost = sum(sheet.problem in (DAMAGED, LOST) for sheet in sheets)
        unknown = any(sheet.problem in (NO_LETTERS, SOME_LETTERS) for sheet in sheets)
        hint = _FORCED_OCR if unknown else _OCR
        if lost == len(sheets):
            what = "damaged: no page could be read"
            raise SourceError(what, where=self.path, hint="get the file again")
        if len(blank) == len(sheets):
            nothing = "no page has text with known letters" if unknown else "no page has any text"
            why = "fonts without a character map" if unknown else "a scan"
            raise SourceError(f"{nothing}: {why}", where=self.path, hint=hint)
        if lost:
            self.warnings.append(f"{lost} of {len(sheets)} pages are lost: the file is damaged")
        if len(blank) > lost:
            count = len(blank) - lost
            self.warnings.append(f"{count} of {len(sheets)} pages have no text; {hint}")
        elif unknown:
            self.warnings.append(f"text without known letters was left out; {hint}")

    def _warn_of_repair(self, document: Any) -> None:
        if document.is_repaired and not any("repaired" in warning for warning in self.warnings):
            self.warnings.append("the file is damaged and was repaired; some of it may be missing")


def _mend(sheets: Sequence[Sheet]) -> Words:
    """Make broken words of pages whole, also between pages; the words of the document."""
    pages = parted([sheet.text for sheet in sheets])
    words = Words(text for page in pages for text in (page.head, page.body, page.foot))
    for page, following in pairwise(pages):
        page.body, following.body = words.across(page.body, following.body)
    for sheet, page in zip(sheets, pages, strict=True):
        sheet.text = "".join(map(words.mended, (page.head, page.body, page.foot)))
    return words


def _is_dynamic(document: Any) -> bool:
    """Whether the pages only stand for a form (XFA) that Adobe's programs draw."""
    try:
        catalog = document.pdf_catalog()
        return bool(document.xref_get_key(catalog, "NeedsRendering")[1] == "true")
    except failures():
        return False


_PICTURES = (NO_TEXT, NO_LETTERS, SOME_LETTERS)


class PictureSource(PdfSource):
    """A picture of a page, or several in one file: read with `ocr` only."""

    kind = "picture"
    filetype = None

    def __init__(self, file: File) -> None:
        if not file.ocr:
            raise BinaryError(PICTURE, where=file.path, hint="--ocr reads the letters in it")
        super().__init__(file)

    def _open(self) -> Any:
        """The pictures as the pages of a PDF."""
        with super()._open() as pictures:
            try:
                return mupdf().open("pdf", pictures.convert_to_pdf())
            except failures() as error:
                what, hint = "a damaged picture", "get the file again"
                raise SourceError(what, where=self.path, hint=hint) from error


class Sheet:
    """A page as it is read before the whole document is known."""

    def __init__(self) -> None:
        self.text, self.known_text = "", ""
        self.label: str | None = None
        self.problem: str | None = None
        self.comments = 0
        self.unknown = Unknown([], 0)

    def read(self, page: Any) -> None:
        """The text of a PyMuPDF page, in reading order."""
        flags = mupdf().TEXTFLAGS_TEXT
        raw = page.get_text("rawdict", flags=flags)
        runs = runs_of(raw, unmapped_fonts(raw))
        try:
            runs = with_fields(runs, page)
        except failures():
            self.problem = "its form is damaged: values of fields may be missing"
        self.comments = sum(_is_comment(note) for note in page.annots())
        self.unknown = Unknown.of(runs)
        self.text = _text(_with_rows(runs, page))
        self.known_text = _text(known_runs(runs)) if self.unknown.matters() else self.text

    def recognize(self, page: Any, number: int, words: Words) -> list[float]:
        """Read the picture of the page in the place of its text; [how sure], [] if it has none."""
        try:
            if not page.get_bboxlog():  # nothing is drawn on it
                return []
            runs, sure = ocr.recognize(page)
        except failures():
            self.problem = DAMAGED
            return []
        if not runs:
            self.problem = self.problem if self.text else BLANK_PICTURE
            return []
        self.text, self.problem = words.mended(_text(runs)), None
        self.label = recognized(number, self.label, sure)
        return [sure]

    def settle(self, is_text: bool) -> None:
        """Leave out glyphs of unknown letters, and say so; `is_text`: others are letters."""
        words = self.unknown.words
        if self.unknown.matters() and not (
            is_language(words) if len(words) >= FEWEST_WORDS else is_text
        ):
            self.text = self.known_text
            self.problem = SOME_LETTERS if self.text else NO_LETTERS
        if self.text and not any(is_shown(letter) for letter in self.text):
            self.text, self.problem = "", NO_LETTERS
        if not self.text:
            self.problem = self.problem or NO_TEXT


def _with_rows(runs: list[Run], page: Any) -> list[Run]:
    try:
        return with_rows(runs, page)
    except failures():  # what is drawn is damaged
        return runs


def _is_comment(note: Any) -> bool:
    """Whether words stand in an annotation and not on the page."""
    return note.type[0] not in _DRAWN and bool(note.info["content"].strip())


def _text(runs: Sequence[Run]) -> str:
    text = _CONTROL.sub("", ended("\n".join(lines_of(runs))))
    return text.encode("utf-8", "replace").decode("utf-8") if text.strip() else ""
