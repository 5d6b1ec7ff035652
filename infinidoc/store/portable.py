"""One document as one file: a library of the same schema that holds only it.

An exported file comes from anywhere. It is read from a private copy and never changed; one
that is no library, whose schema is not exactly ours (a trigger, a view, a column more), that
is damaged or says what cannot be (`admission`) is refused before anything is written.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from infinidoc.errors import LibraryError, SourceError
from infinidoc.scratch import scratch_folder
from infinidoc.store import textless
from infinidoc.store.admission import objections
from infinidoc.store.connection import adopt, legible, translated
from infinidoc.store.sqlite import SQLite
from infinidoc.store.store import Row, Store
from infinidoc.store.verify import verify

LARGEST_VALUE = 1 << 29  # bytes: no memory, page or snapshot is as large
HELD = ("memories", "snapshots")  # tables with bytes that rows may share
_PASSAGES = 'select page, start, "end", line, text from passages where document = ? order by id'
TABLES = ("parts", "pages", "segments", "memories", "snapshots", "summaries", "vectors")


def export_document(store: Store, document: int, path: Path, *, text: bool = True) -> int:
    """Write the document to `path`, whole or not at all; returns the file's size in bytes.

    Without `text` its memory alone (see `textless`).
    """
    if path.exists():
        raise LibraryError("there is such a file already", where=path, hint="choose another name")
    row = store.document(document)
    if not text:
        textless.refuse_unkeepable(store, row)
    try:
        with scratch_folder(path.parent) as folder:
            temporary = folder / "exported"
            with Store(temporary) as target:
                copy_document(store, target, document, row["name"], text=text)
                with translated(path):
                    target.db.conn.execute("PRAGMA journal_mode = DELETE")
                    target.db.conn.execute("VACUUM")
            os.replace(temporary, path)
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise LibraryError(f"cannot write here: {reason}", where=path.parent) from error
    return path.stat().st_size


def import_documents(store: Store, path: Path) -> list[Row]:
    """Copy every document of the file into the library; a taken name gets a number.

    One that is there already, under whatever name, is left alone: its row has `was_there`.
    """
    _refuse_other_files(path)
    added, now = [], datetime.now(UTC).isoformat(timespec="microseconds")
    with _reading(path) as source, store.atomic():
        for row in reversed(source.documents()):
            known = [k for k in store.with_content(row["source_sha256"]) if _is_same(row, k)]
            if known:
                added.append({**known[0], "was_there": True})
                continue
            name = store.unique_name(row["name"])
            added.append(store.document(copy_document(source, store, row["id"], name, now)))
    if not added:
        raise SourceError("this file holds no document", where=path)
    return added


def _is_same(row: Row, known: Row) -> bool:
    """Whether both are of one reading, and remember the same of it."""
    return all(row[key] == known[key] for key in ("memory_sha256", "identity", "status", "created"))


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
    """A private copy of the exported file, checked; the file itself is never touched."""
    copy = Store(None)
    copy.close()
    try:
        with translated(path), legible(path):
            copy.backend = SQLite(None, adopt(_copied(path), None))
        if not copy.backend.is_as_made():
            raise SourceError("not an exported document: other tables", where=path)
        wrong = next(verify(copy), None) or next(objections(copy), None)
    except LibraryError as error:
        raise SourceError(error.what, where=path, hint="export it again") from error
    if wrong is not None:
        copy.close()
        raise SourceError(f"damaged ({wrong})", where=path, hint="export it again")
    return copy


def _copied(path: Path) -> sqlite3.Connection:
    """The file in a nameless temporary one: SQLite deletes it, killed or not."""
    target = sqlite3.connect("")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
        source.backup(target)
    target.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    target.execute("PRAGMA trusted_schema = OFF")
    target.execute("PRAGMA cell_size_check = ON")
    return target


def copy_document(
    source: Store,
    target: Store,
    document: int,
    name: str,
    imported: str | None = None,
    *,
    text: bool = True,
    whole: bool = False,
) -> int:
    """Copy one document with all its rows, as it is at one moment; returns its new id.

    `imported`: when it came from elsewhere; None if it is our own. `whole`: from a library
    that is our own, with its replies and the words by which its passages are found.
    """
    with target.atomic(), source.one_state():
        source.document(document)  # NotFound if it has been removed meanwhile
        row = source._rows("select * from documents where id = ?", [document])[0]
        row = {key: value for key, value in row.items() if key != "id"}
        if not text:
            row = textless.without_text("documents", row)
        added = target._insert("documents", [{**row, "name": name, "imported": imported}])
        assert added is not None
        for table in TABLES if text else textless.TABLES:
            rows = source._rows(f"select * from {table} where document = ?", [document])
            if table in HELD:
                rows = [_held(source, target, table, row) for row in rows]
            if not text:
                rows = [textless.without_text(table, row) for row in rows]
                rows = [row for row in rows if row.get("role") != "current"]
            target._insert(table, [{**row, "document": added} for row in rows])
        if whole:
            _copy_own(source, target, document, added)
        elif text:
            target.add_passages(added, source._rows(_PASSAGES, [document]))
    return added


def _copy_own(source: Store, target: Store, document: int, added: int) -> None:
    """Rows with ids, which are given anew: passages with their words, and replies."""
    for table in ("passages", "replies"):
        names = ", ".join(f'"{name}"' for name in source.backend.columns(table) if name != "id")
        rows = source._rows(
            f"select {names} from {table} where document = ? order by id", [document]
        )
        target._insert(table, [{**row, "document": added} for row in rows])


def _held(source: Store, target: Store, table: str, row: Row) -> Row:
    """A row for `target`: without its bytes if they are there already."""
    return {**row, "blob": b""} if source is target else source.with_bytes(table, row)
