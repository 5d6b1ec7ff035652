"""The files of a job, each of which becomes a document of its own.

Knows names and sizes; what is in a file, its worker finds out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infinidoc.errors import SourceError, UsageError
from infinidoc.reading.bundles.walk import FolderWalk


@dataclass
class Files:
    """Paths, each once, and what was left out of their folders, in words."""

    paths: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def files_of(
    paths: Sequence[str | Path],
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_size: int | None = None,
) -> Files:
    """The files that are named, and those of the folders that are. Raises SourceError.

    A file that cannot be found is in the list: reading it fails, and the job goes on.
    `include`, `exclude` and `max_size` (bytes) choose the files of folders.
    """
    if "" in paths:
        raise UsageError("a path is empty", hint="of the folder one is in, give .")
    found = Files()
    for path in (Path(path).expanduser() for path in paths):
        found.paths += (
            _in_folder(path, found, include, exclude, max_size) if path.is_dir() else [path]
        )
    found.paths = list(dict.fromkeys(found.paths))
    if not found.paths:
        hint = "; ".join(found.left_out) or "check --include and --exclude"
        raise SourceError("no file to read", where=", ".join(map(str, paths)), hint=hint)
    return found


def _in_folder(
    folder: Path,
    found: Files,
    include: Sequence[str],
    exclude: Sequence[str],
    max_size: int | None,
) -> list[Path]:
    walk = FolderWalk(folder, include, exclude)
    chosen = []
    for entry in walk.files():
        path, size = Path(entry.path), entry.stat().st_size
        if max_size is not None and size > max_size:
            walk.leave_out(f"files larger than {max_size // 1024} KiB", path)
        elif not size:
            walk.leave_out("empty files", path)
        else:
            chosen.append(path)
    found.left_out += [f"{folder}: {line}" for line in walk.told()]
    return chosen
