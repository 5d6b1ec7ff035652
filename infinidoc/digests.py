"""Digests of large files, taken again only when a file has changed.

A file is hashed the first time it is used and whenever its size, its times or its place on
the disk are other ones; between those, its digest is remembered in the cache. Decay of the
medium that changes none of them is found by `infinidoc verify --deep`.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from infinidoc import home

SUFFIX = ".sha256"  # of the small file beside another that says what its digest must be


def file_digest(path: Path) -> str:
    """SHA-256 of a file, remembered for as long as the file stays as it is."""
    remembered = home.cache_folder() / "digests.json"
    key = _key(path)
    known = _known(remembered)
    if key not in known:
        known[key] = hash_file(path)
        if _key(path) == key:  # nobody wrote meanwhile
            _remember(remembered, known)
    return known[key]


def hash_file(path: Path) -> str:
    """SHA-256 of a file as it is now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(path: Path) -> None:
    """Write down beside a file what its digest is."""
    _write(path.with_name(path.name + SUFFIX), file_digest(path) + "\n")


def trust(path: Path, digest: str) -> None:
    """Remember the digest of a file that was just made and hashed elsewhere."""
    remembered = home.cache_folder() / "digests.json"
    _remember(remembered, {**_known(remembered), _key(path): digest})


def is_whole(path: Path, *, unsealed: bool, anew: bool = False) -> bool:
    """Whether a file is as it was sealed; `unsealed`: what is said of one that never was.

    `anew`: it is hashed again whatever is remembered.
    """
    try:
        wanted = path.with_name(path.name + SUFFIX).read_text("ascii").split()[0]
    except FileNotFoundError:
        return unsealed
    except (OSError, ValueError, IndexError):
        return False
    return (hash_file(path) if anew else file_digest(path)) == wanted


def _key(path: Path) -> str:
    status = path.stat()
    times = f"{status.st_mtime_ns}:{status.st_ctime_ns}"
    return f"{path.resolve()}:{status.st_size}:{times}:{status.st_ino}"


def _known(remembered: Path) -> dict[str, str]:
    try:
        known = json.loads(remembered.read_text("utf-8"))
        return known if isinstance(known, dict) else {}
    except (OSError, ValueError):
        return {}


def _remember(remembered: Path, known: dict[str, str]) -> None:
    """Losing this costs time, not truth, so a folder that cannot be written is no error."""
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        there = {key: value for key, value in known.items() if Path(key.rsplit(":", 4)[0]).exists()}
        _write(remembered, json.dumps(there))
    except OSError:
        pass


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.part")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, path)
