"""Which files of a folder are meant: in the order of their names, and why others are not.

What git ignores is left out, by the rules of the folders above, too. Hidden files, links,
lock files and those that the user does not want are left out. Opens no file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from infinidoc.control import named
from infinidoc.reading.bundles.ignoring import Rules, inherited, is_ignored, rules_of

NAMED = 50  # files of one kind of leaving out that are named
HIDDEN = "hidden files and folders"
IGNORED = "files and folders that git ignores (.gitignore and its like)"
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


class FolderWalk:
    """The files of a folder, by `--include` and `--exclude`; `told` says what was left out."""

    def __init__(
        self, root: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()
    ) -> None:
        self.root = root.resolve()
        self._include = GitIgnoreSpec.from_lines(include) if include else None
        self._exclude = GitIgnoreSpec.from_lines(exclude)
        self._left_out: dict[str, list[str]] = {}

    def files(self) -> Iterator[os.DirEntry[str]]:
        """The files, folder by folder."""
        yield from self._walk(self.root, inherited(self.root))

    def told(self) -> list[str]:
        """What was left out, a line for each reason."""
        return [_told(why, names) for why, names in sorted(self._left_out.items())]

    def leave_out(self, reason: str, path: Path) -> None:
        self._left_out.setdefault(reason, []).append(named(self.relative(path)))

    def relative(self, path: Path) -> PurePosixPath:
        return PurePosixPath(path.relative_to(self.root).as_posix())

    def _walk(self, folder: Path, ignores: list[Rules]) -> Iterator[os.DirEntry[str]]:
        ignores = [*ignores, *rules_of(folder)]
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            self.leave_out("unreadable folders", folder)
            return
        for entry in entries:
            path = Path(entry.path)
            reason = self._refuse(entry, path, ignores)
            if reason:
                self.leave_out(reason, path)
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(path, ignores)
            else:
                yield entry

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
        name = str(self.relative(path))
        if self._exclude.match_file(name) or (self._include and not self._include.match_file(name)):
            return UNWANTED
        if not entry.is_file():
            return "special files"
        is_lock = entry.name in _LOCKS or entry.name.endswith(".lock")
        return "lock files" if is_lock else None


def _told(why: str, names: list[str]) -> str:
    """What was left out: by name, but for what the user left out."""
    said = f"left out {len(names)} {why}"
    if why in (HIDDEN, IGNORED, UNWANTED):
        return said
    rest = len(names) - NAMED
    return f"{said}: {', '.join(names[:NAMED])}" + (f" and {rest} more" if rest > 0 else "")
