"""Formats that are known and not read: what they are called, and what to do about it.

Told by content. Knows the first bytes of files, and the names inside of zip files.
"""

from __future__ import annotations

import re
from pathlib import Path

from infinidoc.errors import SourceError
from infinidoc.reading.encoding import BINARY
from infinidoc.reading.file import File

_PDF = "save it as a PDF, and ingest that"
_SPEECH = "make a transcript of it, and ingest that"
_PICTURE = "make it a PNG or JPEG first: ingest --ocr reads the letters in those"
_UNPACK = "unpack it, and ingest the folder"
_PACKED = {  # a name inside of a zip file, or what its entry "mimetype" says
    "xl/": ("an Excel workbook", "save it as CSV or PDF, and ingest that"),
    "ppt/": ("a PowerPoint file", _PDF),
    "visio/": ("a Visio drawing", _PDF),
    "word/": ("a Word file", "save it as .docx or PDF, and ingest that"),
    "application/vnd.oasis.opendocument.spreadsheet": ("an OpenDocument sheet", "save it as CSV"),
    "application/vnd.oasis.opendocument": ("an OpenDocument file", _PDF),
    "Index/": ("a Pages, Numbers or Keynote file", _PDF),
    "META-INF/MANIFEST.MF": ("a Java archive", "ingest its sources"),
    "AndroidManifest.xml": ("an Android package", _UNPACK),
}
_POSTSCRIPT = b"%!PS-Adobe-"
_HEADER = re.compile(rb"%!PS-Adobe-\d\.\d(?: [A-Z]+-\d\.\d)?[ \t]*[\r\n]")
_STARTS = (  # offset, bytes, what it is, what to do
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file or Outlook message", _PDF),
    (0, b"\x78\x9f\x3e\x22", "Outlook's wrapping (winmail.dat)", "have it sent as HTML"),
    (0, b"AT&TFORM", "a DjVu file", "convert it to PDF, for example with ddjvu"),
    (0, b"ITSF", "compiled HTML help", "unpack it, for example with 7-Zip"),
    (0, _POSTSCRIPT, "PostScript", "convert it to PDF with ps2pdf"),
    (0, b"GIF8", "a picture", _PICTURE),
    (8, b"WEBP", "a picture", _PICTURE),
    (0, b"OggS", "a recording", _SPEECH),
    (0, b"ID3", "a recording", _SPEECH),
    (0, b"fLaC", "a recording", _SPEECH),
    (8, b"WAVEfmt", "a recording", _SPEECH),
    (4, b"ftyp", "a recording", _SPEECH),
    (0, b"\x1aE\xdf\xa3", "a recording", _SPEECH),
    (0, b"SQLite format 3\0", "a database", "export its tables as text, and ingest those"),
    (0, b"(\xb5/\xfd", "a zstd archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"PK\x03\x04", "a damaged zip archive", "get the file again"),
)
DOCUMENTS = ("Office", "Word", "Excel", "PowerPoint", "OpenDocument", "Kindle", "DjVu", "Pages")


class ForeignError(SourceError):
    """A known format that is not read; `document`: one that a person reads."""

    def __init__(self, what: str, path: Path, hint: str) -> None:
        super().__init__(f"{what}, which is not read", where=path, hint=hint)
        self.document = any(name in what for name in DOCUMENTS)


def refuse_foreign(file: File) -> None:
    """Raise ForeignError if the file is of a known format that is not read.

    Text may begin with the same letters ("ID3 is ..."); of these formats only PostScript is text.
    """
    sample = file.sample
    for at, start, what, hint in _STARTS:
        if not sample.startswith(start, at):
            continue
        if (
            _HEADER.match(sample)
            if start == _POSTSCRIPT
            else BINARY.search(sample, at + len(start))
        ):
            what, hint = package_of(file) or (what, hint)
            raise ForeignError(what, file.path, hint)


def package_of(file: File) -> tuple[str, str] | None:
    """What a zip file is by what is in it, and what to do about it; None: nothing known."""
    signs = [*file.packed, file.media_type]
    for sign, said in _PACKED.items():
        if any(name.startswith(sign) for name in signs):
            return said
    return None
