"""Jobs of many documents: workers, what becomes of one that dies, and of a job that is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.cli import display
from infinidoc.cli.many import Board
from infinidoc.errors import Busy, InfinidocError, SourceError
from infinidoc.many import crew as crews
from infinidoc.many.crew import Crew, thread_share
from infinidoc.many.files import files_of
from infinidoc.many.reading import Reader, reading_tasks
from infinidoc.many.task import Task, WorkerProgress
from infinidoc.many.wire import error_of, told
from tests import tiny


def written(folder: Path) -> Path:
    """Three texts of several blocks, one in a folder below."""
    (folder / "more").mkdir(parents=True)
    for seed, name in enumerate(("one.txt", "two.txt", "more/three.txt")):
        (folder / name).write_text(tiny.text(1500, seed), "utf-8")
    return folder


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return written(tmp_path / "books")


@pytest.fixture(scope="module")
def expected(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of the memories that single ingests make, by the files' names."""
    folder = tmp_path_factory.mktemp("single")
    books = written(folder / "books")
    with infinidoc.open(folder / "single.db", model=str(tiny_model)) as single:
        for path in sorted(books.rglob("*.txt")):
            single.ingest(path)
        return digests(single)


def digests(library: Any) -> dict[str, str]:
    return {Path(row["source"]).name: row["memory_sha256"] for row in library.list()}


def setup(model: Path, library: Path, work: str = "read", **options: Any) -> dict[str, Any]:
    return {
        "work": work,
        "library": {"path": str(library), "model": str(model), "device": "auto", "offline": True},
        "options": options,
    }


# -- which files ---------------------------------------------------------------------------------


def test_every_file_of_a_folder_is_meant_once(books: Path) -> None:
    (books / ".hidden.txt").write_text("x")
    (books / "empty.txt").write_text("")
    (books / "notes.md").write_text("x")
    (books / ".gitignore").write_text("two.txt\n")
    found = files_of([books, books / "one.txt"], exclude=["*.md"])
    assert [path.name for path in found.paths] == ["three.txt", "one.txt"]
    told = "\n".join(found.left_out)
    assert "hidden" in told
    assert "1 empty files: empty.txt" in told
    assert ".gitignore" in told
    assert "--exclude" in told
    assert [path.name for path in files_of([books], max_size=100, include=["*.md"]).paths] == [
        "notes.md"
    ]
    with pytest.raises(SourceError, match="no file to read"):
        files_of([books], include=["*.pdf"])


# -- errors and threads --------------------------------------------------------------------------


def test_an_error_comes_as_it_was_sent() -> None:
    error = error_of(told(Busy("another process is reading it", where="tale", hint="wait")))
    assert isinstance(error, Busy)
    assert (error.where, error.hint, error.exit_code) == ("tale", "wait", 1)
    assert type(error_of({"error": ["sys", "what", None, None]})) is InfinidocError


def test_threads_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert [thread_share(workers) for workers in (1, 2, 3, 20)] == [8, 4, 2, 1]
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert thread_share(1) >= 1


def test_a_task_that_gets_further_may_go_on_dying() -> None:
    task = Task(0, "tale", {}, deaths=2)
    task.note(100)
    assert task.deaths == 0
    task.deaths = 2
    task.note(100)
    assert task.deaths == 2


# -- reading -------------------------------------------------------------------------------------


