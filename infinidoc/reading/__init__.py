"""Opens what a user names, and says what kind of document it is.

The kind is told by content first (a PDF is a PDF whatever its name), then by name; see
`readers.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from infinidoc.errors import SourceError
from infinidoc.reading.document import FileSource, Page, Source, cannot_read, is_address
from infinidoc.reading.file import File
from infinidoc.reading.parts import Part, PartsSource
from infinidoc.reading.readers import Reader, opened

__all__ = [
    "File",
    "FileSource",
    "Page",
    "Part",
    "PartsSource",
    "Reader",
    "Source",
    "is_address",
    "open_file",
    "open_source",
]


def open_source(
    source: str | Path | BinaryIO | Sequence[str | Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_size: int | None = None,
    password: str | None = None,
    whole_page: bool = False,
    ocr: bool = False,
) -> Source:
    """A file, a folder, a binary stream (stdin), or several paths as one source of pages.

    `include`, `exclude` (globs as in .gitignore) and `max_size` (bytes) choose the files
    of a folder; `password` opens an encrypted PDF or archive; `whole_page` keeps what stands
    around the text of web pages; `ocr` reads pages that are pictures. Raises SourceError.
    """
    file = File(Path(), password=password, whole_page=whole_page, ocr=ocr)
    chosen = (include, exclude, max_size)
    if isinstance(source, (str, Path)):
        return _open_path(Path(source).expanduser(), file, chosen)
    if isinstance(source, Sequence):
        from infinidoc.reading.bundles.joined import JoinedSource

        paths = [Path(path).expanduser() for path in source]
        return JoinedSource([(path, _open_path(path, file, chosen)) for path in paths])
    from infinidoc.reading.stream import StreamSource

    return StreamSource(source, lambda path, name: opened(replace(file, path=path, name=name)))


def _open_path(
    path: Path, file: File, chosen: tuple[Sequence[str], Sequence[str], int | None]
) -> Source:
    try:
        if path.is_dir():
            from infinidoc.reading.bundles.folder import FolderSource

            return FolderSource(path, lambda found: opened(replace(file, path=found)), *chosen)
        if not path.exists():
            raise SourceError("no such file or folder", where=path, hint="check the path")
        if not path.is_file():
            raise SourceError("neither a file nor a folder", where=path)
    except OSError as error:
        raise cannot_read(path, error) from error
    except ValueError as error:  # a NUL in the path
        raise SourceError("no such file or folder", where=repr(str(path))) from error
    return opened(replace(file, path=path))


def open_file(path: Path, name: str, **how: Any) -> Source:
    """One file as a source that is called `name`; `how` has the fields of File."""
    return opened(File(path, name, **how))
