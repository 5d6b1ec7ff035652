"""The folder of fetched models: each is there whole, or not at all.

A model is built in a temporary sibling folder, synced, described by a manifest with the
SHA-256 of every file, and moved into place with one rename. A lock lets two processes
that need the same model fetch it once; what a killed process left behind is swept away by
the next. A model that is built anew replaces the old one only once it is whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from infinidoc.digests import file_digest, hash_file, trust
from infinidoc.errors import ModelError

MANIFEST = "manifest.json"
FORMAT = 1
_BUILDING = ".building-"


def ensure(
    folder: Path, build: Callable[[Path], None], source: str, needs: int, *, anew: bool = False
) -> dict[str, Any]:
    """The manifest of `folder`, building it first if it is not there, or in any case `anew`.

    `build(temporary)` writes the files; `source` says where they come from; `needs` is the
    room in bytes this takes.
    """
    if anew or not (folder / MANIFEST).exists():
        with _locked(folder):
            _sweep(folder)
            if anew or not (folder / MANIFEST).exists():
                _build(folder, build, source, needs)
    manifest = check(folder)
    if any(file_digest(folder / n) != f["sha256"] for n, f in manifest["files"].items()):
        raise _corrupted(folder)
    return manifest


def check(folder: Path) -> dict[str, Any]:
    """The manifest, after a quick look that every file is there at its full size."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = manifest["files"]
        bad = [n for n, f in files.items() if (folder / n).stat().st_size != f["bytes"]]
        known = manifest["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _corrupted(folder) from error
    if bad or not known:
        raise _corrupted(folder)
    return manifest


def weights_digest(manifest: dict[str, Any]) -> str:
    """SHA-256 of the one weight file a manifest names, or over those of several."""
    files = {n: f["sha256"] for n, f in manifest["files"].items() if n.endswith(".safetensors")}
    if len(files) == 1:
        return str(*files.values())
    return hashlib.sha256("".join(files[name] for name in sorted(files)).encode()).hexdigest()


def check_deeply(folder: Path) -> list[str]:
    """Names of files whose content is not what was fetched; reads everything."""
    manifest = check(folder)
    return [n for n, f in manifest["files"].items() if hash_file(folder / n) != f["sha256"]]


def remove(folder: Path) -> None:
    """Delete a model: the manifest first, so that half a folder is never taken for whole."""
    with _locked(folder):
        with suppress(FileNotFoundError):
            (folder / MANIFEST).unlink()
        shutil.rmtree(folder, ignore_errors=True)


def _corrupted(folder: Path) -> ModelError:
    hint = "fetch it again: infinidoc models pull --force"
    return ModelError("the cached model is damaged", where=folder, hint=hint)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """While nobody else builds or deletes `folder`; waits for whoever does."""
    parent = folder.parent
    lock = FileLock(parent / f".{folder.name}.lock")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise ModelError(f"the model cache cannot be used: {reason}", where=parent) from error
    try:
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove what a killed process left; the lock says nobody is building now."""
    for left in folder.parent.glob(f"{_BUILDING}{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    if folder.exists() and not (folder / MANIFEST).exists():
        shutil.rmtree(folder, ignore_errors=True)


def _build(folder: Path, build: Callable[[Path], None], source: str, needs: int) -> None:
    try:
        if shutil.disk_usage(folder.parent).free < needs:
            raise OSError(errno.ENOSPC, "no space left on device")
        with _temporary(folder) as temporary:
            build(temporary)
            _write_manifest(temporary, source)
            _put(temporary, folder)
            for name, file in check(folder)["files"].items():
                trust(folder / name, file["sha256"])
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise ModelError(
                f"the model cannot be stored: {error.strerror}", where=folder
            ) from error
        what = f"the disk is full: the model needs {needs / 1e6:.0f} MB"
        hint = "make room, or set INFINIDOC_HOME to another disk"
        raise ModelError(what, where=folder.parent, hint=hint) from error


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A sibling of `folder` to build in, gone afterwards unless it was moved into place."""
    temporary = Path(tempfile.mkdtemp(prefix=f"{_BUILDING}{folder.name}-", dir=folder.parent))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put(temporary: Path, folder: Path) -> None:
    """Move a finished folder into place; an old one steps aside under a name that is swept."""
    aside = folder.with_name(f"{_BUILDING}{folder.name}-old")
    if folder.exists():
        os.replace(folder, aside)
    os.replace(temporary, folder)
    shutil.rmtree(aside, ignore_errors=True)


def _write_manifest(folder: Path, source: str) -> None:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("r+b") as file:  # Windows syncs only what is open for writing
                os.fsync(file.fileno())
            name = path.relative_to(folder).as_posix()
            files[name] = {"bytes": path.stat().st_size, "sha256": hash_file(path)}
    manifest = {"format": FORMAT, "source": source, "files": files}
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
