"""One document as one file: a library of the same schema that holds only it.

An exported file comes from anywhere. It is read into memory and never changed; one that
is no library, whose schema is not exactly ours (a trigger, a view, a column more) or that
is damaged is refused before anything is written.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from infinidoc.errors import LibraryError, SourceError
from infinidoc.store.connection import adopt, translated
from infinidoc.store.store import Row, Store
from infinidoc.store.verify import verify

TABLES = ("parts", "pages", "segments", "memories", "snapshots", "summaries", "vectors")


def export_document(store: Store, document: int, path: Path) -> int:
    """Write the document to `path`, whole or not at all; returns the file's size in bytes."""
    if path.exists():
        raise LibraryError("there is such a file already", where=path, hint="choose another name")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise LibraryError(f"cannot write here: {reason}", where=path.parent) from error
    os.close(handle)
    temporary = Path(name)
    try:
        with Store(temporary) as target:
            copy_document(store, target, document, store.document(document)["name"])
            with translated(path):
                target.db.conn.execute("PRAGMA journal_mode = DELETE")
                target.db.conn.execute("VACUUM")
        os.replace(temporary, path)
    finally:
        for left in path.parent.glob(temporary.name + "*"):
            left.unlink(missing_ok=True)
    return path.stat().st_size


def import_documents(store: Store, path: Path) -> list[Row]:
    """Copy every document of the file into the library; a taken name gets a number."""
    _refuse_other_files(path)
    added = []
    with _reading(path) as source, store.atomic():
        for row in reversed(source.documents()):
            name = store.unique_name(row["name"])
            added.append(store.document(copy_document(source, store, row["id"], name)))
    if not added:
        raise SourceError("this file holds no document", where=path)
    return added


def _refuse_other_files(path: Path) -> None:
    if not path.is_file():
        raise SourceError("no such file", where=path)
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise SourceError(f"cannot be read: {reason}", where=path) from error
    if not start.startswith(b"SQLite format 3"):
        raise SourceError("not an exported document", where=path)


def _reading(path: Path) -> Store:
    """The exported file as a library in memory, checked; the file itself is never touched."""
    copy = Store(None)
    ours = _schema(copy)
    copy.db.close()
    try:
        with translated(path):
            copy.db = adopt(_in_memory(path), None)
        if _schema(copy) != ours:
            raise SourceError("not an exported document: other tables", where=path)
        wrong = next(verify(copy), None)
    except LibraryError as error:
        raise SourceError(error.what, where=path, hint="export it again") from error
    if wrong is not None:
        raise SourceError(f"damaged ({wrong})", where=path, hint="export it again")
    return copy


def _in_memory(path: Path) -> sqlite3.Connection:
    target = sqlite3.connect(":memory:")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
        source.backup(target)
    target.execute("PRAGMA trusted_schema = OFF")
    return target


def _schema(store: Store) -> set[tuple[str, str, str]]:
    """Our tables, and every view and trigger: as they were created."""
    names = ", ".join(f"'{table}'" for table in ("documents", "passages", "passages_fts", *TABLES))
    sql = "select type, name, sql from sqlite_master where type in ('view', 'trigger') or name in"
    return {(row["type"], row["name"], row["sql"]) for row in store._rows(f"{sql} ({names})")}


def copy_document(source: Store, target: Store, document: int, name: str) -> int:
    """Copy one document with all its rows; returns its id in `target`."""
    with target.atomic():
        row = source._rows("select * from documents where id = ?", [document])[0]
        row = {key: value for key, value in row.items() if key != "id"}
        added = target._insert("documents", [{**row, "name": name}])
        assert added is not None
        for table in TABLES:
            rows = source._rows(f"select * from {table} where document = ?", [document])
            target._insert(table, [{**row, "document": added} for row in rows])
        rows = source._rows("select * from passages where document = ? order by id", [document])
        target._insert(
            "passages",
            [{k: added if k == "document" else v for k, v in r.items() if k != "id"} for r in rows],
        )
    return added
