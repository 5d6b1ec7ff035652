"""Cited sentences on the page itself: marked in a copy of a PDF, or shown at its page.

The source is only read. It must be the file that was ingested: in another one the words might
stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infinidoc.errors import SourceError, UsageError
from infinidoc.reading.document import file_sha256
from infinidoc.reading.pdf.mupdf import failures, mupdf
from infinidoc.text import even

if TYPE_CHECKING:
    from infinidoc.store import Store

WORDS = 5  # that are looked for together where a whole sentence is not found


@dataclass(frozen=True)
class Quotation:
    """Words of a page of a source, as an answer cites them."""

    source: Path
    page: int  # from 1, within the source
    text: str


def quotations(store: Store, result: dict[str, Any]) -> list[Quotation]:
    """What an answer (the keys of `ask --json`) cites, else its passages, with their files."""
    cited = result["citations"] or result["evidence"][:1]
    found = []
    for each in cited:
        document = store.document(each["document"])
        if document["imported"] is not None:  # its source is what a stranger wrote there
            what = "it was imported: its file is not known here"
            raise SourceError(what, where=document["name"], hint="infinidoc ingest FILE")
        path, first = _source_of(store, document["id"], each["page"])
        found.append(Quotation(path, each["page"] - first + 1, each["text"]))
    return found


def _source_of(store: Store, document: int, page: int) -> tuple[Path, int]:
    """The file that a page was read from, and its first page in the document."""
    part = [part for part in store.parts(document) if part["first_page"] <= page][-1]
    path = Path(part["source"])
    if not path.is_file():
        raise SourceError("the file it was read from is not there", where=part["source"])
    if file_sha256(path) != part["sha256"]:
        hint = "infinidoc ingest reads it again"
        raise SourceError("the file has changed since it was read", where=path, hint=hint)
    return path, part["first_page"]


def highlight(quoted: Sequence[Quotation], target: Path) -> int:
    """Write a copy of the PDF with the quotations marked; returns how many were found in it."""
    source = quoted[0].source
    if target.exists() and target.resolve() == source.resolve():
        raise UsageError("this would write over the source", where=target)
    broken: tuple[type[Exception], ...] = (*failures(), OSError)
    try:
        with mupdf().open(source) as book:
            if not book.is_pdf:
                raise UsageError("only a PDF can be marked", where=source)
            pages = [one for one in quoted if one.source == source and 0 < one.page <= len(book)]
            found = sum(_mark(book[one.page - 1], one.text) for one in pages)
            book.save(target)
    except broken as error:
        raise SourceError("its copy cannot be made", where=target) from error
    return found


def _mark(page: Any, text: str) -> bool:
    """Mark a sentence; where lines were joined or a head left out, the parts that are found."""
    words = even(text).split()
    areas = page.search_for(" ".join(words), quads=True) or [
        area for part in _parts(words) for area in page.search_for(part, quads=True)
    ]
    if areas:
        page.add_highlight_annot(areas)
    return bool(areas)


def _parts(words: list[str]) -> Iterator[str]:
    for start in range(0, len(words), WORDS):
        if len(part := words[start : start + WORDS]) > 2:
            yield " ".join(part)


def link(one: Quotation) -> str:
    """Where a viewer or browser shows the page."""
    return f"{one.source.resolve().as_uri()}#page={one.page}"
