"""From one library into another: a file, a server, and back; every byte of a memory the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import NotFound, UsageError
from infinidoc.store import Store, add_vectors
from infinidoc.store.copying import copy_documents
from infinidoc.store.digests import TABLES
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.replies import add_reply
from infinidoc.store.verify import verify
from tests import tiny
from tests.conftest import Outcome
from tests.servers import postgres, postgres_server  # noqa: F401
from tests.test_store import MEMORY, ONE, blob, fill

Cli = Callable[..., Outcome]
Opened = Callable[[str], Store]


@pytest.fixture
def opened(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """A new library by its kind."""
    with ExitStack() as stack:

        def of(kind: str) -> Store:
            if kind == "server":
                return stack.enter_context(Store(request.getfixturevalue("postgres")))
            return stack.enter_context(Store(tmp_path / f"{kind}.db"))

        yield of


def everything(store: Store, name: str) -> dict[str, Any]:
    """All that is kept of a document but the ids of rows."""
    key = store.document(name)["id"]
    found: dict[str, Any] = {}
    for table in TABLES:
        column = "id" if table == "documents" else "document"
        names = ", ".join(f'"{name}"' for name in store.backend.columns(table))
        rows = store._rows(f"select {names} from {table} where {column} = ?", [key])
        if table in ("memories", "snapshots"):
            rows = [store.with_bytes(table, row) for row in rows]
        kept = [
            {k: v for k, v in row.items() if k not in ("id", "document", "digest")} for row in rows
        ]
        found[table] = sorted(kept, key=lambda row: json.dumps(row, default=repr))
    return found


def fill_whole(store: Store, name: str) -> None:
    """A document with a row in every table, odd characters, and two that share their bytes."""
    np = pytest.importorskip("numpy")
    key = fill(store, name)
    row = {"page": 3, "start": 74, "end": 84, "line": 1, "text": "odd \0 \x10 ²", "within": "class"}
    store.add_passages(key, [row])
    store.save_memory(key, "closing", {"at": 1}, MEMORY)
    store.add_snapshot(key, 24, 3, "odd \0", {}, ONE)
    store.save_summary(key, "key", {"text": "all"})
    add_vectors(store, key, "e", [(0, np.ones(4, np.float32))])
    reply = {"question": "q", "answer": "a", "kind": "k", "page": 1, "start": 0, "end": 1}
    add_reply(store, key, {**reply, "given": "g", "grade": "right", "asked": "2026"})
    store.update_document(key, memory_sha256="a" * 64, imported="2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(("one", "two"), [("a", "b"), *permutations(["a", "server"])])
def test_a_copy_has_every_row_and_every_byte(opened: Opened, one: str, two: str) -> None:
    source, target = opened(one), opened(two)
    for name in ("first", "second"):
        fill_whole(source, name)
    fill(target, "other")
    copied = [(done.row["name"], done.was_there) for done in copy_documents(source, target)]
    assert copied == [("first", False), ("second", False)]
    for name in ("first", "second"):
        assert everything(target, name) == everything(source, name)
    assert [row["name"] for row in target.documents()][1:] == ["second", "first"]
    ours, theirs = source.document("first")["id"], target.document("first")["id"]
    assert len(source.search([ours], "class", limit=3)) == 1, "found by what it stands in"
    assert len(target.search([theirs], "class", limit=3)) == 1
    lines = [line for line in verify(target) if "first" in line or "second" in line]
    assert lines == list(verify(source))


def test_what_is_there_is_left_alone_and_a_taken_name_gets_a_number(opened: Opened) -> None:
    source, target = opened("a"), opened("b")
    fill(source, "tale")
    fill(source, "second")
    assert [done.was_there for done in copy_documents(source, target, ["tale"])] == [False]
    assert [done.was_there for done in copy_documents(source, target)] == [True, False]
    key = source.document("tale")["id"]
    source.save_memory(key, "closing", {}, MEMORY)
    source.update_document(key, memory_sha256="b" * 64)
    (again,) = copy_documents(source, target, ["tale"])
    assert (again.row["name"], again.was_there) == ("tale-2", False)
    assert [done.was_there for done in copy_documents(source, target)] == [True, True]


def test_a_library_is_not_copied_into_itself(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as one, Store(tmp_path / "a.db") as same:
        fill(one)
        with pytest.raises(UsageError, match="both are the same library"):
            list(copy_documents(one, same, []))
        assert len(one.documents()) == 1


def test_a_damaged_memory_is_not_copied(opened: Opened) -> None:
    source, target = opened("a"), opened("b")
    fill(source)
    fill(source, "sound")
    source.save_memory(1, "closing", {}, blob(7.0))
    source.db.conn.execute("update memories set blob = x'00' where role = 'closing'")
    source.db.conn.commit()
    done = list(copy_documents(source, target))
    assert [(copied.row["name"], copied.error is None) for copied in done] == [
        ("tale", False),
        ("sound", True),
    ]
    assert "damaged" in str(done[0].error)
    assert [row["name"] for row in target.documents()] == ["sound"]
    with pytest.raises(UsageError, match="same library"):
        list(copy_documents(source, source))
    with pytest.raises(NotFound):
        list(copy_documents(source, target, ["nothing"]))


def test_an_exported_document_goes_into_a_server(opened: Opened, tmp_path: Path) -> None:
    source, target = opened("a"), opened("server")
    fill(source)
    export_document(source, 1, tmp_path / "exported")
    (row,) = import_documents(target, tmp_path / "exported")
    assert row["imported"] is not None
    export_document(target, row["id"], tmp_path / "again")
    with Store(None) as other:
        import_documents(other, tmp_path / "again")
        assert everything(other, "tale")["memories"] == everything(source, "tale")["memories"]


# -- the command line ----------------------------------------------------------------------------


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text("The captain hid the map.\n\n" + tiny.text(60), "utf-8")
    return path


def test_the_whole_line_on_a_server(cli: Cli, tale: Path, tmp_path: Path, postgres: str) -> None:  # noqa: F811
    there = ("-d", postgres)
    read = cli("ingest", tale, "--json", *there)
    assert read.code == 0, read.err
    assert cli("ingest", tale, "--json", *there).json["status"] == "unchanged"
    asked = cli("ask", "Who hid the map?", "--json", *there).json
    here = tmp_path / "here.db"
    assert cli("ingest", tale, "-d", here).code == 0
    same = cli("ask", "Who hid the map?", "--json", "-d", here).json
    assert asked["evidence"] == same["evidence"]
    assert asked["answer"] == same["answer"]
    shown = cli("show", "tale", "--json", *there).json
    assert shown["memory_sha256"] == cli("show", "tale", "--json", "-d", here).json["memory_sha256"]
    (tmp_path / "more.txt").write_text("And then it was found.\n")
    assert (
        cli("append", "tale", tmp_path / "more.txt", "--json", *there).json["status"] == "appended"
    )
    assert cli("verify", *there).out == "1 document, nothing is wrong\n"
    assert cli("path", *there).out.strip() == postgres
    assert cli("--database", postgres, "list", "--json").json["document"] == "tale"
    assert cli("rm", "tale", *there).code == 0
    assert cli("list", *there).err.startswith("the library is empty")


def test_copying_there_and_back(cli: Cli, tale: Path, tmp_path: Path, postgres: str) -> None:  # noqa: F811
    here, back = tmp_path / "here.db", tmp_path / "back.db"
    assert cli("ingest", tale, "-d", here).code == 0
    assert cli("copy", here, postgres).out == "tale: copied, 441 tokens\n"
    assert cli("copy", here, postgres).out == "tale: is there already, 441 tokens\n"
    told = cli("copy", postgres, back, "tale", "--json").json
    assert told["status"] == "copied"
    digests = {
        cli("show", "tale", "--json", "-d", place).json["memory_sha256"]
        for place in (here, postgres, back)
    }
    assert digests == {told["memory_sha256"]}
    answers = [
        cli("ask", "Who hid the map?", "--json", "-d", place).json
        for place in (here, postgres, back)
    ]
    assert answers[0]["answer"] == answers[1]["answer"] == answers[2]["answer"]
    assert answers[0]["evidence"] == answers[1]["evidence"] == answers[2]["evidence"]
    with Store(here) as store:
        store.db.conn.execute("update memories set blob = x'00'")
        store.db.conn.commit()
    (tmp_path / "more.txt").write_text("And then it was found.\n")
    assert cli("ingest", tmp_path / "more.txt", "-d", here).code == 0
    partly = cli("copy", here, tmp_path / "other.db")
    assert partly.code == 3
    assert partly.out.startswith("more: copied")
    assert "tale: a saved memory is damaged" in partly.err
    missing = cli("copy", tmp_path / "none.db", back)
    assert (missing.code, "no such library" in missing.err) == (1, True)


def test_a_missing_extra_is_one_clear_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    outcome = cli("list", "-d", "postgresql://me:secret@server/books")
    assert outcome.code == 1
    assert "pip install 'infinidoc[postgres]'" in outcome.err
    assert "secret" not in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_the_address_of_the_settings(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("INFINIDOC_DB", "postgresql://me:secret@server/books?schema=a-b")
    assert "no name of a schema" in cli("list").err
    monkeypatch.setenv("INFINIDOC_DB", "postgresql://me:secret@server/books")
    assert cli("path").out == "postgresql://me@server/books\n"
    assert "psycopg" in cli("doctor").out
