"""A file as it stands before anyone reads it: its path, its first bytes, how it is to be read.

Knows bytes and names, no formats.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infinidoc.reading.document import cannot_read

SAMPLE = 1 << 16  # bytes that are looked at
DEEPEST = 3  # archives and messages in one another
_ZIP = b"PK\x03\x04"
# What opening a damaged zip file raises, and unpacking an entry of it.
DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class File:
    """What is to be opened.

    `name`: what the document is called, if not as the file; `password` opens encrypted PDFs and
    archives; `whole_page` keeps what stands around the text of a web page; `ocr` recognizes
    letters in pictures of pages; `depth`: the number of archives and messages that it
    is in; `charset`: the encoding that its sender declares.
    """

    path: Path
    name: str | None = None
    password: str | None = None
    whole_page: bool = False
    ocr: bool = False
    depth: int = 0
    charset: str | None = None

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters: ".pdf"."""
        return self.path.suffix.lower()

    @cached_property
    def sample(self) -> bytes:
        """Its first bytes, at most SAMPLE of them."""
        return read_sample(self.path)

    @cached_property
    def packed(self) -> tuple[str, ...]:
        """The names in it, if it is a zip file; () if it is none, or a damaged one."""
        if not self.sample.startswith(_ZIP):
            return ()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return tuple(archive.namelist())
        except DAMAGED_ZIP:
            return ()

    def forget(self) -> None:
        """Keep nothing of its content: a folder has many files."""
        for known in ("sample", "packed", "media_type"):
            self.__dict__.pop(known, None)

    @cached_property
    def media_type(self) -> str:
        """What its entry "mimetype" says, if it is a zip file with one; else ""."""
        if "mimetype" not in self.packed:
            return ""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open("mimetype") as entry:
                return entry.read(200).decode("ascii", "replace").strip()
        except DAMAGED_ZIP:
            return ""


def read_sample(path: Path) -> bytes:
    """The first bytes of a file. Raises SourceError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(SAMPLE)
    except OSError as error:
        raise cannot_read(path, error) from error
