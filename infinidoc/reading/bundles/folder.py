"""A folder as one document: its text files in a stable order, with path and line kept.

A file is opened as it would be alone. Which files are meant is told by `walk.py`; binaries and
very large files are left out, too, and a warning says which.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from infinidoc.control import named
from infinidoc.errors import SourceError
from infinidoc.reading.bundles.joined import failed, placed
from infinidoc.reading.bundles.walk import FolderWalk
from infinidoc.reading.document import BinaryError, Page, Source, file_sha256
from infinidoc.reading.file import SAMPLE, read_sample
from infinidoc.reading.readers import DOCUMENTS

LARGEST = 1 << 20  # bytes of one file

OpenFile = Callable[[Path], Source]


class FolderSource(Source):
    """A folder of text files."""

    kind = "code"

    def __init__(
        self,
        root: Path,
        open_file: OpenFile,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        max_size: int | None = None,
    ) -> None:
        super().__init__()
        walk = FolderWalk(root, include, exclude)
        self.root, self._open_file = walk.root, open_file
        self._largest = LARGEST if max_size is None else max_size
        self.name, self.location = named(self.root.name), named(self.root)
        self._opened: dict[PurePosixPath, Source | SourceError] = {}
        self.files = sorted(self._readable(walk), key=_order)
        self.warnings += walk.told()
        if not self.files:
            hint = "; ".join(self.warnings) or "check --include and --exclude"
            raise SourceError("no readable text in this folder", where=root, hint=hint)
        self.size = sum((self.root / file).stat().st_size for file in self.files)
        self.sha256 = self._digest()

    def pages(self, start: int = 1) -> Iterator[Page]:
        number = 0
        for file in self.files:
            for page in self._file_pages(file):
                number += 1
                if number >= start:
                    yield replace(page, number=number)

    def _file_pages(self, file: PurePosixPath) -> Iterator[Page]:
        """The pages of one file; a file that fails is a page with a problem."""
        source = self._opened[file]
        if isinstance(source, SourceError):
            yield failed(named(file), source)
            return
        yield from placed(source, named(file))
        said = [f"{named(file)}: {warning}" for warning in source.warnings]
        self.warnings += [warning for warning in said if warning not in self.warnings]

    # -- what to read ------------------------------------------------------------------------

    def _readable(self, walk: FolderWalk) -> Iterator[PurePosixPath]:
        for entry in walk.files():
            path = Path(entry.path)
            reason = self._refuse(entry, path, walk.relative(path))
            if reason:
                walk.leave_out(reason, path)
            else:
                yield walk.relative(path)

    def _refuse(self, entry: os.DirEntry[str], path: Path, name: PurePosixPath) -> str | None:
        """Why this file is not read, or None: then it is opened."""
        size = entry.stat().st_size
        if size > self._largest and path.suffix.lower() not in DOCUMENTS:
            return f"files larger than {self._largest // 1024} KiB"
        try:
            if size == 0 or (size < SAMPLE and not read_sample(path).strip()):
                return "empty files"
            opened: Source | SourceError = self._open_file(path)
        except SourceError as error:
            opened = error
        if isinstance(opened, BinaryError) or getattr(opened, "document", True) is False:
            return "binary files"
        self._opened[name] = opened
        return None

    def _digest(self) -> str:
        """Over the paths and contents of all files that are read."""
        total = hashlib.sha256()
        for file in self.files:
            known = getattr(self._opened[file], "sha256", None)
            total.update(
                f"{file}\0{known or _sha256(self.root / file)}\n".encode(errors="backslashreplace")
            )
        return total.hexdigest()


def _sha256(path: Path) -> str:
    """Of a file's content; of nothing if it cannot be read."""
    try:
        return file_sha256(path)
    except SourceError:
        return hashlib.sha256().hexdigest()


def _order(file: PurePosixPath) -> tuple[object, ...]:
    """Folder by folder, a folder's README first: what a newcomer would read first."""
    parents = tuple((1, part) for part in file.parts[:-1])
    is_readme = file.name.lower().startswith("readme")
    return (*parents, (0, "" if is_readme else "~" + file.name))
