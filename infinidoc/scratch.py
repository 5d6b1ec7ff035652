"""Temporary folders that do not outlive their process for long, however it ends.

Each is noted in the data folder, in a file that its process keeps locked. Whoever comes next
removes the folders whose notes nobody holds: those of processes that were killed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from infinidoc import home

PREFIX = ".infinidoc-"


def _notes() -> Path:
    return home.data_folder() / "scratch"


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder for its owner alone, below `parent` or where temporary files belong."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    with suppress(OSError):  # a home that cannot be written to has no notes
        _notes().mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(_notes() / f"{folder.name}.lock")
    try:
        with suppress(OSError):
            lock.acquire(timeout=0)
            _note(lock).write_text(os.path.abspath(folder), "utf-8")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _forget(lock)


def sweep() -> None:
    """Remove what processes that were killed left behind."""
    if not _notes().is_dir():
        return
    for path in _notes().glob("*.lock"):
        lock = FileLock(path)
        with suppress(OSError, Timeout):
            lock.acquire(timeout=0)
            _remove_noted(_note(lock))
            _forget(lock)


def _remove_noted(note: Path) -> None:
    """Only a folder of ours: a note is a file like any other."""
    with suppress(OSError, ValueError):
        folder = Path(note.read_text("utf-8"))
        if folder.name.startswith(PREFIX) and folder.name == note.stem:
            shutil.rmtree(folder, ignore_errors=True)


def _note(lock: FileLock) -> Path:
    return Path(lock.lock_file).with_suffix(".folder")


def _forget(lock: FileLock) -> None:
    with suppress(OSError):
        _note(lock).unlink(missing_ok=True)
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
