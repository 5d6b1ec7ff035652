"""Libraries of every schema that ever landed, made by the programs of then, still open."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from infinidoc.errors import LibraryError
from infinidoc.store import Store
from infinidoc.store.migrations import migrations
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.verify import verify
from tests.test_store import MEMORY

KEPT = sorted((Path(__file__).parent / "libraries").glob("*.db.gz"))


def unpacked(kept: Path, folder: Path) -> Path:
    path = folder / "library.db"
    path.write_bytes(gzip.decompress(kept.read_bytes()))
    return path


def test_there_is_one_of_each_schema() -> None:
    names = [migration.name for migration in migrations.pending(Store(None).db)]
    assert names == []
    applied = Store(None)._rows("select name from _sqlite_migrations order by name")
    assert [row["name"][:4] for row in applied] == [path.name[:4] for path in KEPT]


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name[:4])
def test_it_opens_with_all_its_rows(kept: Path, tmp_path: Path) -> None:
    path = unpacked(kept, tmp_path)
    with Store(path) as store:
        row = store.document("tale")
        assert (row["status"], row["pages"], row["warnings"]) == ("complete", 3, ["odd"])
        assert store.text(row["id"], 0, 11) == "The captain"
        memory = store.memory(row["id"], "current")
        assert memory is not None
        assert memory[1] == MEMORY
        assert [s["tokens"] for s in store.snapshots(row["id"])] == [8, 16]
        assert [p["page"] for p in store.search([row["id"]], "cafe resume", limit=1)] == [3]
        assert list(verify(store)) == []
        export_document(store, row["id"], tmp_path / "exported")
    with Store(None) as other:
        assert import_documents(other, path)
        assert import_documents(other, tmp_path / "exported")


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name[:4])
def test_a_change_after_opening_is_found(kept: Path, tmp_path: Path) -> None:
    path = unpacked(kept, tmp_path)
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update pages set label = 'xi' where number = 2")
        connection.commit()
    with Store(path) as store:
        assert list(verify(store)) == ["tale: pages: 1 rows are not what was written"]


def test_a_newer_one_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = unpacked(KEPT[-1], tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('infinidoc', 'm999_future', '2099')"
        )
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="newer infinidoc"):
        Store(path)
    assert path.read_bytes() == before
