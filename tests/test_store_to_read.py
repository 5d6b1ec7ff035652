"""Libraries that nothing can be written to: what only reads goes on, the rest is told why."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import LibraryError
from infinidoc.store import Store, connection
from infinidoc.store.portable import export_document
from infinidoc.store.verify import verify
from tests.conftest import Outcome
from tests.test_store import fill
from tests.test_store_privacy import fill_with_secrets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits and modes")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "medium" / "library.db"
    with Store(path) as store:
        fill(store)
    return path


def forbid_writing(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """As a read-only medium does: no file can be written or made there, whoever asks."""
    can = os.access
    below = str(path.parent)

    def may(p: Any, mode: int) -> bool:
        return can(p, mode) and not (mode & os.W_OK and str(p).startswith(below))

    monkeypatch.setattr(os, "access", may)
    for name in ("-shm", "-wal"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.with_name(f"{path.name}-shm").mkdir()  # SQLite cannot make its file of shared memory


def read(store: Store) -> None:
    document = store.document("tale")["id"]
    assert len(store.documents()) == 1
    assert len(store.search([document], "captain", limit=3)) == 1
    assert store.memory(document, "current") is not None
    store.save_summary(document, "short", {"summary": "not kept"})
    assert list(verify(store)) == []


def test_a_read_only_medium(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_writing(monkeypatch, path)
    before = path.read_bytes()
    with Store(path) as store:
        assert store.is_read_only
        read(store)
        with pytest.raises(LibraryError, match="cannot be written to"):
            store.remove(1)
    assert path.read_bytes() == before


def test_one_of_several_documents_is_searched_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(path) as store:
        expected = store.search([1], "captain map", limit=3)
        fill(store, "second")
    forbid_writing(monkeypatch, path)
    before = path.read_bytes()
    with Store(path) as store:
        assert store.is_read_only
        for _ in range(2):
            assert store.search([1], "captain map", limit=3) == expected
        assert [row["page"] for row in store.matching(2, "daughter map")] == [2]
    assert path.read_bytes() == before


FULL = """
import resource, sys
from pathlib import Path
from typing import Any
from infinidoc.store import Store
from tests.test_store_to_read import read

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
with Store(sys.argv[1]) as store:
    read(store)
    print(store.document("tale")["status"], store.is_read_only)
"""


@pytest.mark.parametrize("status", ["complete", "partial"])
def test_a_disk_without_room_for_one_byte(tmp_path: Path, path: Path, status: str) -> None:
    """Also where a log was left behind: what was committed is in it."""
    if status == "partial":
        with Store(path) as store:
            store.update_document(1, status=status)
            copy = tmp_path / "copy" / path.name
            copy.parent.mkdir()
            for name in (path.name, f"{path.name}-wal"):
                shutil.copy(path.with_name(name), copy.with_name(name))
        path = copy
    command = [sys.executable, "-c", FULL, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == (f"{status} True\n", "")


def test_a_library_of_before_is_not_brought_up_to_date_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.test_store_versions import KEPT, unpacked

    folder = tmp_path / "medium"
    folder.mkdir()
    path = unpacked(KEPT[0], folder)
    forbid_writing(monkeypatch, path)
    with pytest.raises(LibraryError, match="older infinidoc"):
        Store(path)


LIMITED = """
import resource, shutil, sys
from pathlib import Path
from typing import Any
from infinidoc.errors import LibraryError
from infinidoc.store import Store
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.verify import verify
from tests.conftest import Outcome
from tests.test_store import fill
from tests.test_store_privacy import fill_with_secrets

def do(store, work, other):
    if work == "fill":
        fill(store, "second")
    if work == "secrets":
        fill_with_secrets(store)
    if work == "export":
        export_document(store, 1, other)
    if work == "import":
        import_documents(store, other)
    if work == "remove":
        store.remove(1)

whole, exported, work = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for limit in map(int, sys.argv[4:]):
    folder = whole.parent / str(limit)
    folder.mkdir()
    path = Path(shutil.copy(whole, folder))
    other = exported if work == "import" else folder / "other"
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit << 10, most))
    try:
        with Store(path) as store:
            if work in ("fill", "secrets"):
                with store.atomic():
                    do(store, work, other)
            else:
                do(store, work, other)
                store.compact()
        refused = False
    except LibraryError as error:
        refused = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    with Store(path) as store:
        wrong = list(verify(store))
        count = len(store.documents())
    print(limit, int(refused), count, other.exists(), wrong, *folder.glob(".*"))
