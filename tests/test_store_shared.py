"""Copies of a document share the bytes of its memories, and each outlives the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infinidoc.store import Store
from infinidoc.store.portable import copy_document, export_document, import_documents
from infinidoc.store.verify import verify
from tests.test_store import MEMORY, ONE, TWO, blob, fill

LARGE = blob(*(float(n) for n in range(500_000)))  # 2 MB


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "library.db")


def copies(store: Store, *names: str) -> list[int]:
    """A document and copies of it."""
    first = fill(store)
    store.save_memory(first, "closing", {"at": 3}, LARGE)
    return [first, *(copy_document(store, store, first, name) for name in names)]


def assert_whole(store: Store, document: int) -> None:
    assert store.memory(document, "closing") == ({"at": 3}, LARGE)
    current = store.memory(document, "current")
    assert current is not None
    assert current[1] == MEMORY
    for tokens, expected in ((8, ONE), (16, TWO)):
        found = store.snapshot_before(document, tokens)
        assert found is not None
        assert found[2] == expected


def test_a_copy_takes_no_room_for_its_memory(store: Store, tmp_path: Path) -> None:
    one = copies(store)[0]
    store.db.conn.execute("pragma wal_checkpoint(truncate)")
    before = os.path.getsize(tmp_path / "library.db")
    copied = [copy_document(store, store, one, f"copy {n}") for n in range(5)]
    store.db.conn.execute("pragma wal_checkpoint(truncate)")
    assert os.path.getsize(tmp_path / "library.db") - before < len(LARGE) // 4
    for document in (one, *copied):
        assert_whole(store, document)
    assert list(verify(store)) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 2), (2, 1)])
def test_whoever_is_removed_the_others_stay_whole(store: Store, order: tuple[int, int]) -> None:
    documents = copies(store, "b", "c")
    for index in order:
        store.remove(documents[index])
        for left in store.documents():
            assert_whole(store, left["id"])
    assert list(verify(store)) == []
    store.remove(store.documents()[0]["id"])
    assert store._rows("select * from memories") == []


def test_whoever_reads_on_the_others_stay_as_they_were(store: Store) -> None:
    first, second, third = copies(store, "b", "c")
    store.save_memory(first, "closing", {"at": 9}, blob(9.0))
    store.add_snapshot(first, 8, 1, None, {}, blob(8.0))
    store.thin_snapshots(second)
    assert_whole(store, third)
    assert store.memory(first, "closing") == ({"at": 9}, blob(9.0))
    assert store.memory(second, "closing") == ({"at": 3}, LARGE)
    assert list(verify(store)) == []


def test_a_copy_is_exported_whole(store: Store, tmp_path: Path) -> None:
    _, second = copies(store, "b")
    export_document(store, second, tmp_path / "exported")
    with Store(None) as other:
        import_documents(other, tmp_path / "exported")
        assert_whole(other, other.documents()[0]["id"])
