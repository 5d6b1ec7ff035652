"""A reader that crashes, hangs, swells or lies costs one document and says why."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from infinidoc import isolation, seccomp
from infinidoc.confinement import version
from infinidoc.errors import SourceError, UsageError
from infinidoc.isolation import open_isolated
from infinidoc.limits import Limits
from infinidoc.reading import open_source

BROKEN = "import sys; sys.stdin.readline(); print({!r}, flush=True); sys.stdin.readline(); {}"
HEADER = '{"name": "a", "location": "a", "kind": "text", "sha256": "", "size": 1, "warnings": []}'

pytestmark = pytest.mark.isolated


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text("Chapter One\n\n" + "It was a dark night. é\n" * 3000, "utf-8")
    return path


def test_it_is_what_the_reader_gives(tale: Path) -> None:
    ours, theirs = open_isolated(tale), open_source(tale)
    for name in ("name", "location", "kind", "sha256", "size", "page_count", "warnings"):
        assert getattr(ours, name) == getattr(theirs, name)
    pages = list(theirs.pages())
    assert list(ours.pages()) == pages
    assert list(ours.pages(2)) == pages[1:]


def test_a_folder_and_a_pipe(tale: Path) -> None:
    (tale.parent / "other.md").write_text("# Title\n\nText.\n", "utf-8")
    folder = open_isolated(tale.parent, include=("*.md",))
    assert [page.path for page in folder.pages()] == ["other.md"]
    piped = open_isolated(io.BytesIO(tale.read_bytes()))
    assert (piped.location, piped.name[:6]) == ("-", "stdin-")
    assert [p.text for p in piped.pages()] == [p.text for p in open_source(tale).pages()]
    with pytest.raises(SourceError, match="nothing was piped in"):
        open_isolated(io.BytesIO(b""))


def test_what_was_piped_in_is_called_so_and_not_by_the_file_it_was_kept_in() -> None:
    for data in (b" \n", bytes(range(256)) * 40, b"PK\x05\x06" + bytes(18)):
        with pytest.raises(SourceError) as caught:
            list(open_isolated(io.BytesIO(data)).pages())
        assert caught.value.where == "stdin"


def test_errors_of_the_reader_are_its_own(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        open_isolated(tmp_path / "none")


@pytest.mark.parametrize(
    ("line", "then", "what"),
    [
        ("", "1/0", "makes no sense"),
        ("[]", "", "makes no sense"),
        ("{}", "", "makes no sense"),
        ("[" * 5000, "", "makes no sense"),
        ('{"error": ["no good", null, null]}', "", "no good"),
        (HEADER, "", "broke off"),
        (HEADER, "import os; os.kill(os.getpid(), 11)", "SIGSEGV"),
        (HEADER, "import time; time.sleep(60)", "gave nothing for 1.5 seconds"),
        (HEADER, 'print(\'{"number": "1", "text": ""}\', flush=True)', "makes no sense"),
        (HEADER, "print('{\"end\": 7}', flush=True)", "makes no sense"),
        (HEADER, "print('x' * 3000, flush=True)", "more than"),
    ],
)
def test_a_reader_that_breaks(
    line: str, then: str, what: str, tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = BROKEN.format(line, then).replace("{", "{{").replace("}", "}}")
    monkeypatch.setattr(isolation, "_START", code)
    monkeypatch.setattr(isolation, "LONGEST_LINE", 2000 if "x" in then else 1 << 20)
    monkeypatch.setattr(isolation, "PATIENCE", 1)
    monkeypatch.setattr(isolation, "STARTS", 0)
    monkeypatch.setenv("INFINIDOC_READER_SECONDS", "1.5" if "sleep" in then else "60")
    began = time.monotonic()
    with pytest.raises(SourceError, match=what):
        list(open_isolated(tale).pages())
    assert time.monotonic() - began < 30


def test_it_may_not_have_all_the_memory(tale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resource")
    monkeypatch.setenv("INFINIDOC_READER_MEMORY", str(20 << 20))
    with pytest.raises(SourceError, match=r"more than 20M bytes of memory|broke off|failed"):
        list(open_isolated(tale).pages())


def test_a_limit_is_a_number(tale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFINIDOC_READER_SECONDS", "soon")
    with pytest.raises(UsageError, match="is no number"):
        open_isolated(tale)


@pytest.mark.parametrize(
    ("limit", "what"),
    [
        ("pages=1", "more than 1 pages.*--limit pages=2 raises"),
        ("text=2k", "more than 2K bytes of text.*--limit text=4K raises"),
        ("time=0.01", "longer than 0.01 seconds.*--limit time=0.02 raises"),
        ("memory=20M", "more than 20M bytes of memory.*--limit memory=40M|broke off|failed"),
    ],
)
def test_a_limit_that_bites_says_how_it_is_raised(tale: Path, limit: str, what: str) -> None:
    with pytest.raises(SourceError) as caught:
        list(open_isolated(tale, limits=[limit]).pages())
    assert re.search(what, str(caught.value))


def test_an_option_goes_before_a_variable_and_that_before_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Limits.chosen() == Limits()
    monkeypatch.setenv("INFINIDOC_LIMITS", "time=7 memory=1G pages=9")
    monkeypatch.setenv("INFINIDOC_READER_SECONDS", "8")
    assert Limits.chosen() == Limits(time=8, memory=1 << 30, pages=9)
    assert Limits.chosen(["time=9.5", "text=3k"]).time == 9.5


@pytest.mark.parametrize("limit", ["time", "time=soon", "pages=-1", "text=infG", "colour=3", ""])
def test_what_is_no_limit(limit: str) -> None:
    with pytest.raises(UsageError, match=r"no number|no limit"):
        Limits.chosen([limit])


def test_no_code_of_the_folder_one_stands_in_is_run(
    tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "infinidoc", "hashlib"):
        (tale.parent / f"{name}.py").write_text("open('run', 'w')", "utf-8")
    monkeypatch.chdir(tale.parent)
    assert list(open_isolated("tale.txt").pages())
    assert not (tale.parent / "run").exists()


def test_no_temporary_file_of_a_reader_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "Some words.\n" * 2000)
    assert list(open_isolated(tmp_path / "a.zip").pages())
    next(open_isolated(tmp_path / "a.zip").pages())  # left in the middle
    assert not list(scratch.iterdir())


def test_a_reader_that_works_long_before_its_first_page_says_that_it_lives(
    tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = "print('{\"alive\": true}', flush=True)"
    page = 'print(\'{"number": 1, "text": "a", "chapter": false}\', flush=True)'
    then = f"import time; [(time.sleep(0.2), {alive}) for _ in range(8)]; {page}; "
    then += "print('{\"end\": []}', flush=True)"
    code = BROKEN.format(HEADER, then).replace("{", "{{").replace("}", "}}")
    monkeypatch.setattr(isolation, "_START", code)
    monkeypatch.setattr(isolation, "PATIENCE", 1)
    monkeypatch.setattr(isolation, "STARTS", 0)
    monkeypatch.setenv("INFINIDOC_READER_SECONDS", "1")
    assert [page.text for page in open_isolated(tale).pages()] == ["a"]


WORKS = """
import time
from infinidoc.reading import Page
class Source:
    name = location = kind = sha256 = "a"
    size, page_count, warnings = 1, None, []
    def pages(self, start):
        for number in (1, 2, 3):
            {}
            yield Page(number, "a")
