"""Which reader opens a file: told by its content first, then by its name.

The readers of this package stand in one table, in the order in which they are asked. Those of
others are found by the entry point group `infinidoc.readers` and are asked before them
(infinidoc/docs/readers.md). What opens a file is imported when there is such a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from infinidoc.errors import SourceError
from infinidoc.reading import signatures as begins
from infinidoc.reading.bundles.pack import is_pack
from infinidoc.reading.document import Source
from infinidoc.reading.encoding import BINARY
from infinidoc.reading.file import SAMPLE, File
from infinidoc.reading.foreign import package_of, refuse_foreign

GROUP = "infinidoc.readers"


class Reader(Protocol):
    """What opens files of one kind. A class of sources is one: it is called with the file."""

    @property
    def kind(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Ends of names that mean this kind where the content tells nothing: ".pdf"."""

    def recognizes(self, file: File, /) -> bool:
        """Whether the content of the file says that it is of this kind."""

    def __call__(self, file: File, /) -> Source:
        """The file as a source. Raises SourceError."""


@dataclass(frozen=True)
class BuiltIn:
    """A reader of this package; `source` is "module:class" in this room.

    `text`: its files are lines of text that anybody could read.
    """

    kind: str
    source: str
    suffixes: tuple[str, ...] = ()
    signature: Callable[[File], bool] = lambda file: False
    text: bool = False

    def recognizes(self, file: File) -> bool:
        return self.signature(file)

    def __call__(self, file: File) -> Source:
        module, _, name = self.source.partition(":")
        opened: Source = getattr(import_module(f"infinidoc.reading.{module}"), name)(file)
        return opened


def _begins(signature: Callable[[bytes], bool]) -> Callable[[File], bool]:
    return lambda file: signature(file.sample)


def _is_rtf(file: File) -> bool:
    whole = file.suffix == ".rtf" or len(file.sample) == SAMPLE
    return begins.is_rtf(file.sample) and (whole or begins.is_closed_group(file.sample))


def _is_pdf(file: File) -> bool:
    return begins.is_pdf(file.sample) and (file.suffix == ".pdf" or begins.has_objects(file.sample))


def _is_epub(file: File) -> bool:
    inside = "META-INF/container.xml" in file.packed or bool(file.packed and file.suffix == ".epub")
    return begins.is_epub(file.sample) or inside


def _is_archive(file: File) -> bool:
    return begins.is_archive(file.sample) and package_of(file) is None


def _is_markdown(file: File) -> bool:
    """By name, before HTML is looked for: in Markdown HTML is text."""
    return file.suffix in _MARKDOWN and not BINARY.search(file.sample)


def _is_drawing(file: File) -> bool:
    return file.suffix == ".svg" and b"<svg" in file.sample


_MARKDOWN = (".md", ".markdown", ".mdown")
_HTML = (".html", ".htm", ".xhtml", ".xht")
_BOX = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz")
_WORD, _SLIDES = "word/document.xml", "ppt/presentation.xml"
_ODT = "application/vnd.oasis.opendocument.text"

BUILT_IN = (
    BuiltIn("rtf", "office.rtf:RtfSource", (".rtf",), _is_rtf),
    BuiltIn("notebook", "notebook:NotebookSource", (".ipynb",), _begins(begins.is_notebook)),
    BuiltIn("mail", "mail:MailboxSource", (".mbox",), _begins(begins.is_mailbox)),
    BuiltIn("mail", "mail:MailSource", (".eml", ".mht", ".mhtml"), _begins(begins.is_mail)),
    BuiltIn("docx", "office.word:WordSource", (".docx",), lambda file: _WORD in file.packed),
    BuiltIn(
        "odt",
        "office.opendocument:OpenDocumentSource",
        (".odt", ".fodt"),
        lambda file: file.media_type.startswith(_ODT) or begins.is_flat_odt(file.sample),
    ),
    BuiltIn("pptx", "office.slides:SlidesSource", (".pptx",), lambda file: _SLIDES in file.packed),
    BuiltIn("epub", "epub:EpubSource", (".epub",), _is_epub),
    BuiltIn("mobi", "book:MobiSource", (".mobi", ".azw", ".prc"), _begins(begins.is_mobi)),
    BuiltIn("fb2", "book:FictionBookSource", (".fb2",), _begins(begins.is_fiction_book)),
    BuiltIn("pdf", "pdf.source:PdfSource", (".pdf",), _is_pdf),
    BuiltIn("picture", "pdf.source:PictureSource", (), _begins(begins.is_picture)),
    BuiltIn("markdown", "text:MarkdownSource", _MARKDOWN, _is_markdown, text=True),
    BuiltIn(
        "subtitles", "subtitles:SubtitlesSource", (".srt", ".vtt"), _begins(begins.is_subtitles)
    ),
    BuiltIn("code", "bundles.pack:PackSource", (), is_pack, text=True),
    BuiltIn("svg", "svg:SvgSource", (".svg",), _is_drawing, text=True),
    BuiltIn("html", "html:HtmlSource", _HTML, _begins(begins.is_html)),
    BuiltIn("code", "bundles.archive:ArchiveSource", _BOX, _is_archive),
    BuiltIn("latex", "text:LatexSource", (".tex", ".ltx"), _begins(begins.is_latex), text=True),
    BuiltIn("man", "man:ManSource", (), _begins(begins.is_man), text=True),
    BuiltIn("rst", "text:RestructuredSource", (".rst", ".rest"), text=True),
    BuiltIn("asciidoc", "text:AsciidocSource", (".adoc", ".asciidoc"), text=True),
    BuiltIn("table", "table:TableSource", (".csv", ".tsv", ".tab"), text=True),
    BuiltIn("jsonl", "records:JsonLinesSource", (".jsonl", ".ndjson"), text=True),
    BuiltIn("json", "records:JsonSource", (".json",), text=True),
)
TEXT = BuiltIn("text", "text:TextSource", text=True)
# Formats that hold more than their text.
DOCUMENTS = tuple(suffix for each in BUILT_IN if not each.text for suffix in each.suffixes)


def opened(file: File) -> Source:
    """A file as a source, through the reader of its kind. Raises SourceError."""
    if not file.sample:
        raise SourceError("the file is empty", where=file.path)
    reader, notes = _reader_of(file)
    source = reader(file)
    source.warnings += notes
    file.forget()
    return source


def _reader_of(file: File) -> tuple[Reader, list[str]]:
    others, notes = _others()
    readers: list[Reader] = [*others, *BUILT_IN]
    for reader in readers:
        if reader.recognizes(file):
            return reader, notes
    refuse_foreign(file)
    named = (reader for reader in readers if file.suffix in reader.suffixes)
    return next(named, TEXT), notes


@cache
def _others() -> tuple[tuple[Any, ...], list[str]]:
    """The readers of other packages, and what is to be said of those that cannot be loaded."""
    from importlib.metadata import entry_points

    found, notes = [], []
    for entry in entry_points(group=GROUP):
        try:
            found.append(entry.load())
        except Exception as error:  # a stranger's module may fail in any way
            notes.append(f"the reader {entry.name} could not be loaded ({type(error).__name__})")
    return tuple(found), notes