"""
WORKS = ("fill", "secrets", "remove", "export", "import")
LIMITS = (0, 16, 60, 120, 180, 260, 400)  # KiB


@pytest.mark.parametrize("work", WORKS)
def test_a_write_that_fails_leaves_the_library_whole(work: str, tmp_path: Path, path: Path) -> None:
    """A file may not grow beyond a limit: the write fails, at another place for each limit."""
    exported = tmp_path / "exported"
    with Store(path) as store:
        second = fill(store, "second")
        export_document(store, second, exported)
        store.remove(second)
    command = [sys.executable, "-c", LIMITED, path, exported, work, *LIMITS]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    outcomes = [line.split(" ", 4) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(LIMITS)
    assert outcomes[0][1] == "1", "nothing can be written at all"
    count = {"fill": 2, "secrets": 2, "import": 2, "remove": 0, "export": 1}[work]
    for _, refused, there, other, wrong in outcomes:
        assert wrong == "[]"
        assert int(there) == (1 if refused == "1" else count)
        assert other == (
            "True" if work == "import" or (work, refused) == ("export", "0") else "False"
        )


def test_a_full_disk_is_called_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    def fail() -> None:
        with connection.translated(path):
            raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(LibraryError, match="failed to read or write"):
        fail()
    usage = shutil.disk_usage(path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(LibraryError, match="disk is full"):
        fail()


@pytest.mark.parametrize("pages", [0, 1, 2, 5, 9])
def test_a_disk_that_fills_up(path: Path, pages: int) -> None:
    with Store(path) as store:
        count = store.db.execute("pragma page_count").fetchone()[0]
        store.db.conn.execute(f"pragma max_page_count = {count + pages}")
        with pytest.raises(LibraryError, match="disk is full"), store.atomic():
            fill_with_secrets(store)
    with Store(path) as store:
        assert [row["name"] for row in store.documents()] == ["tale"]
        assert list(verify(store)) == []


def make_slow(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """As from a disk behind a network: every few steps of SQLite wait. Returns the waits."""
    waits: list[float] = []
    touched = connection._touched

    def wait() -> int:
        time.sleep(0.002)
        waits.append(0.002)
        return 0

    def slow(opened: sqlite3.Connection) -> sqlite3.Connection:
        opened.set_progress_handler(wait, 40)
        return touched(opened)

    monkeypatch.setattr(connection, "_touched", slow)
    return waits


@pytest.mark.parametrize("medium", ["writable", "read-only"])
def test_a_slow_disk_says_the_same_later(
    cli: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, medium: str
) -> None:
    path, text = tmp_path / "medium" / "library.db", tmp_path / "tale.txt"
    text.write_text("\f".join(f"The captain hid map {n} in the mill.\n" for n in range(60)))
    assert cli("ingest", text, "--database", path).code == 0
    commands = (["list"], ["show", "tale"], ["show", "tale", "--json"], ["verify"])
    asked = ["ask", "Where did the captain hid map 7?", "--mode", "evidence"]
    told = [cli(*command, "--database", path).out for command in (*commands, asked)]
    if medium == "read-only":
        forbid_writing(monkeypatch, path)
    waits = make_slow(monkeypatch)
    for command, before in zip((*commands, asked), told, strict=True):
        waits.clear()
        result = cli(*command, "--database", path)
        assert (result.code, result.out, bool(waits)) == (0, before, True), result.err


def test_who_reads_from_a_slow_disk_and_who_writes_do_not_wait_for_each_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.2)
    waits = make_slow(monkeypatch)
    with Store(path) as reader, Store(path) as writer, Store(path) as other:
        with writer.atomic():
            writer.update_document(1, status="reading")
            assert reader.document("tale")["status"] == "complete", "what is committed"
            while sum(waits) < 0.4:  # longer than a writer waits
                assert len(reader.search([1], "captain", limit=3)) == 1
            with pytest.raises(LibraryError, match="in use by another process"):
                other.update_document(1, status="partial")
        assert reader.document("tale")["status"] == "reading"