def test_many_documents_have_the_memories_of_single_ingests(
    cli: Callable[..., Any],
    books: Path,
    expected: dict[str, str],
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    (books / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    outcome = cli("ingest", books, "--each", "--workers", 2, "--json", "-d", tmp_path / "many.db")
    assert outcome.code == 3
    result = outcome.json
    assert {Path(row["path"]).name for row in result["documents"]} == set(expected)
    assert {row["status"] for row in result["documents"]} == {"ingested"}
    (failure,) = result["failures"]
    assert Path(failure["path"]).name == "broken.pdf"
    assert "damaged" in failure["error"]
    assert (result["workers"], result["workers_lost"]) == (2, 0)
    assert result["tokens"] == sum(row["tokens_read"] for row in result["documents"])
    with infinidoc.open(tmp_path / "many.db") as library:
        assert digests(library) == expected
    again = cli("ingest", books, "--each", "-d", tmp_path / "many.db")
    assert again.code == 3
    assert "0 documents read, 3 unchanged, 1 failed" in again.err
    assert again.out == ""


def read_by_workers_that_die(options: dict[str, Any], books: Path, sent: int) -> None:
    """Read all books; the first worker at each is sent that signal on the way."""
    killed: set[str] = set()

    def kill(progress: WorkerProgress) -> None:
        if progress.tokens and progress.name not in killed:
            killed.add(progress.name)
            os.kill(progress.process, sent)

    crew = Crew(options, 2, kill)
    outcomes = list(crew.run(reading_tasks(files_of([books]).paths)))
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert crew.lost == len(killed) == 3


def test_a_killed_worker_is_replaced_and_its_document_goes_on(
    books: Path, expected: dict[str, str], tiny_model: Path, tmp_path: Path
) -> None:
    read_by_workers_that_die(setup(tiny_model, tmp_path / "many.db"), books, signal.SIGTERM)
    with infinidoc.open(tmp_path / "many.db") as library:
        assert digests(library) == expected


def test_workers_killed_at_random_leave_every_memory_as_it_was(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The short form of `bench many --documents 40 --kills 10`."""
    from infinidoc.benchmarks.many import run

    run(str(tiny_model), 6, 1500, [2], 3)  # raises if a document is missing or another memory
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    undisturbed, killed = report["jobs"]
    assert undisturbed["killed"] == 0
    assert 1 <= killed["killed"] <= 3
    assert killed["tokens"] == undisturbed["tokens"]


def test_a_document_that_kills_every_worker_is_a_failure(
    books: Path, tiny_model: Path, tmp_path: Path
) -> None:
    def kill(progress: WorkerProgress) -> None:
        if progress.name.endswith("one.txt"):
            os.kill(progress.process, signal.SIGTERM)

    crew = Crew(setup(tiny_model, tmp_path / "many.db"), 1, kill)
    outcomes = list(crew.run(reading_tasks([books / "one.txt", books / "two.txt"])))
    failed = [outcome for outcome in outcomes if outcome.error]
    assert [Path(outcome.task.name).name for outcome in failed] == ["one.txt"]
    assert "3 workers broke off" in str(failed[0].error)
    assert crew.lost == 3


def test_a_job_that_was_stopped_does_what_is_left(
    cli: Callable[..., Any],
    books: Path,
    expected: dict[str, str],
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    crew = Crew(setup(tiny_model, tmp_path / "many.db"), 1)
    running = crew.run(reading_tasks(files_of([books]).paths))
    first = next(running)
    running.close()  # as Ctrl-C does
    rest = cli("ingest", books, "--each", "--json", "-d", tmp_path / "many.db").json
    statuses = {row["path"]: row["status"] for row in rest["documents"]}
    assert statuses.pop(first.task.name) == "unchanged"
    assert set(statuses.values()) <= {"ingested", "resumed"}
    with infinidoc.open(tmp_path / "many.db") as library:
        assert digests(library) == expected


def test_workers_end_with_their_leader(books: Path, tiny_model: Path, tmp_path: Path) -> None:
    (books / "long.txt").write_text(tiny.text(60_000), "utf-8")
    code = (
        "from tests.test_many import setup, Crew, reading_tasks, Path; import sys, os\n"
        "def watch(p): print(p.process, flush=True)\n"
        "list(Crew(setup(*map(Path, sys.argv[1:3])), 1, watch)"
        ".run(reading_tasks([Path(sys.argv[3])])))"
    )
    words = [str(path) for path in (tiny_model, tmp_path / "many.db", books / "long.txt")]
    leader = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True
    )
    assert leader.stdout
    worker = int(leader.stdout.readline())
    leader.kill()
    leader.wait()
    for _ in range(200):
        if not Path(f"/proc/{worker}").exists() or not Path("/proc").exists():
            return
        time.sleep(0.1)
    pytest.fail("the worker goes on without its leader")


def test_a_document_that_another_process_reads_waits_and_then_fails(
    books: Path, tiny_model: Path, tmp_path: Path
) -> None:
    from infinidoc.reading.document import file_sha256

    path = books / "one.txt"
    with infinidoc.open(tmp_path / "many.db", model=str(tiny_model)) as library:
        crew = Crew(setup(tiny_model, tmp_path / "many.db"), 1)
        with library.store.lock_content(file_sha256(path), "one"):
            (outcome,) = crew.run(reading_tasks([path]))
    assert isinstance(outcome.error, Busy)


def test_twins_in_one_job_are_both_documents(books: Path, tiny_model: Path, tmp_path: Path) -> None:
    (books / "twin.txt").write_bytes((books / "one.txt").read_bytes())
    crew = Crew(setup(tiny_model, tmp_path / "many.db"), 2)
    outcomes = list(crew.run(reading_tasks([books / "one.txt", books / "twin.txt"])))
    assert [outcome.error for outcome in outcomes] == [None, None]
    with infinidoc.open(tmp_path / "many.db") as library:
        assert len(set(digests(library).values())) == 1
        assert len(library.list()) == 2


def test_workers_that_cannot_begin_end_the_job(
    books: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = [books / "one.txt"]
    (tmp_path / "no.db").write_text("this is no library at all, but text" * 100)
    with pytest.raises(InfinidocError, match="not an infinidoc library"):
        list(Crew(setup(tiny_model, tmp_path / "no.db"), 1).run(reading_tasks(path)))
    monkeypatch.setattr(crews, "_START", "{!r}; import sys; sys.exit(7)")
    with pytest.raises(InfinidocError, match=r"end before they begin \(exit 7\)"):
        list(Crew(setup(tiny_model, tmp_path / "many.db"), 1).run(reading_tasks(path)))


def test_a_file_that_was_changed_is_read_again(
    books: Path, tiny_model: Path, tmp_path: Path
) -> None:
    path = books / "one.txt"
    with infinidoc.open(tmp_path / "many.db", model=str(tiny_model)) as library:
        reader = Reader(library)
        request = {"path": str(path)}
        rows: list[Any] = []
        assert reader.do(request, rows.append)["status"] == "ingested"
        assert rows[-1]["progress"]["fraction"] == 1.0
        assert reader.do(request, rows.append)["status"] == "unchanged"
        path.write_text(tiny.text(40, 9), "utf-8")
        assert reader.do(request, rows.append)["replaced"]
        assert Reader(library, force=True).do(request, rows.append)["status"] == "ingested"


def test_a_board_shows_the_whole_and_every_worker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "draws_progress", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Board("reading", 40, 2, quiet=False) as board:
        board(WorkerProgress(2, 1, "[red]tale.txt\x1b", 0.5, 100, 20.0))
        board.passed()
        board.bar.refresh()
    shown = capsys.readouterr()
    assert "reading: 1 of 40" in shown.err
    assert "[red]tale.txt\\x1b, 20 tokens/s" in shown.err
    assert shown.out == ""


def test_a_board_without_a_terminal_says_little(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.0)
    for quiet in (False, True):
        with Board("reading", 40, 2, quiet) as board:
            board(WorkerProgress(1, 1, "tale.txt", 0.5, 100, 20.0))
            board.passed()
    assert capsys.readouterr().err == "reading: 1 of 40\n"


def test_conflicts_are_refused(cli: Callable[..., Any], books: Path) -> None:
    for words in (["--workers", "2"], ["--each", "--name", "x"], ["--each", "--together"]):
        assert cli("ingest", books, *words).code == 2
    assert cli("ingest", "-", "--each").code == 2
