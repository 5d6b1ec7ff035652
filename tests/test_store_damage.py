"""A library with a byte of its text wrong: said in one line, and not imported."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from infinidoc.errors import LibraryError, SourceError
from infinidoc.store import Store
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.verify import verify
from tests.damage import complaint
from tests.test_store import fill


def test_a_letter_changed_in_a_page_is_found() -> None:
    with Store(None) as store:
        fill(store)
        store.db.conn.execute("update pages set text = 'X' || substr(text, 2) where number = 2")
        store.db.conn.commit()
        assert list(verify(store)) == ["tale: page 2: its text and its passages disagree"]


def test_an_altered_page_is_not_imported(tmp_path: Path) -> None:
    exported = tmp_path / "tale.infinidoc"
    with Store(tmp_path / "library.db") as store:
        export_document(store, fill(store), exported)
    with sqlite3.connect(exported) as file:
        file.execute("update pages set text = replace(text, 'dawn', 'noon')")
    with Store(None) as other, pytest.raises(SourceError, match="page 1"):
        import_documents(other, exported)


@pytest.mark.parametrize("told", [b"captain", b"daughter", b"/tale.txt"])
def test_a_text_that_is_no_utf8_is_no_traceback(tmp_path: Path, told: bytes) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        fill(store)
    whole = path.read_bytes()
    assert told in whole
    path.write_bytes(whole.replace(told, bytes([told[0] ^ 0x80]) + told[1:]))
    with Store(path) as store, pytest.raises(LibraryError):
        list(verify(store))


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        (b"_sqlite_migrations_sqlite_migrations", b"_sqlite_migrations_sqlite_migratIons"),
        (b"autoindex_vectors_1vectors", b"autoindex_vectors_1vectoss"),
        (b"autoindex_vectors_1vectors", b"autoindex_vectors_1vecto\xf2s"),
        (b"'passages_fts_data'(id INTEGER", b"'passages_fts_data'(id iNTEGER"),
    ],
)
def test_a_letter_changed_in_the_schema_is_found(
    tmp_path: Path, told: bytes, instead: bytes
) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        fill(store)
    whole = path.read_bytes()
    assert told in whole
    path.write_bytes(whole.replace(told, instead, 1))
    assert complaint(path)


@pytest.mark.parametrize("told", [b"_onsnapshots", b"documentsdocuments", b"pagespages"])
def test_a_name_in_the_schema_that_is_no_utf8_is_no_traceback(tmp_path: Path, told: bytes) -> None:
    path, name = tmp_path / "library.db", bytes([told[0], told[1] ^ 0x80]) + told[2:]
    with Store(path) as store:
        fill(store)
        store.db.execute("pragma journal_mode = delete")
    whole = path.read_bytes()
    assert told in whole
    path.write_bytes(whole.replace(told, name, 1))
    assert complaint(path)
    with Store(None) as store, pytest.raises(SourceError):
        import_documents(store, path)


def test_tables_of_others_in_the_file_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        fill(store)
        store.db.execute("create table notes (text primary key)")
        assert list(verify(store)) == []
        store.db.execute("create view v as select 1")
        assert len(list(verify(store))) == 1


def test_a_column_name_that_is_no_utf8_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        fill(store)
    path.write_bytes(path.read_bytes().replace(b"problem TEXT", b"probl\xe5m TEXT"))
    with pytest.raises(LibraryError), Store(path) as store:
        list(verify(store))
