"""Files from elsewhere: an exported document comes in whole, anything else not at all."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from infinidoc.errors import LibraryError, NotFound, SourceError
from infinidoc.store import Store
from infinidoc.store.digests import TABLES, row_digest
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.tensors import what_is_wrong
from infinidoc.store.verify import verify
from tests.test_store import MEMORY, blob, fill


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


NAN = blob(float("nan"), 1.0)
DIGEST = hashlib.sha256(NAN).hexdigest()
OTHER = MEMORY.replace(b"tiny", b"mini")


def forged(path: Path, *statements: str) -> Path:
    """A copy that agrees with itself whatever these statements changed: its digests are new."""
    copy = altered(path, *statements)
    with Store(copy) as store, store.atomic():
        for table in TABLES:
            for row in store._rows(f"select rowid as rowid, * from {table}"):
                key = row.pop("rowid")
                sql = f"update {table} set digest = ? where rowid = ?"
                store.db.conn.execute(sql, [row_digest(row), key])
    return copy


@pytest.mark.parametrize(
    "statement",
    [
        "update documents set identity = '{'",
        "update documents set identity = '[]'",
        "update documents set identity = '{}'",
        "update documents set warnings = '{}'",
        "update documents set warnings = '[1]'",
        "update documents set warnings = replace(hex(zeroblob(50000)), '00', '[')",
        "update documents set status = 'done'",
        "update documents set status = ''",
        "update documents set updated = '9999'",
        "update documents set updated = '9999-01-01T00:00:00+00:00'",
        "update documents set created = 'yesterday'",
        "update documents set source_sha256 = '../../x'",
        "update documents set memory_sha256 = 'x'",
        "update documents set memory_bytes = -1",
        "update documents set name = ' '",
        "update documents set name = hex(zeroblob(9000))",
        "update parts set sha256 = 'x'",
        "update parts set ordinal = 7",
        "update parts set kind = 'conversation', source = '{'",
        "update parts set kind = 'conversation', source = '[7]'",
        "update pages set number = 99 where number = 3",
        "update memories set header = '[]'",
        "update snapshots set header = '{'",
        "update segments set token_start = token_start + 1",
        "update segments set tokens = 0",
        "update snapshots set tokens = 9999 where tokens = 16",
        "update snapshots set page = 99",
        f"update memories set blob = x'{NAN.hex()}', sha256 = '{DIGEST}'",
        f"update memories set blob = x'{OTHER.hex()}', sha256 = "
        f"'{hashlib.sha256(OTHER).hexdigest()}'",
        "insert into vectors (document, start, seeker, vector) values (1, 0, 's', x'007e')",
        "insert into vectors (document, start, seeker, vector) values (1, 0, 's', x'00')",
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(exported: Path, statement: str) -> None:
    path = forged(exported, statement)
    with Store(None) as store:
        with pytest.raises(SourceError, match=r"damaged \((?!.*not what was written)"):
            import_documents(store, path)
        assert store.documents() == []


def test_a_forged_file_without_a_lie_is_imported(exported: Path) -> None:
    with Store(None) as store:
        assert import_documents(store, forged(exported, "update documents set kind = 'text'"))
        assert list(verify(store)) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda blob: blob[:-1],
        lambda blob: blob + b"\0",
        lambda blob: b"\xff" * 8 + blob[8:],
        lambda blob: blob.replace(b"[2]", b"[3]"),
        lambda blob: blob.replace(b"F32", b"F99"),
        lambda blob: blob.replace(b"F32", b"F16"),
        lambda blob: blob.replace(b'"data_offsets": [0, 8]', b'"data_offsets": [0, 9]'),
        lambda blob: b"[" * 100_000,
        lambda blob: (100_000).to_bytes(8, "little") + b"[" * 100_000,
        lambda blob: b"",
    ],
)
def test_bytes_that_are_no_memory(damage: Callable[[bytes], bytes]) -> None:
    assert what_is_wrong(MEMORY) is None
    assert what_is_wrong(damage(MEMORY)) is not None


def test_what_is_no_exported_document_is_told_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("The captain's log.")
    with Store(None) as store:
        for path, what in (
            (tmp_path / "none", "no such file"),
            (tmp_path, "no such file"),
            (tmp_path / "a.txt", "not an exported document"),
        ):
            with pytest.raises(SourceError, match=what):
                import_documents(store, path)

        def refused(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refused)
        with pytest.raises(SourceError, match="cannot be read: permission denied"):
            import_documents(store, tmp_path / "a.txt")


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def scratched(content: bytes) -> bytes:
    return content[:8192] + b"\xff" * 8192 + content[16384:]


@pytest.mark.parametrize("damage", [cut, scratched])
def test_a_damaged_file_is_refused(exported: Path, damage: Callable[[bytes], bytes]) -> None:
    exported.write_bytes(damage(exported.read_bytes()))
    with Store(None) as store, pytest.raises(SourceError, match="damaged"):
        import_documents(store, exported)


def test_without_text_only_a_finished_memory_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "bare"
    with Store(None) as store:
        document = fill(store)
        with pytest.raises(LibraryError, match="no finished memory"):
            export_document(store, document, path, text=False)
        store.save_memory(document, "closing", {}, MEMORY)
        export_document(store, document, path, text=False)
    with Store(path) as bare:
        assert list(verify(bare)) == []
        assert bare.memory(1, "current") is None
        assert bare.memory(1, "closing") == ({}, MEMORY)
        assert bare.text(1, 0, 999) == ""
        pages = [(page["label"], page["title"], page["start"]) for page in bare.pages(1)]
        assert [(label, title) for label, title, _ in pages] == [(i * "i", None) for i in (1, 2, 3)]
    smuggled = altered(path, "update pages set text = 'x' where number = 2")
    with Store(None) as store, pytest.raises(SourceError, match="page 2"):
        import_documents(store, smuggled)


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
