"""Opens what a user names, and says what kind of document it is.

The kind is told by content first (a PDF is a PDF whatever its name), then by name; in Markdown
HTML is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source, cannot_read

__all__ = ["Page", "Source", "open_file", "open_source"]

_MARKDOWN = (".md", ".markdown", ".mdown")
_ZIP = b"PK\x03\x04"
_HTML = (".html", ".htm", ".xhtml", ".xht")


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
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            from infinidoc.reading.codebase import FolderSource

            return FolderSource(
                path, lambda file: _open_file(file, None), include, exclude, max_size
            )
        if not path.exists():
            raise SourceError("no such file or folder", where=source, hint="check the path")
        if not path.is_file():
            raise SourceError("neither a file nor a folder", where=source)
    except OSError as error:
        raise cannot_read(path, error) from error
    except ValueError as error:  # a NUL in the path
        raise SourceError("no such file or folder", where=repr(str(source))) from error
    return _open_file(path, password)


def _open_file(path: Path, password: str | None, name: str | None = None) -> Source:
    from infinidoc.reading.signatures import is_epub, is_html, is_pdf
    from infinidoc.reading.text import TextSource, read_sample

    sample, suffix = read_sample(path), path.suffix.lower()
    if not sample:
        raise SourceError("the file is empty", where=path)
    if contained := _open_container(path, sample, suffix, name):
        return contained
    if is_pdf(sample) or suffix == ".pdf":
        from infinidoc.reading.pdf import PdfSource

        return PdfSource(path, password, name)
    if is_epub(sample) or suffix == ".epub":
        from infinidoc.reading.epub import EpubSource

        return EpubSource(path, name)
    if suffix in _HTML or (suffix not in _MARKDOWN and is_html(sample)):
        from infinidoc.reading.html import HtmlSource

        return HtmlSource(path, name)
    from infinidoc.reading.foreign import refuse_foreign

    refuse_foreign(path, sample)
    return TextSource(path, "markdown" if suffix in _MARKDOWN else "text", name)


def _open_container(path: Path, sample: bytes, suffix: str, name: str | None) -> Source | None:
    """A file that wraps its text in something else: mail, notebooks, rich text, Word."""
    from infinidoc.reading.mail import MailSource, is_mail, is_mailbox
    from infinidoc.reading.notebook import NotebookSource, is_notebook
    from infinidoc.reading.rtf import RtfSource, is_rtf

    if is_rtf(sample):
        return RtfSource(path, name)
    if is_notebook(sample, suffix):
        return NotebookSource(path, name)
    box = is_mailbox(sample)
    if box or is_mail(sample, suffix):
        return MailSource(path, name, box=box)
    if sample.startswith(_ZIP):
        from infinidoc.reading.foreign import packed_names
        from infinidoc.reading.word import BODY, WordSource

        return WordSource(path, name) if BODY in packed_names(path) else None
    return None


def open_file(path: Path, password: str | None = None, name: str | None = None) -> Source:
    """One file as a source, called `name`, or as the file is."""
    return _open_file(path, password, name)
