"""Real servers that tests start for themselves and end: PostgreSQL, and one that speaks S3.

PostgreSQL's programs are from PATH, from Debian's folder, or from the package `pgserver`. It
listens on a socket of its own folder only, and runs as another user if the tests are root's,
whom it refuses. The other is moto's, on a port of this machine.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
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
    import pwd

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
        with ExitStack() as stack:
            try:
                address = stack.enter_context(running_postgres(folder))
            except (OSError, subprocess.SubprocessError) as error:
                pytest.skip(f"PostgreSQL is here, but does not start: {error}")
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The address of a library that is not there yet."""
    return f"{postgres_server}&schema=library_{next(_schemas)}"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3; skipped where moto or s3fs is not installed."""
    reason = "no S3 server here: pip install 'moto[server]' s3fs"
    pytest.importorskip("moto", reason=reason)
    pytest.importorskip("s3fs", reason=reason)
    code = (
        "from moto.server import ThreadedMotoServer as S; import sys\n"
        "s = S(ip_address='127.0.0.1', port=0, verbose=False); s.start()\n"
        "print(s.get_host_and_port()[1], flush=True); sys.stdin.read()"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    server = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.DEVNULL, text=True, **pipes
    )
    try:
        assert server.stdout
        address = f"http://127.0.0.1:{int(server.stdout.readline())}"
        for _ in range(100):
            with suppress(OSError):
                urllib.request.urlopen(address, timeout=5).close()
                break
            time.sleep(0.1)
        yield address
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket, with the environment that leads to it."""
    import fsspec

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"bucket-{next(_schemas)}"
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir(name)
    return f"s3://{name}"
