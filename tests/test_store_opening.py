"""Opening, locking, failing: several processes, strange values, other people's errors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infinidoc.errors import LibraryError, NotFound
from infinidoc.store import Store
from infinidoc.store.verify import verify
from tests.test_store import TEXTS, fill

OPEN = "import sys; from infinidoc.store import Store; print(len(Store(sys.argv[1]).documents()))"
HOLD = """
import sys
from infinidoc.store import Store
with Store(sys.argv[1]).lock("tale"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "library.db") as store:
        yield store


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def change_and_fail(store: Store, error: BaseException, **fields: str) -> None:
    with store.atomic():
        store.update_document(store.document("tale")["id"], **fields)
        raise error


def test_several_processes_create_one_library(tmp_path: Path) -> None:
    processes = [python(OPEN, tmp_path / "library.db") for _ in range(3)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert answers == [("0\n", "")] * 3
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".lock"] == []


@pytest.mark.parametrize("folder", ["", ".", "/", "there"])
def test_a_folder_is_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    with pytest.raises(LibraryError, match="a folder, not a library"):
        Store(Path(folder))


def test_importing_and_listing_need_nothing_heavy() -> None:
    heavy = "{'torch', 'transformers', 'pymupdf', 'tiktoken', 'gguf'}"
    script = "import sys; from infinidoc.store import Store; Store(None).documents()"
    process = python(f"{script}; print({heavy} & set(sys.modules))")
    assert process.communicate(timeout=60) == ("set()\n", "")


def test_one_writer_per_document_until_its_process_dies(store: Store) -> None:
    document = fill(store)
    process = python(HOLD, store.path)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(LibraryError, match="another process"), store.lock(document):
        pass
    with store.lock("another"):
        pass
    process.kill()
    process.communicate(timeout=60)
    with store.lock("tale"):
        pass


def test_an_error_within_a_transaction_stays_what_it_is(store: Store) -> None:
    document = fill(store)
    with pytest.raises(BrokenPipeError):
        change_and_fail(store, BrokenPipeError(32, "Broken pipe"), status="partial")
    assert store.document(document)["status"] == "complete"


def test_an_inner_transaction_is_undone_alone(store: Store) -> None:
    document = fill(store)
    with store.atomic():
        store.update_document(document, status="partial")
        with pytest.raises(KeyboardInterrupt):
            change_and_fail(store, KeyboardInterrupt(), name="renamed")
    row = store.document(document)
    assert (row["name"], row["status"]) == ("tale", "partial")


def test_what_is_written_after_a_check_is_kept(store: Store) -> None:
    document = fill(store)
    assert list(verify(store)) == []
    store.update_document(document, status="partial")
    store.close()
    assert store.path is not None
    with Store(store.path) as again:
        assert again.document(document)["status"] == "partial"


def test_a_library_that_cannot_be_written_has_no_wrong_index(store: Store) -> None:
    fill(store)
    store.db.conn.execute("pragma query_only = on")
    with pytest.raises(LibraryError, match="cannot be written"):
        list(verify(store))


def test_a_stale_index_and_missing_pages_are_found(store: Store) -> None:
    fill(store)
    with store.atomic():
        store.db.conn.execute("update passages set text = 'other' where page = 2")
        store.db.conn.execute("delete from pages where number = 3")
    assert list(verify(store)) == [
        "the full-text index disagrees with the text",
        "tale: page 2: its text and its passages disagree",
        "tale: 2 pages are there, 3 were read",
        f"tale: {len(TEXTS[0] + TEXTS[1])} characters are there, {len(''.join(TEXTS))} were read",
        "tale: segment 2: lies beyond the text",
    ]


def test_a_damaged_record_is_said(store: Store) -> None:
    fill(store)
    store._run("update documents set warnings = '['")
    with pytest.raises(LibraryError, match="record in the library is damaged"):
        store.documents()
    assert list(verify(store)) == ["tale: its warnings cannot be read"]


def test_a_file_name_that_is_no_utf8(store: Store) -> None:
    name = store.unique_name("caf\udce9")
    document = store.add_document(name, "text", {}, "/caf\udce9.txt", "ff")
    assert store.document("caf\udce9")["id"] == document
    assert store.document(document)["source"] == "/caf\ufffd.txt"
    assert store.unique_name("caf\udce9") == "caf\ufffd-2"
    with store.lock("caf\udce9"):
        pass


def test_a_number_of_thirty_digits_is_no_page(store: Store) -> None:
    document = fill(store)
    with pytest.raises(NotFound):
        store.page(document, 10**30)
    with pytest.raises(NotFound):
        store.document(10**30)
    assert len(list(store.pages(document, until=10**30))) == 3


def test_a_zero_byte_in_a_text(store: Store) -> None:
    document, text = store.add_document("nul", "text", {}, "/n", "ff"), "a\0b map\n"
    page = {"number": 1, "chapter": 0, "start": 0, "end": len(text), "text": text}
    store.add_pages(document, [page])
    store.add_passages(document, [{"page": 1, "start": 0, "end": len(text), "text": text}])
    store.update_document(document, pages=1, characters=len(text))
    assert store.text(document, 0, 99) == text
    assert len(store.search([document], "map", limit=1)) == 1
    assert list(verify(store)) == []


def test_summaries_are_kept(store: Store) -> None:
    document = fill(store)
    store.save_summary(document, "short", {"summary": "Ein Käpt'n"})
    assert store.summary(document, "short") == {"summary": "Ein Käpt'n"}
    assert store.summary(document, "long") is None
