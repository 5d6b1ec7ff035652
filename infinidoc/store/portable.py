"""One document as one file: a library of the same schema that holds only it.

Importing copies rows between two SQLite files; nothing in the file is executed, and a
file that is no library is refused before anything is written.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path

from infinidoc.errors import LibraryError, SourceError
from infinidoc.store.connection import adopt, translated
from infinidoc.store.store import Row, Store

TABLES = ("parts", "pages", "segments", "memories", "snapshots", "summaries")


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
            _copy(store, target, document, store.document(document)["name"])
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
    if not path.is_file():
        raise SourceError("no such file", where=path)
    with path.open("rb") as file:
        if not file.read(16).startswith(b"SQLite format 3"):
            raise SourceError("not an exported document", where=path)
    added = []
    with _reading(path) as source, store.atomic():
        for row in reversed(source.documents()):
            name = store.unique_name(row["name"])
            added.append(store.document(_copy(source, store, row["id"], name)))
    if not added:
        raise SourceError("this file holds no document", where=path)
    return added


def _reading(path: Path) -> Store:
    """The exported file as a library in memory, so that the file itself is never touched."""
    copy = Store(None)
    copy.db.close()
    with translated(path):
        source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        target = sqlite3.connect(":memory:")
        source.backup(target)
        source.close()
        copy.db = adopt(target, path)
    return copy


def _copy(source: Store, target: Store, document: int, name: str) -> int:
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