isolation._open = lambda request: Source()
"""
IDLE = "time.sleep(0.8)"
BUSY = "end = time.process_time() + {}\n            while time.process_time() < end: pass"


@pytest.mark.skipif(not isolation._OUT_OF_TIME, reason="a system without timers of a process")
@pytest.mark.parametrize(
    ("work", "ends"), [(IDLE, False), (BUSY.format(0.3), False), (BUSY.format(9), True)]
)
def test_time_is_of_the_processor_and_for_each_page(
    work: str, ends: bool, tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_over = WORKS.format(work).replace("{", "{{").replace("}", "}}") + "isolation.serve()"
    code = isolation._START.replace("isolation.serve()", f"exec({taken_over!r})")
    monkeypatch.setattr(isolation, "_START", code)
    source = open_isolated(tale, limits=["time=0.6"])
    if ends:
        with pytest.raises(SourceError, match=r"longer than 0\.6 seconds.*time=1\.2 raises"):
            list(source.pages())
    else:
        assert [page.number for page in source.pages()] == [1, 2, 3]


REACHES = """
import os, socket, sys
from pathlib import Path
from infinidoc.confinement import confine
folder = Path(sys.argv[1])
assert confine([folder / "tale.txt"], [folder / "scratch"])
def opens(*what):
    try:
        os.close(os.open(*what))
        return True
    except PermissionError:
        return False
