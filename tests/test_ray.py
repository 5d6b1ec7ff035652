"""Workers on a Ray cluster: a real one, started here; and a store that is used from elsewhere."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.benchmarks.many import Killer
from infinidoc.errors import Busy, InfinidocError, NotFound
from infinidoc.library import Library
from infinidoc.many.crew import Crew, Hire
from infinidoc.many.distant_store import UNANSWERED, Desk, DistantStore
from infinidoc.many.ray_crew import _sent, cluster
from infinidoc.many.reading import Reader, reading_tasks
from infinidoc.store import Store
from tests import tiny
from tests.test_many import digests, setup

installed = pytest.mark.skipif(
    not find_spec("ray"),
    reason="Ray is not installed: pip install 'infinidoc[ray]'",
)


@pytest.fixture
def books(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "books" / f"{name}.txt" for name in ("one", "two", "three", "four")]
    paths[0].parent.mkdir()
    for seed, path in enumerate(paths):
        path.write_text(tiny.text(1500, seed), "utf-8")
    return paths


@pytest.fixture
def expected(books: list[Path], tiny_model: Path, tmp_path: Path) -> dict[str, str]:
    """The digests of the memories that single ingests make."""
    with infinidoc.open(tmp_path / "single.db", model=str(tiny_model)) as single:
        for path in books:
            single.ingest(path, index_only=False)
        return digests(single)


@pytest.fixture
def hire() -> Iterator[Hire]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own
        with cluster("local", 2) as hire:
            yield hire


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store(tmp_path / "library.db") as store, Desk(store) as desk:
        yield desk


def distant(desk: Desk) -> Any:
    return DistantStore(desk.do, str(desk.store.path))


def spied(desk: Desk) -> tuple[Any, list[list[str]]]:
    """A distant store, and the names of the calls in each row that it sends."""
    sent: list[list[str]] = []

    def ask(row: dict[str, Any]) -> dict[str, Any]:
        sent.append([name for name, _, _ in row["do"]])
        return desk.do(row)

    return DistantStore(ask, str(desk.store.path)), sent


# -- a store that is elsewhere -------------------------------------------------------------------


def test_a_document_read_into_a_distant_store_is_the_same(
    desk: Desk, books: list[Path], expected: dict[str, str], tiny_model: Path
) -> None:
    with Library("elsewhere.db", model=str(tiny_model), store=distant(desk)) as library:
        for path in books[:2]:
            result = Reader(library, index_only=False).do({"path": str(path)}, lambda row: None)
            assert result["status"] == "ingested"
        assert Reader(library).do({"path": str(books[0])}, print)["status"] == "unchanged"
        assert {Path(row["source"]).name for row in library.list()} == {"one.txt", "two.txt"}
        assert digests(library).items() <= expected.items()
    assert not Path("elsewhere.db").exists()


def test_what_a_lost_worker_had_not_committed_is_undone(tmp_path: Path) -> None:
    with Store(tmp_path / "library.db") as store:
        with Desk(store) as desk:
            worker = distant(desk)
            worker.add_document("kept", "text", {}, "kept.txt", "0")
            worker._do("enter", 1, "lock_content", "0", "half")
            worker._do("enter", 2, "atomic")
            worker.add_document("half", "text", {}, "half.txt", "0")
        assert [row["name"] for row in store.documents()] == ["kept"]
        with store.lock_content("0", "half"):
            pass


def test_a_lock_may_outlive_the_transaction_it_was_taken_in(desk: Desk) -> None:
    worker = distant(desk)
    with ExitStack() as held, Store(desk.store.path) as other:
        with worker.atomic():
            worker.add_document("tale", "text", {}, "tale.txt", "0")
            held.enter_context(worker.lock("tale"))
        with pytest.raises(Busy), other.lock("tale"):
            pass
        with other.atomic():  # nobody else has the turn any more
            assert [row["name"] for row in other.documents()] == ["tale"]
        held.close()
        with other.lock("tale"):
            pass


def test_what_a_worker_committed_outlives_it(
    desk: Desk, books: list[Path], tiny_model: Path
) -> None:
    def ended(row: dict[str, Any]) -> None:
        with Store(desk.store.path) as other, other.atomic():  # while it reads
            assert [row["status"] for row in other.documents()] == ["reading"]
        raise KeyboardInterrupt

    with Library("elsewhere.db", model=str(tiny_model), store=distant(desk)) as library:
        with pytest.raises(KeyboardInterrupt):
            Reader(library, index_only=False).do({"path": str(books[0])}, ended)
        (row,) = desk.store.documents()
        assert row["tokens"] > 0
        result = Reader(library, index_only=False).do({"path": str(books[0])}, lambda row: None)
    assert result["status"] == "resumed"


def test_writes_of_a_transaction_are_sent_together(desk: Desk) -> None:
    worker, sent = spied(desk)
    with worker.atomic():
        document = worker.add_document("tale", "text", {}, "tale.txt", "0")
        worker.add_part(document, "tale.txt", "text", "0", 1, 0)
        with worker.atomic():
            worker.update_document(document, pages=3)
            assert worker.document(document)["pages"] == 3
        worker.update_document(document, pages=4)
        worker.save_memory(document, "closing", {}, b"memory")
    assert sent == [
        ["enter", "add_document"],
        ["add_part", "enter", "update_document", "document"],
        ["leave"],
        ["update_document", "save_memory", "leave"],
    ]
    assert desk.store.document("tale")["pages"] == 4
    assert desk.store.memory(document, "closing") == ({}, b"memory")
    worker.update_document(document, pages=5)  # outside of a transaction, at once
    assert sent[-1] == ["update_document"]
    returned = [inspect.signature(getattr(Store, name)).return_annotation for name in UNANSWERED]
    assert set(returned) == {"None"}


def test_a_part_of_a_transaction_that_failed_is_undone_alone(desk: Desk) -> None:
    worker, sent = spied(desk)
    with worker.atomic():
        document = worker.add_document("tale", "text", {}, "tale.txt", "0")
        worker.update_document(document, pages=3)
        for wanted in (2, 5):
            with suppress(_Failed):
                _failing(worker, document, wanted)
    assert desk.store.document("tale")["pages"] == 3
    assert sum(calls.count("enter") for calls in sent) == 2  # one part was never sent


class _Failed(Exception):
    """Of a worker, in the middle of a transaction."""


def _failing(worker: Any, document: int, pages: int) -> None:
    with worker.atomic():
        worker.update_document(document, pages=pages)
        if pages == 5:
            assert worker.document(document)["pages"] == 5
            worker.update_document(document, pages=6)
        raise _Failed


def test_an_error_of_a_write_that_waited_undoes_its_transaction(desk: Desk) -> None:
    worker = distant(desk)
    document = worker.add_document("tale", "text", {}, "tale.txt", "0")
    for asks in (False, True):
        with pytest.raises(InfinidocError, match="the library failed"):
            _writing_in_vain(worker, document, asks)
        assert worker.document(document)["pages"] == 0
    with Store(desk.store.path) as other, other.lock("tale"), other.atomic():
        pass  # neither is held any more


def _writing_in_vain(worker: Any, document: int, asks: bool) -> None:
    with worker.lock("tale"), worker.atomic():
        worker.update_document(document, pages=3)
        worker.update_document(document, no_such_column=3)
        worker.update_document(document, pages=4)
        if asks:
            worker.document(document)


def test_errors_of_a_distant_store_come_as_they_are(desk: Desk) -> None:
    worker = distant(desk)
    with pytest.raises(NotFound, match="no such document"):
        worker.document("nothing")
    with desk.store.lock("tale"), pytest.raises(Busy), worker.lock("tale"):
        pass
    with pytest.raises(InfinidocError, match=r"the library failed \(TypeError\)"):
        worker.document()
    with pytest.raises(KeyError), worker.atomic():
        raise {}[worker.add_document("half", "text", {}, "half.txt", "0")]
    assert worker.documents() == []


def test_bytes_travel_beside_what_is_pickled() -> None:
    beside: list[pickle.PickleBuffer] = []
    call = ("add_snapshot", (1, b"current"), {"blob": b"earlier", "page": 3})
    row = pickle.dumps(_sent(*call), 5, buffer_callback=beside.append)
    assert [bytes(buffer.raw()) for buffer in beside] == [b"current", b"earlier"]
    assert b"earlier" not in row
    assert pickle.loads(row, buffers=beside) == call


# -- Ray -----------------------------------------------------------------------------------------


def test_without_ray_it_is_said_how_to_get_it(
    cli: Callable[..., Any], books: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    outcome = cli("ingest", books[0], "--each", "--ray", "local", "-d", tmp_path / "ray.db")
    assert outcome.code == 1
    assert "pip install 'infinidoc[ray]'" in outcome.err
    assert cli("ingest", books[0], "--ray", "local").code == 2
    assert cli("ingest", books[0], "--each", "--ray", "ray://127.0.0.1:10001").code == 2


@installed
def test_a_job_on_ray_does_what_one_of_processes_does(
    books: list[Path], expected: dict[str, str], tiny_model: Path, tmp_path: Path
) -> None:
    library = tmp_path / "ray.db"
    broken = books[0].with_name("broken.pdf")
    broken.write_bytes(b"%PDF-1.7 nothing")
    words = ["ingest", str(broken.parent), "--each", "--workers", "2", "--ray", "local"]
    words += ["--with-memory", "--quiet", "-d", str(library), "-m", str(tiny_model)]
    command = [sys.executable, "-m", "infinidoc", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr  # the file that failed, and nothing of Ray's
    assert "broken.pdf" in done.stderr
    with infinidoc.open(library) as read:
        assert digests(read) == expected


@installed
def test_killed_workers_on_ray_are_replaced_and_a_stopped_job_goes_on(
    hire: Hire,
    books: list[Path],
    expected: dict[str, str],
    tiny_model: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = setup(tiny_model, tmp_path / "ray.db", index_only=False)
    stopped = Crew(told, 1, hire=hire).run(reading_tasks(books))
    first = next(stopped)
    stopped.close()  # as Ctrl-C does
    crew = Crew(told, 2, Killer(2), hire)
    outcomes = list(crew.run(reading_tasks(books)))
    assert [outcome.error for outcome in outcomes] == [None] * len(books)
    statuses = {outcome.task.name: (outcome.result or {})["status"] for outcome in outcomes}
    assert statuses[first.task.name] == "unchanged"
    assert crew.lost >= 1
    assert capfd.readouterr() == ("", "")
    with infinidoc.open(tmp_path / "ray.db") as library:
        assert digests(library) == expected


@installed
def test_a_cluster_that_is_not_there_is_an_error() -> None:
    with (
        warnings.catch_warnings(),
        pytest.raises(InfinidocError, match="no Ray cluster answers"),
        cluster("127.0.0.1:9", 1),
    ):
        pass
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


@installed
def test_a_cluster_started_here_wants_a_token(hire: Hire) -> None:
    address = import_module("ray").get_runtime_context().gcs_address
    others = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
    code = f"import ray; ray.init({address!r}, logging_level='ERROR', log_to_driver=False)"
    words = [sys.executable, "-c", code]
    stranger = subprocess.run(words, capture_output=True, text=True, env=others, timeout=300)
    assert stranger.returncode != 0
    assert "token" in stranger.stderr.lower()
