"""A folder as one document: its text files in a stable order, with path and line kept.

Nested .gitignore files are honoured. Hidden files, binaries, lock files and very large
files are left out, and every kind of leaving out is counted in a warning.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source, file_sha256
from infinidoc.reading.text import Replaced, cut_pages, detect_encoding, read_lines

LARGEST = 1 << 20  # bytes of one file
PAGE = 4000  # characters of a page of code
DOCUMENTS = (".pdf", ".epub", ".html", ".htm")
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
        self.root, self._open_file = root, open_file
        self._include = GitIgnoreSpec.from_lines(include) if include else None
        self._exclude = GitIgnoreSpec.from_lines(exclude)
        self._largest = LARGEST if max_size is None else max_size
        self.name, self.location = root.resolve().name, str(root.resolve())
        self._left_out: Counter[str] = Counter()
        self.files = sorted(self._walk(root, []), key=_order)
        self.warnings += [f"left out {n} {why}" for why, n in sorted(self._left_out.items())]
        if not self.files:
            hint = "; ".join(self.warnings) or "check --include and --exclude"
            raise SourceError("no readable text in this folder", where=root, hint=hint)
        self.size = sum((root / file).stat().st_size for file in self.files)
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
        try:
            if file.suffix.lower() in DOCUMENTS:
                yield from self._document_pages(file)
                return
            yield from self._text_pages(file)
        except SourceError as error:
            yield Page(1, "", title=str(file), path=str(file), problem=error.what)

    def _document_pages(self, file: PurePosixPath) -> Iterator[Page]:
        source = self._open_file(self.root / file)
        for index, page in enumerate(source.pages()):
            title = page.title or str(file)
            yield replace(page, path=str(file), title=title, chapter=index == 0)
        self.warnings += [f"{file}: {warning}" for warning in source.warnings]

    def _text_pages(self, file: PurePosixPath) -> Iterator[Page]:
        replaced, path = Replaced(), self.root / file
        lines = read_lines(path, detect_encoding(path), replaced)
        markdown = file.suffix.lower() in (".md", ".markdown")
        for index, page in enumerate(cut_pages(lines, markdown, PAGE)):
            title = page.title if markdown and page.title else str(file)
            yield Page(1, page.text, None, title, index == 0, str(file), page.line)
        if replaced.count:
            self.warnings.append(f"{file}: {replaced.count} bytes could not be decoded")

    # -- what to read ------------------------------------------------------------------------

    def _walk(
        self, folder: Path, ignores: list[tuple[Path, GitIgnoreSpec]]
    ) -> Iterator[PurePosixPath]:
        rules = _gitignore(folder)
        ignores = [*ignores, (folder, rules)] if rules else ignores
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            self._left_out["unreadable folders"] += 1
            return
        for entry in entries:
            path = Path(entry.path)
            reason = self._refuse(entry, path, ignores)
            if reason:
                self._left_out[reason] += 1
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(path, ignores)
            else:
                yield PurePosixPath(path.relative_to(self.root).as_posix())

    def _refuse(
        self, entry: os.DirEntry[str], path: Path, ignores: list[tuple[Path, GitIgnoreSpec]]
    ) -> str | None:
        """Why this entry is not read, or None."""
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name.startswith("."):
            return "hidden files and folders"
        if entry.is_symlink():
            return "symbolic links"
        if _ignored(path, is_folder, ignores):
            return "files and folders named in .gitignore"
        if is_folder:
            return None
        name = path.relative_to(self.root).as_posix()
        if self._exclude.match_file(name) or (self._include and not self._include.match_file(name)):
            return "files by --include and --exclude"
        return None if not entry.is_file() else self._refuse_file(entry, path)

    def _refuse_file(self, entry: os.DirEntry[str], path: Path) -> str | None:
        if entry.name in _LOCKS or entry.name.endswith(".lock"):
            return "lock files"
        size = entry.stat().st_size
        if size == 0:
            return "empty files"
        if size > self._largest and path.suffix.lower() not in DOCUMENTS:
            return f"files larger than {self._largest // 1024} KiB"
        return "binary files" if _is_binary(path) else None

    def _digest(self) -> str:
        """Over the paths and contents of all files that are read."""
        total = hashlib.sha256()
        for file in self.files:
            total.update(f"{file}\0{file_sha256(self.root / file)}\n".encode())
        return total.hexdigest()


def _order(file: PurePosixPath) -> tuple[object, ...]:
    """Folder by folder, a folder's README first: what a newcomer would read first."""
    parents = tuple((1, part) for part in file.parts[:-1])
    is_readme = file.name.lower().startswith("readme")
    return (*parents, (0, "" if is_readme else "~" + file.name))


def _gitignore(folder: Path) -> GitIgnoreSpec | None:
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    return GitIgnoreSpec.from_lines(lines)


def _ignored(path: Path, is_folder: bool, ignores: list[tuple[Path, GitIgnoreSpec]]) -> bool:
    """The nearest .gitignore that says anything decides."""
    for folder, rules in reversed(ignores):
        name = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
        verdict = rules.check_file(name).include
        if verdict is not None:
            return bool(verdict)
    return False


def _is_binary(path: Path) -> bool:
    if path.suffix.lower() in DOCUMENTS:
        return False
    try:
        with path.open("rb") as file:
            head = file.read(8192)
    except OSError:
        return True
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
