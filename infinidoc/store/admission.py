"""Checks what another library's file says of its documents before any of it is believed.

That a file is whole and agrees with itself is `verify`'s to say; a forger's file does. Here
every value is held against what this program writes: kinds, ranges, dates, digests, numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from infinidoc.store.store import CONVERSATION, Row, Store
from infinidoc.store.tensors import metadata, what_is_wrong
from infinidoc.store.textless import STATUS

STATUSES = ("reading", "partial", "complete", STATUS)
LONGEST = 1000  # characters of a name
_SHA256 = re.compile("[0-9a-f]{64}")


def objections(store: Store) -> Iterator[str]:
    """Why the documents of this library cannot be taken over; nothing if they can."""
    for row in store._rows("select * from documents order by id"):
        for what in (*_record(row), *_parts(store, row), *_places(store, row)):
            yield f"{what} of document {row['id']}"
        yield from _memories(store, row)
        yield from _vectors(store, row)


def _record(row: Row) -> Iterator[str]:
    identity = _json(row["identity"])
    if not isinstance(identity, dict) or not isinstance(identity.get("model"), str):
        yield "the identity"
    if not _is_list_of_texts(row["warnings"]):
        yield "the warnings"
    if not row["name"].strip() or len(row["name"]) > LONGEST or len(row["kind"]) > LONGEST:
        yield "the name"
    if row["status"] not in STATUSES:
        yield "the status"
    if not _is_sha256(row["source_sha256"]) or not _is_sha256(row["memory_sha256"] or "0" * 64):
        yield "a digest"
    if not all(_is_past(row[name]) for name in ("created", "updated")):
        yield "a date"
    counts = "pages", "characters", "tokens", "segments", "memory_bytes"
    if any(row[name] < 0 for name in counts):
        yield "a count"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_list_of_texts(text: str) -> bool:
    found = _json(text)
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def _is_sha256(text: str) -> bool:
    return _SHA256.fullmatch(text) is not None


def _is_past(text: str) -> bool:
    """Whether it is a date as this program writes it; another machine's clock may be fast."""
    try:
        date = datetime.fromisoformat(text)
        return date.tzinfo is not None and date <= datetime.now(UTC) + timedelta(days=1)
    except ValueError:
        return False


def _parts(store: Store, row: Row) -> Iterator[str]:
    parts = store.parts(row["id"])
    if [part["ordinal"] for part in parts] != list(range(len(parts))):
        yield "the parts"
    if not all(_is_sha256(part["sha256"]) for part in parts):
        yield "the digest of a part"
    spoken = (part["source"] for part in parts if part["kind"] == CONVERSATION)
    if not all(map(_is_list_of_texts, spoken)):
        yield "what was talked about"


def _places(store: Store, row: Row) -> Iterator[str]:
    """Pages and segments are counted without a gap, and snapshots lie within."""
    numbers = [page["number"] for page in store.pages_light(row["id"])]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "the page numbers"
    at = character = 0
    for number, segment in enumerate(store.segments(row["id"])):
        place = (segment["number"], segment["token_start"], segment["start"])
        if place != (number, at, character) or segment["tokens"] < 1:
            yield f"segment {segment['number']}"
            return
        at, character = at + segment["tokens"], segment["end"]
    for snapshot in store.snapshots(row["id"]):
        if not (0 < snapshot["tokens"] <= at and 0 <= snapshot["page"] <= len(numbers)):
            yield f"the snapshot at {snapshot['tokens']} tokens"


def _memories(store: Store, row: Row) -> Iterator[str]:
    identity = _json(row["identity"])
    for table, key in (("memories", "role"), ("snapshots", "tokens")):
        keys = store._rows(f"select {key} as key from {table} where document = ?", [row["id"]])
        for name in (found["key"] for found in keys):  # one at a time: they are large
            sql = f"select header, blob, sha256 from {table} where document = ? and {key} = ?"
            saved = store.with_bytes(table, store._rows(sql, [row["id"], name])[0])
            wrong = what_is_wrong(saved["blob"])
            if wrong is None and metadata(saved["blob"]).get("identity") != identity:
                wrong = "it was made by another model than the document says"
            if wrong is None and not isinstance(_json(saved["header"]), dict):
                wrong = "its header cannot be read"
            if wrong is not None:
                yield f"{table} {name} of document {row['id']}: {wrong}"


def _vectors(store: Store, row: Row) -> Iterator[str]:
    import numpy as np

    sql = "select start, vector from vectors where document = ? order by start"
    for found in store._rows(sql, [row["id"]]):
        vector = found["vector"]
        if len(vector) % 2 or not np.isfinite(np.frombuffer(vector, np.float16)).all():
            yield f"the vector at character {found['start']} of document {row['id']}"
            return
