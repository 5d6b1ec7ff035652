"""Memories of a library on a server as objects: a real S3 server, and a folder of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import LibraryError
from infinidoc.store import Store
from infinidoc.store.copying import copy_documents
from infinidoc.store.postgres import blobs
from infinidoc.store.verify import verify
from tests.conftest import Outcome
from tests.servers import bucket, postgres, postgres_server, s3_server  # noqa: F401
from tests.test_store import (  # noqa: F401
    MEMORY,
    ONE,
    TWO,
    blob,
    fill,
    test_export_and_import_carry_everything,
    test_removing_leaves_nothing,
    test_truncating_forgets_what_lies_beyond,
    test_what_goes_in_comes_out,
)
from tests.test_store_shared import (  # noqa: F401
    test_a_copy_is_exported_whole,
    test_whoever_is_removed_the_others_stay_whole,
    test_whoever_reads_on_the_others_stay_as_they_were,
)

pytest.importorskip("psycopg", reason="pip install 'infinidoc[postgres]'")
pytest.importorskip("fsspec", reason="pip install 'infinidoc[objects]'")


@pytest.fixture(params=["s3", "file"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an object store."""
    if request.param == "file":
        return (tmp_path / "objects").as_uri()
    return f"{request.getfixturevalue('bucket')}/books"


@pytest.fixture
def address(postgres: str, folder: str) -> str:  # noqa: F811
    return f"{postgres}&blobs={folder}"


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with Store(address) as store:
        yield store


def objects(folder: str) -> set[str]:
    """The names of all objects."""
    import fsspec

    system, root = fsspec.url_to_fs(folder, skip_instance_cache=True, use_listings_cache=False)
    return {name.rpartition("/")[2] for name in system.find(root)}


def names(store: Store) -> set[str]:
    sql = "select sha256 from memories union select sha256 from snapshots"
    return {row["sha256"] for row in store._rows(sql)}


def bytes_in_tables(store: Store) -> int:
    sql = "select coalesce(sum(length(blob)), 0)::bigint as bytes from"
    tables = ("memories", "snapshots")
    return sum(int(store._rows(f"{sql} {table}")[0]["bytes"]) for table in tables)


def test_bytes_are_objects_and_go_with_their_last_row(store: Store, folder: str) -> None:
    first = fill(store)
    assert bytes_in_tables(store) == 0
    assert objects(folder) == names(store)
    assert len(objects(folder)) == 3
    store.save_memory(first, "closing", {}, MEMORY)  # the bytes of another row
    store.save_memory(first, "current", {}, blob(9.0))
    assert store.compact()
    assert objects(folder) == names(store)
    assert len(objects(folder)) == 4
    assert list(verify(store)) == []
    store.remove(first)
    assert store.compact()
    assert objects(folder) == set()
    assert store._rows("select 1 from released union all select 1 from intended") == []


def test_what_was_released_a_moment_ago_can_be_read(
    store: Store, address: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = fill(store)
    with Store(address) as other, other.one_state():
        assert other.document("tale")["id"] == document
        store.save_memory(document, "current", {}, TWO)
        found = other.memory(document, "current")
        assert found is not None
        assert found[1] == MEMORY
    assert len(objects(folder)) == 3
    monkeypatch.setattr(blobs, "GRACE_SECONDS", 0)
    from infinidoc.store.postgres import backend

    monkeypatch.setattr(backend, "GRACE_SECONDS", 0)
    store.update_document(document, status="complete")
    assert len(objects(folder)) == 2
    assert objects(folder) == names(store)


def test_nothing_of_a_transaction_that_failed_stays(store: Store, folder: str) -> None:
    document = fill(store)

    def fail() -> None:
        with store.atomic():
            store.save_memory(document, "current", {}, blob(7.0))
            store.remove(document)
            raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        fail()
    assert len(objects(folder)) == 4
    assert store.compact()
    assert objects(folder) == names(store)
    assert store.memory(document, "current") == ({"at": 75}, MEMORY)


def test_an_object_that_is_gone_or_altered_is_found(store: Store, folder: str) -> None:
    import fsspec

    document = fill(store)
    system, root = fsspec.url_to_fs(folder, skip_instance_cache=True, use_listings_cache=False)
    places = {name.rpartition("/")[2]: name for name in system.find(root)}
    sql = "select sha256 from memories"
    place = places[store._rows(sql)[0]["sha256"]]
    system.pipe_file(place, b"other")
    assert list(verify(store)) == ["tale: memories current: damaged"]
    system.rm_file(place)
    assert list(verify(store)) == ["tale: memories current: damaged"]
    with pytest.raises(LibraryError, match="damaged"):
        store.memory(document, "current")


def test_two_libraries_share_no_object(store: Store, postgres_server: str, folder: str) -> None:  # noqa: F811
    fill(store)
    with Store(f"{postgres_server}&schema=other_{id(store)}&blobs={folder}") as other:
        fill(other)
        other.remove(1)
        assert other.compact()
    assert list(verify(store)) == []


def test_a_library_says_where_its_memories_are(store: Store, postgres: str, folder: str) -> None:  # noqa: F811
    document = fill(store)
    for address in (postgres, f"{postgres}&blobs={folder}/"):
        with Store(address) as again:
            assert again.memory(document, "current") == store.memory(document, "current")
    with pytest.raises(LibraryError, match="its memories are kept in"):
        Store(f"{postgres}&blobs=file:///elsewhere")


def test_tables_or_objects_is_settled_when_a_library_is_made(postgres: str, tmp_path: Path) -> None:  # noqa: F811
    with Store(postgres) as store:
        fill(store)
        assert bytes_in_tables(store) > 0
    with pytest.raises(LibraryError, match="kept in the database"):
        Store(f"{postgres}&blobs={tmp_path.as_uri()}")


def test_copying_into_objects_and_out(store: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "file.db") as file, Store(tmp_path / "back.db") as back:
        document = fill(file)
        list(copy_documents(file, store))
        assert bytes_in_tables(store) == 0
        list(copy_documents(store, back))
        assert back.memory(1, "current") == file.memory(document, "current")
        for tokens in (8, 16):
            assert back.snapshot_before(1, tokens) == file.snapshot_before(document, tokens)


def test_an_object_store_that_cannot_be_used(
    postgres: str,  # noqa: F811
    postgres_server: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    place = f"{(tmp_path / 'file').as_uri()}/below"
    with Store(f"{postgres}&blobs={place}") as store:
        with pytest.raises(LibraryError, match="the object store failed"):
            fill(store)
        assert store._rows("select 1 from memories") == []
    with pytest.raises(LibraryError, match="no object store is called so"):
        Store(f"{postgres_server}&schema=unknown_kind&blobs=nothing://bucket")


def test_a_bucket_that_is_not_there(bucket: str, postgres: str) -> None:  # noqa: F811
    with (
        Store(f"{postgres}&blobs={bucket}-none/books") as store,
        pytest.raises(LibraryError, match="the object store failed"),
    ):
        fill(store)


def test_a_missing_extra_is_one_clear_line(
    cli: Callable[..., Outcome],
    postgres: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import fsspec

    def missing(*_: Any, **__: Any) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "url_to_fs", missing)
    outcome = cli("list", "-d", f"{postgres}&blobs=s3://bucket/books")
    assert outcome.code == 1
    assert "pip install 'infinidoc[objects]'" in outcome.err
    assert len(outcome.err.splitlines()) == 1
