"""Real servers that tests start for themselves and end: PostgreSQL, where its programs are found.

From PATH, from Debian's folder, or from the package `pgserver`. It listens on a socket of its
own folder only, and runs as another user if the tests are root's, whom it refuses.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

_schemas = count(1)


def programs() -> Path | None:
    """The folder of PostgreSQL's programs."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if package := importlib.util.find_spec("pgserver"):
        places += list(Path(str(package.origin)).parent.glob("pginstall/bin/initdb"))
    return places[0].parent if places else None


def _user() -> dict[str, Any]:
    """How a process is started as somebody else than root."""
    if os.name != "posix" or os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """A server in `folder`, which it owns: the address of its database."""
    bin_, user = programs(), _user()
    assert bin_ is not None
    if user:
        os.chown(folder, user["user"], user["group"])
    quiet: dict[str, Any] = {"check": True, "capture_output": True, "cwd": folder, **user}
    data, options = folder / "data", "-c listen_addresses='' -c fsync=off"
    settings = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
    subprocess.run([bin_ / "initdb", "-D", data, *settings], timeout=120, **quiet)
    start = [bin_ / "pg_ctl", "-D", data, "-w", "-o", f"{options} -k {folder}"]
    log = ["-l", folder / "log"]
    quiet |= {"capture_output": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*start, *log, "start"], timeout=120, **quiet)
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        stop = [bin_ / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"]
        subprocess.run(stop, timeout=60, **quiet)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server; the tests are skipped where there is none to start."""
    pytest.importorskip("psycopg", reason="pip install 'infinidoc[postgres]'")
    if programs() is None:
        pytest.skip("no PostgreSQL here: apt install postgresql, or pip install pgserver")
    folder = Path(tempfile.mkdtemp(prefix="infinidoc-postgres-"))
    folder.chmod(0o755)
    try:
        with running_postgres(folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The address of a library that is not there yet."""
    return f"{postgres_server}&schema=library_{next(_schemas)}"
