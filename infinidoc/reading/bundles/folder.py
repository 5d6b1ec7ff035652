"""A folder as one document: its text files in a stable order, with path and line kept.

A file is opened as it would be alone. Nested .gitignore files are honoured, those of the
folders above too. Hidden files, binaries, lock files and very large files are left out,
and a warning says which.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from infinidoc.errors import SourceError
from infinidoc.reading.bundles.ignoring import Rules, inherited, is_ignored, rules_of
from infinidoc.reading.bundles.joined import failed, placed
from infinidoc.reading.document import BinaryError, Page, Source, file_sha256
from infinidoc.reading.file import SAMPLE, read_sample
from infinidoc.reading.readers import DOCUMENTS

LARGEST = 1 << 20  # bytes of one file
NAMED = 50  # files of one kind of leaving out that are named
HIDDEN = "hidden files and folders"
IGNORED = "files and folders named in .gitignore"
UNWANTED = "files by --include and --exclude"
_LOCKS = frozenset(
    [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "go.sum",
        "uv.lock",
        "flake.lock",
    ]
)

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
        self.root, self._open_file = root.resolve(), open_file
        self._include = GitIgnoreSpec.from_lines(include) if include else None
        self._exclude = GitIgnoreSpec.from_lines(exclude)
        self._largest = LARGEST if max_size is None else max_size
        self.name, self.location = self.root.name, str(self.root)
        self._left_out: dict[str, list[str]] = {}
        self._opened: dict[PurePosixPath, Source | SourceError] = {}
        self.files = sorted(self._walk(self.root, inherited(self.root)), key=_order)
        self.warnings += [_told(why, names) for why, names in sorted(self._left_out.items())]
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
            yield failed(str(file), source)
            return
        yield from placed(source, str(file))
        said = [f"{file}: {warning}" for warning in source.warnings]
        self.warnings += [warning for warning in said if warning not in self.warnings]

    # -- what to read ------------------------------------------------------------------------

    def _walk(self, folder: Path, ignores: list[Rules]) -> Iterator[PurePosixPath]:
        rules = rules_of(folder)
        ignores = [*ignores, rules] if rules else ignores
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            self._leave_out("unreadable folders", folder)
            return
        for entry in entries:
            path = Path(entry.path)
            reason = self._refuse(entry, path, ignores)
            if reason:
                self._leave_out(reason, path)
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(path, ignores)
            else:
                yield self._relative(path)

    def _leave_out(self, reason: str, path: Path) -> None:
        self._left_out.setdefault(reason, []).append(str(self._relative(path)))

    def _relative(self, path: Path) -> PurePosixPath:
        return PurePosixPath(path.relative_to(self.root).as_posix())

    def _refuse(self, entry: os.DirEntry[str], path: Path, ignores: list[Rules]) -> str | None:
        """Why this entry is not read, or None."""
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name.startswith("."):
            return HIDDEN
        if entry.is_symlink():
            return "symbolic links"
        if is_ignored(path, is_folder, ignores):
            return IGNORED
        if is_folder:
            return None
        name = str(self._relative(path))
        if self._exclude.match_file(name) or (self._include and not self._include.match_file(name)):
            return UNWANTED
        return self._refuse_file(entry, path) if entry.is_file() else "special files"

    def _refuse_file(self, entry: os.DirEntry[str], path: Path) -> str | None:
        if entry.name in _LOCKS or entry.name.endswith(".lock"):
            return "lock files"
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
        self._opened[self._relative(path)] = opened
        return None

    def _digest(self) -> str:
        """Over the paths and contents of all files that are read."""
        total = hashlib.sha256()
        for file in self.files:
            known = getattr(self._opened[file], "sha256", None)
            total.update(f"{file}\0{known or _sha256(self.root / file)}\n".encode())
        return total.hexdigest()


def _sha256(path: Path) -> str:
    """Of a file's content; of nothing if it cannot be read."""
    try:
        return file_sha256(path)
    except SourceError:
        return hashlib.sha256().hexdigest()


def _told(why: str, names: list[str]) -> str:
    """What was left out: by name, but for what the user left out."""
    said = f"left out {len(names)} {why}"
    if why in (HIDDEN, IGNORED, UNWANTED):
        return said
    rest = len(names) - NAMED
    return f"{said}: {', '.join(names[:NAMED])}" + (f" and {rest} more" if rest > 0 else "")


def _order(file: PurePosixPath) -> tuple[object, ...]:
    """Folder by folder, a folder's README first: what a newcomer would read first."""
    parents = tuple((1, part) for part in file.parts[:-1])
    is_readme = file.name.lower().startswith("readme")
    return (*parents, (0, "" if is_readme else "~" + file.name))
