"""A document without its text: memory and snapshots stay, and where each page began.

Left out are text, passages, titles, paths, warnings, summaries, vectors and the memory to go
on reading from, which holds the last tokens. A memory is not anonymous all the same: words
can be recovered from it, and the source's digest tells which document it was.
"""

from __future__ import annotations

import re

from infinidoc.errors import LibraryError, MismatchError
from infinidoc.store.store import Row, Store

STATUS = "memory"  # of a document that is kept without its text
REMARK = "a memory is not anonymous: words of the text can be recovered from it"
TABLES = ("parts", "pages", "segments", "memories", "snapshots")
_EMPTIED: dict[str, Row] = {
    "documents": {"status": STATUS, "warnings": "[]"},
    "pages": {"title": None, "path": None, "line": None, "text": ""},
    "snapshots": {"title": None},
}
_LAST = re.compile(r"[^/\\]*$")


def without_text(table: str, row: Row) -> Row:
    """The row without what it holds of the text; of a source its last name stays."""
    kept = {**row, **_EMPTIED.get(table, {})}
    if "source" in kept:
        kept["source"] = _LAST.findall(kept["source"].rstrip("/\\"))[0]
    return kept


def refuse_unkeepable(store: Store, document: Row) -> None:
    """Refuse a document of which nothing would be left: one without a finished memory."""
    sql = "select 1 from memories where document = ? and role = 'closing'"
    if document["status"] == "reading" or not store._rows(sql, [document["id"]]):
        what = "there is no finished memory: without its text nothing is left"
        hint = "export it with its text, or ingest --force --with-memory first"
        raise LibraryError(what, where=document["name"], hint=hint)


def refuse_textless(document: Row) -> None:
    """Refuse a document without its text, for what needs the text."""
    if document["status"] == STATUS:
        hint = 'ask "..." --mode memory asks the memory; ingest the document to have its text'
        raise MismatchError("kept without its text", where=document["name"], hint=hint)
