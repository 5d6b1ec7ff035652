"""The library file: opened means migrated, committed means kept, damaged means said."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infinidoc.errors import InfinidocError, LibraryError, NotFound, SourceError
from infinidoc.store import Store
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.verify import verify

TEXTS = ["The captain sailed at dawn.\n", "His daughter kept the map.\n", "It was hidden well.\n"]


IDENTITY = {"model": "tiny"}
SHA256 = "f" * 64


def blob(*values: float) -> bytes:
    """A memory's bytes as they are saved, by the model of `IDENTITY`."""
    data = struct.pack(f"<{len(values)}f", *values)
    place = {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, len(data)]}
    told = {"infinidoc": json.dumps({"identity": IDENTITY})}
    header = json.dumps({"__metadata__": told, "matrix": place}).encode()
    return len(header).to_bytes(8, "little") + header + data


MEMORY, ONE, TWO = blob(0.5, 0.25), blob(1.0), blob(2.0)


def fill(store: Store, name: str = "tale") -> int:
    document = store.add_document(name, "text", IDENTITY, "/tale.txt", SHA256)
    store.add_part(document, "/tale.txt", "text", SHA256, 1, 0)
    at = 0
    for number, text in enumerate(TEXTS, 1):
        end = at + len(text)
        page: dict[str, Any] = {"number": number, "label": "i" * number, "title": f"Part {number}"}
        page |= {"chapter": 1, "path": None, "line": number, "problem": None}
        store.add_pages(document, [{**page, "start": at, "end": end, "text": text}])
        row = {"page": number, "start": at, "end": end, "line": number, "text": text}
        store.add_passages(document, [row])
        segment = {"number": number - 1, "token_start": (number - 1) * 8, "tokens": 8}
        store.add_segments(document, [{**segment, "start": at, "end": end}])
        at = end
    store.save_memory(document, "current", {"at": at}, MEMORY)
    store.add_snapshot(document, 8, 1, "Part 1", {}, ONE)
    store.add_snapshot(document, 16, 2, None, {}, TWO)
    store.update_document(document, status="complete", pages=3, characters=at, warnings=["odd"])
    return document


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "deep" / "library.db")


def test_what_goes_in_comes_out(store: Store) -> None:
    document = fill(store)
    row = store.document("tale")
    assert (row["id"], row["status"], row["warnings"]) == (document, "complete", ["odd"])
    assert store.text(document, 0, 999) == "".join(TEXTS)
    assert store.text(document, 4, 40) == "".join(TEXTS)[4:40]
    assert store.memory(document, "current") == ({"at": row["characters"]}, MEMORY)
    assert store.memory(document, "closing") is None
    assert [page["number"] for page in store.pages(document, until=2)] == [1, 2]
    found = store.snapshot_before(document, 15)
    assert found is not None
    assert (found[0]["tokens"], found[2]) == (8, ONE)
    assert store.snapshot_before(document, 7) is None
    assert store.with_content(SHA256) == [row]
    assert store.with_content("fe" * 32) == []
    assert list(verify(store)) == []


def test_names_are_unique_and_near_ones_are_offered(store: Store) -> None:
    fill(store)
    assert store.unique_name("tale") == "tale-2"
    assert store.unique_name("other") == "other"
    with pytest.raises(NotFound, match="tale"):
        store.document("tail")


@pytest.mark.parametrize(
    ("reference", "number"), [("2", 2), ("iii", 3), ("Part 1", 1), ("part 3", 3), ("art 2", 2)]
)
def test_a_page_by_number_label_or_chapter(store: Store, reference: str, number: int) -> None:
    assert store.find_page(fill(store), reference)["number"] == number


def test_no_such_page(store: Store) -> None:
    with pytest.raises(NotFound, match="pages 1 to 3"):
        store.find_page(fill(store), "99")


def test_search_finds_stems_and_ends_at_a_page(store: Store) -> None:
    document = fill(store)
    (hit,) = store.search([document], "Who hides daughters?", limit=3)[:1]
    assert hit["page"] in (2, 3)
    assert hit["label"] == "i" * hit["page"]
    assert store.search([document], "daughter", limit=3, until={document: 1}) == []
    assert store.search([document], "the of and", limit=3) != []


