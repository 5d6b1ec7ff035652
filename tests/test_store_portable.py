"""Files from elsewhere: an exported document comes in whole, anything else not at all."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from infinidoc.errors import LibraryError, NotFound, SourceError
from infinidoc.store import Store
from infinidoc.store.portable import export_document, import_documents
from tests.test_store import fill


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "tale.infinidoc"
    with Store(None) as store:
        export_document(store, fill(store), path)
    return path


def altered(path: Path, *statements: str) -> Path:
    """A copy of the file after somebody ran these statements on it."""
    copy = shutil.copy(path, path.with_suffix(".altered"))
    with closing(sqlite3.connect(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return Path(copy)


@pytest.mark.parametrize(
    "statement",
    [
        'alter table parts add column "x"" y" text',
        "drop table parts",
        "create trigger t after insert on pages begin delete from documents; end",
        "create view v as select text from pages",
        "insert into _sqlite_migrations (migration_set, name, applied_at) "
        "values ('infinidoc', 'm999_future', '2099')",
        "update documents set identity = '{'",
        "update memories set blob = x'00'",
        "update memories set header = '{'",
        "update snapshots set sha256 = ''",
        "delete from pages where number = 3",
        "update passages_fts_data set block = x'00'",
        "delete from documents",
    ],
)
def test_a_file_somebody_altered_is_refused(exported: Path, statement: str) -> None:
    path = altered(exported, statement)
    before = path.read_bytes()
    with Store(None) as store:
        with pytest.raises(SourceError):
            import_documents(store, path)
        assert store.documents() == []
    assert path.read_bytes() == before


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def scratched(content: bytes) -> bytes:
    return content[:8192] + b"\xff" * 8192 + content[16384:]


@pytest.mark.parametrize("damage", [cut, scratched])
def test_a_damaged_file_is_refused(exported: Path, damage: Callable[[bytes], bytes]) -> None:
    exported.write_bytes(damage(exported.read_bytes()))
    with Store(None) as store, pytest.raises(SourceError, match="damaged"):
        import_documents(store, exported)


def test_a_whole_library_is_imported_whole(tmp_path: Path) -> None:
    with Store(tmp_path / "library.db") as source:  # in WAL mode, and open
        fill(source, "one")
        fill(source, "two")
        with Store(None) as store:
            names = [row["name"] for row in import_documents(store, tmp_path / "library.db")]
    assert sorted(names) == ["one", "two"]


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with Store(None) as store:
        with pytest.raises(NotFound):
            export_document(store, 7, tmp_path / "none")
        with pytest.raises(LibraryError, match="cannot write here"):
            export_document(store, fill(store), tmp_path / "missing" / "file")
    assert list(tmp_path.iterdir()) == []