def reaches():
    with socket.socket() as one:
        try:
            one.connect(("127.0.0.1", 9))
        except PermissionError:
            return False
        except OSError:
            pass
        return True
write = os.O_WRONLY | os.O_CREAT
print(
    opens(folder / "tale.txt", os.O_RDONLY), opens(folder / "scratch" / "new", write),
    opens(folder / "tale.txt", os.O_WRONLY), opens(folder / "secret", os.O_RDONLY),
    opens(folder / "new", write), opens(folder, os.O_RDONLY), reaches(),
)
import sqlite3, email, pymupdf
"""


@pytest.mark.skipif(version() < 4, reason="a kernel without Landlock, or without its network rules")
def test_a_confined_process_has_only_what_it_was_given(tale: Path) -> None:
    (tale.parent / "secret").write_text("secret", "utf-8")
    (tale.parent / "scratch").mkdir()
    command = [sys.executable, "-c", REACHES, str(tale.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 2 + ["False"] * 5


@pytest.mark.skipif(not version(), reason="a kernel without Landlock")
def test_a_reader_opens_no_other_file(tale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tale.parent / "folder"
    folder.mkdir()
    (folder / "own.md").write_text("# Title\n\nText.\n", "utf-8")
    taken_over = f"isolation._open = lambda request: open({str(tale)!r}); isolation.serve()"
    code = isolation._START.replace("isolation.serve()", taken_over)
    monkeypatch.setattr(isolation, "_START", code)
    with pytest.raises(SourceError, match="PermissionError"):
        open_isolated(folder)


SOCKETS = """
import ctypes, socket, subprocess, sys, threading
from infinidoc.seccomp import forbid_sockets
start, made = threading.Event(), []
def attempts():
    start.wait()
    for family in ("INET", "INET6", "UNIX", "NETLINK", "PACKET", "VSOCK", "BLUETOOTH", "ALG"):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            refused(family, lambda: socket.socket(getattr(socket, "AF_" + family), kind))
    refused("a pair", socket.socketpair)
    system = ctypes.CDLL(None, use_errno=True)
    for name, number in (("a ring", 425), ("another's", 438), ("x32", 0x40000000 | 41)):
        ctypes.set_errno(0)
        done = system.syscall(ctypes.c_long(number), 1, b"\\0" * 120, 0)
        if (done, ctypes.get_errno()) != (-1, 1):
            made.append(name)
def refused(name, make):
    try:
        make().close()
        made.append(name)
    except PermissionError:
        pass
thread = threading.Thread(target=attempts)
thread.start()
assert forbid_sockets()
start.set()
thread.join()
child = [sys.executable, "-c", "import socket; socket.socket()"]
print(made, b"PermissionError" in subprocess.run(child, capture_output=True).stderr)
"""


@pytest.mark.skipif(not seccomp.is_available(), reason="no seccomp, or not on x86_64")
def test_no_socket_can_be_made_in_any_thread_or_child() -> None:
    done = subprocess.run([sys.executable, "-c", SOCKETS], capture_output=True, text=True)
    assert done.stdout.split() == ["[]", "True"], done.stderr


@pytest.mark.skipif(not seccomp.is_available(), reason="no seccomp, or not on x86_64")
@pytest.mark.parametrize("family", ["AF_INET", "AF_UNIX"])
def test_a_reader_makes_no_socket(tale: Path, monkeypatch: pytest.MonkeyPatch, family: str) -> None:
    taken_over = f"import socket; isolation._open = lambda request: socket.socket(socket.{family},"
    taken_over += " socket.SOCK_DGRAM); isolation.serve()"
    code = isolation._START.replace("isolation.serve()", taken_over)
    monkeypatch.setattr(isolation, "_START", code)
    with pytest.raises(SourceError, match="PermissionError"):
        open_isolated(tale)


def test_what_numbers_are_not_known_for_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert not seccomp.is_available()
    assert not seccomp.forbid_sockets()


def test_an_archive_is_unpacked_where_it_is_swept(tale: Path) -> None:
    path = tale.parent / "tales.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tale, "tale.txt")
    source = open_isolated(path)
    assert [page.text for page in source.pages()] == [p.text for p in open_source(path).pages()]