@given(question=st.text(max_size=60))
def test_no_question_breaks_the_search(question: str) -> None:
    with Store(None) as store:
        fill(store)
        assert isinstance(store.search([1], question, limit=2), list)


def test_truncating_forgets_what_lies_beyond(store: Store) -> None:
    document = fill(store)
    store.truncate(document, segments=1, tokens=8, characters=len(TEXTS[0]), pages=1)
    assert store.text(document, 0, 999) == TEXTS[0]
    assert len(store.segments(document)) == 1
    assert [row["tokens"] for row in store.snapshots(document)] == [8]
    assert store.search([document], "map", limit=1) == []


def test_removing_leaves_nothing(store: Store) -> None:
    store.remove(fill(store))
    for table in ("pages", "passages", "segments", "memories", "snapshots", "parts"):
        assert store._rows(f"select count(*) as n from {table}")[0]["n"] == 0
    assert list(verify(store)) == []


def test_all_or_nothing(store: Store) -> None:
    def fail() -> None:
        with store.atomic():
            fill(store)
            store.document("missing")

    with pytest.raises(NotFound):
        fail()
    assert store.documents() == []


def test_a_flipped_byte_is_found(store: Store) -> None:
    document = fill(store)
    store.db.conn.execute("update memories set blob = x'00'")
    store.db.conn.commit()
    with pytest.raises(LibraryError, match="damaged"):
        store.memory(document, "current")
    assert list(verify(store)) == ["tale: memories current: damaged"]


def test_a_moved_text_is_found(store: Store) -> None:
    fill(store)
    store.db.conn.execute("update pages set text = 'x' where number = 2")
    store.db.conn.commit()
    assert any("page 2" in line for line in verify(store))


def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_text("this is a letter, not a database, and quite a long one at that" * 20)
    with pytest.raises(LibraryError, match="not an infinidoc library"):
        Store(path)


def test_another_programs_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("create table songs (title)")
    with pytest.raises(LibraryError, match="no infinidoc library"):
        Store(tmp_path / "other.db")


def test_a_newer_library_is_refused(store: Store) -> None:
    assert store.path is not None
    store.db.conn.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) "
        "values ('infinidoc', 'm999_future', '2099')"
    )
    store.db.conn.commit()
    store.close()
    with pytest.raises(LibraryError, match="newer"):
        Store(store.path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError):
        Store(tmp_path / "file" / "library.db")


def test_a_full_disk_loses_nothing_committed(store: Store) -> None:
    document = fill(store)
    pages = store.db.execute("pragma page_count").fetchone()[0]
    store.db.conn.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(LibraryError, match="disk is full"):
        store.save_memory(document, "closing", {}, b"x" * 1_000_000)
    assert store.memory(document, "closing") is None
    assert store.memory(document, "current") is not None


def test_a_read_only_library(tmp_path: Path) -> None:
    with Store(tmp_path / "library.db") as store:
        document = fill(store)
        store.db.conn.execute("pragma query_only = on")
        with pytest.raises(InfinidocError, match="cannot be written"):
            store.remove(document)


def test_export_and_import_carry_everything(store: Store, tmp_path: Path) -> None:
    document = fill(store)
    fill(store, "another")
    path = tmp_path / "tale.infinidoc"
    assert export_document(store, document, path) > 0
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".tale")] == []
    with Store(tmp_path / "elsewhere.db") as other:
        (row,) = import_documents(other, path)
        assert row["name"] == "tale"
        assert other.text(row["id"], 0, 999) == "".join(TEXTS)
        assert other.memory(row["id"], "current") == store.memory(document, "current")
        assert other.snapshots(row["id"]) == store.snapshots(document)
        assert other.search([row["id"]], "map", limit=1)[0]["page"] == 2
        (again,) = import_documents(other, path)
        assert (again["id"], again["name"]) == (row["id"], "tale"), "it is there already"
        with Store(tmp_path / "third.db") as third:
            export_document(third, fill(third), tmp_path / "namesake")
        assert import_documents(other, tmp_path / "namesake")[0]["name"] == "tale-2"
        assert list(verify(other)) == []
    with pytest.raises(LibraryError, match="already"):
        export_document(store, document, path)


def test_importing_something_else(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_text("no")
    with pytest.raises(SourceError, match="not an exported document"):
        import_documents(store, path)
    with pytest.raises(SourceError, match="no such file"):
        import_documents(store, tmp_path / "missing")
