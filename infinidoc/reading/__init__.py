"""Opens what a user names, and says what kind of document it is.

The kind is told by content first (a PDF is a PDF whatever its name), then by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source, cannot_read, printable

__all__ = ["Page", "Source", "open_source"]

_HTML = (".html", ".htm", ".xhtml")
_ZIP = b"PK\x03\x04"


def open_source(
    source: str | Path | BinaryIO,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_size: int | None = None,
    password: str | None = None,
) -> Source:
    """A file, a folder, or a binary stream (stdin) as a source of pages.

    `include`, `exclude` (globs as in .gitignore) and `max_size` (bytes) choose the files
    of a folder; `password` opens an encrypted PDF. Raises SourceError.
    """
    if not isinstance(source, (str, Path)):
        from infinidoc.reading.stream import StreamSource

        return StreamSource(source, lambda path, name: _open_file(path, password, name))
    path = _existing(source)
    if not path.is_dir():
        return _open_file(path, password)
    from infinidoc.reading.codebase import FolderSource

    return FolderSource(path, lambda file: _open_file(file, password), include, exclude, max_size)


def _existing(source: str | Path) -> Path:
    """The path of a file or folder that is there."""
    try:
        path = Path(source).expanduser()
        if not path.exists():
            hint = "check the path"
            raise SourceError("no such file or folder", where=printable(path), hint=hint)
        if not (path.is_file() or path.is_dir()):
            hint = "to read from a pipe, give - as the path"
            raise SourceError("neither a file nor a folder", where=printable(path), hint=hint)
    except OSError as error:
        raise cannot_read(source, error) from error
    except (ValueError, RuntimeError) as error:  # a NUL in the path, or ~ of an unknown user
        raise SourceError("no such file or folder", where=repr(str(source))) from error
    return path


def _open_file(path: Path, password: str | None, name: str | None = None) -> Source:
    from infinidoc.reading.text import MARKDOWN, TextSource, read_sample

    sample, suffix = read_sample(path), path.suffix.lower()
    if not sample:
        raise SourceError("the file is empty", where=path)
    if suffix == ".pdf" or _is_pdf(sample):
        from infinidoc.reading.pdf import PdfSource

        return PdfSource(path, password, name)
    if suffix == ".epub" or (sample.startswith(_ZIP) and b"application/epub+zip" in sample[:200]):
        from infinidoc.reading.markup import EpubSource

        return EpubSource(path, name)
    start = sample[:512].lstrip().lower()
    if suffix in _HTML or start.startswith((b"<!doctype html", b"<html")):
        from infinidoc.reading.markup import HtmlSource

        return HtmlSource(path, name)
    return TextSource(path, "markdown" if suffix in MARKDOWN else "text", name)


def _is_pdf(sample: bytes) -> bool:
    """A PDF may begin with a little rubbish; a text that only mentions its mark is none."""
    if sample.lstrip().startswith(b"%PDF-"):
        return True
    return b"%PDF-" in sample[:1024] and not sample.isascii()
