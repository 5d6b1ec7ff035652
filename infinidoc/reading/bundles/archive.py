"""Archives (zip, tar, one compressed file): unpacked into a temporary folder, and read as that.

Safely: what an archive may hold is limited in bytes, entries and depth; an entry whose path
leaves the archive, a link or a device is not unpacked, and is named.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from infinidoc.control import named
from infinidoc.errors import SourceError
from infinidoc.reading.bundles.folder import FolderSource
from infinidoc.reading.document import FileSource, Page, Source
from infinidoc.reading.file import DAMAGED_ZIP, DEEPEST, File
from infinidoc.reading.readers import opened

LARGEST = 1 << 30  # bytes of all that is in an archive, unpacked
MOST = 20_000  # entries
CHUNK = 1 << 20
_HINT = "unpack what you need of it, and ingest the folder"
_COMPRESSED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
_BROKEN = (*DAMAGED_ZIP, tarfile.TarError)

Entry = tuple[str, str | None, Any]  # its name, why it is not unpacked, what opens it


class ArchiveSource(FileSource):
    """An archive as the folder, or the file, that it holds."""

    kind = "code"

    def __init__(self, file: File) -> None:
        super().__init__(file)
        if file.depth >= DEEPEST:
            what = f"archives in archives, or in messages, more than {DEEPEST} deep"
            raise SourceError(what, where=self.path, hint=_HINT)
        self._folder = tempfile.TemporaryDirectory(prefix="infinidoc-")
        name = self.path.stem.removesuffix(".tar") or "archive"
        self._root = Path(self._folder.name) / name
        self._root.mkdir()
        self._left_out: list[tuple[str, str]] = []
        self._inner = self._unpacked()
        self.name = named(file.name or self._inner.name)
        self.kind, self.page_count = self._inner.kind, self._inner.page_count
        self.warnings = self._inner.warnings

    def pages(self, start: int = 1) -> Iterator[Page]:
        number = 0
        for number, page in enumerate(self._inner.pages(), 1):
            if number >= start:
                yield page
        for more, (name, why) in enumerate(self._left_out, number + 1):
            if more >= start:
                yield Page(more, "", title=name, path=name, problem=why)

    def _unpacked(self) -> Source:
        """What the archive holds, as a source."""
        try:
            if self.file.sample.startswith(b"PK"):
                with zipfile.ZipFile(self.path) as packed:
                    self._unpack(_zipped(packed, self.file.password))
            elif tarfile.is_tarfile(self.path):
                with tarfile.open(self.path) as archive:
                    self._unpack(_tarred(archive))
            else:
                return self._decompressed()
        except _BROKEN as error:
            what = "a damaged archive"
            raise SourceError(what, where=self.path, hint="get the file again") from error
        return FolderSource(self._root, self._open)

    def _open(self, path: Path) -> Source:
        return opened(replace(self.file, path=path, name=None, depth=self.file.depth + 1))

    def _decompressed(self) -> Source:
        """The one file that was compressed, under its name without the last suffix."""
        path = self._root / (self.path.stem or "file")
        with _COMPRESSED[self.file.sample[:2]](self.path, "rb") as packed:
            _copy(packed, path, LARGEST, self.path)
        return self._open(path)

    def _unpack(self, entries: Iterator[Entry]) -> None:
        """Write the files of an archive under the root. Raises SourceError beyond the limits."""
        left = LARGEST
        for count, (name, why, open_entry) in enumerate(entries):
            if count >= MOST:
                what = f"an archive of more than {MOST} entries"
                raise SourceError(what, where=self.path, hint=_HINT)
            if why is None:
                try:
                    left -= self._write(name, open_entry, left)
                    continue
                except (NotADirectoryError, IsADirectoryError, ValueError):
                    why = "its name is no name of a file, not read"
                except _BROKEN as error:
                    if getattr(error, "errno", None) not in (None, errno.EEXIST):
                        raise  # the disk's, not the entry's
                    why = "damaged or encrypted, could not be unpacked"
            self._left_out.append((named(name), why))

    def _write(self, name: str, open_entry: Any, left: int) -> int:
        target = self._root.joinpath(*PurePosixPath(name).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_entry() as packed:
            return _copy(packed, target, left, self.path)


def _zipped(packed: zipfile.ZipFile, password: str | None) -> Iterator[Entry]:
    secret = password.encode() if password else None
    for info in packed.infolist():
        if not info.is_dir():
            link = (info.external_attr >> 16) & 0o170000 == 0o120000
            why = "a link, not read" if link else _trick(info.filename)
            yield info.filename, why, lambda info=info: packed.open(info, pwd=secret)


def _tarred(archive: tarfile.TarFile) -> Iterator[Entry]:
    for member in archive:
        if not member.isdir():
            why = None if member.isfile() else "a link or a device, not read"
            yield member.name, why or _trick(member.name), lambda m=member: archive.extractfile(m)


def _trick(name: str) -> str | None:
    """Why a path is refused: one that is absolute or climbs out of the archive."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    absolute = name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":")
    out = absolute or ".." in parts or "\0" in name or not parts
    return "its path leads out of the archive, not read" if out else None


def _copy(packed: IO[bytes], target: Path, left: int, where: Path) -> int:
    """Copy a file of an archive; the bytes written, at most `left`."""
    written = 0
    with target.open("xb") as file:
        while data := packed.read(CHUNK):
            written += len(data)
            if written > left:
                what = f"an archive of more than {LARGEST >> 20} MB unpacked"
                raise SourceError(what, where=where, hint=_HINT)
            file.write(data)
    return written
