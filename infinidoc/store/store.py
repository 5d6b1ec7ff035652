"""Saves, finds and deletes documents, their text and their memories in one library.

Knows rows and blobs: a memory is a header (a dictionary) and bytes, so that nothing here
needs torch. Rows are plain dictionaries.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from infinidoc.errors import LibraryError, NotFound
from infinidoc.store.backend import Row
from infinidoc.store.connection import LARGEST, bindable
from infinidoc.store.places import pages_meant
from infinidoc.store.search import PASSAGES, question_words, to_index
from infinidoc.store.transactions import Transactions
from infinidoc.text import letters

CONVERSATION = "conversation"  # the kind of a document that grows while it is spoken
_JSON = {"identity": dict, "warnings": list}
_LIGHT = 'number, label, title, chapter, path, line, start, "end", problem'
_PAGE = f"document, {_LIGHT}, text"
_SEGMENT = 'document, number, token_start, tokens, start, "end"'


class Store(Transactions):
    """The library. Opening migrates; every method is one transaction or part of one."""

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- documents -------------------------------------------------------------------------

    def add_document(
        self, name: str, kind: str, identity: Row, source: str, source_sha256: str
    ) -> int:
        """A new document that is about to be read; returns its id."""
        now = _now()
        row = {
            "name": name,
            "source": source,
            "kind": kind,
            "source_sha256": source_sha256,
            "identity": json.dumps(identity),
            "status": "reading",
            "pages": 0,
            "characters": 0,
            "tokens": 0,
            "segments": 0,
            "memory_bytes": 0,
            "memory_sha256": None,
            "warnings": "[]",
            "created": now,
            "updated": now,
        }
        return int(self._insert("documents", [row]) or 0)

    def unique_name(self, name: str) -> str:
        """`name`, or `name-2`, `name-3`, ... if it is taken."""
        (name,) = bindable([name])  # as it would be stored
        if not self._rows("select 1 from documents where name = ?", [name]):
            return str(name)
        taken = {row["name"] for row in self._rows("select name from documents")}
        return next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)

    def document(self, name_or_id: str | int) -> Row:
        """The document of this name or id."""
        column = "id" if isinstance(name_or_id, int) else "name"
        found = self._rows(f"select * from documents where {column} = ?", [name_or_id])
        found = found or self._named_alike(name_or_id)
        if not found:
            raise NotFound("no such document", where=name_or_id, hint=self._nearest(name_or_id))
        return _decoded(found[0])

    def _named_alike(self, name: str | int) -> list[Row]:
        """The documents whose name has the same letters: files can be named in decomposed ones."""
        rows = self._rows("select * from documents") if isinstance(name, str) else []
        return [row for row in rows if letters(row["name"]) == letters(str(name))]

    def _nearest(self, name: str | int) -> str:
        names = [row["name"] for row in self.documents()]
        if not names:
            return "the library is empty: infinidoc ingest FILE"
        near = difflib.get_close_matches(str(name), names, 3, 0.4) or names[:3]
        more = f" and {len(names) - len(near)} more" if len(names) > len(near) else ""
        return "there is: " + ", ".join(near) + more

    def with_content(self, source_sha256: str) -> list[Row]:
        """The documents that say they have this content, the newest first."""
        sql = "select * from documents where source_sha256 = ? order by id desc"
        return [_decoded(row) for row in self._rows(sql, [source_sha256])]

    def named_or_from(self, name: str, source: str) -> list[Row]:
        """The documents of this name or from this place, the one touched last first."""
        sql = "select * from documents where name = ? or source = ? order by updated desc, id desc"
        return [_decoded(row) for row in self._rows(sql, [name, source])]

    def latest(self) -> Row | None:
        """The document touched last; one without a page only if there is nothing else, a
        conversation only if there is no document."""
        order = f"kind = '{CONVERSATION}', pages = 0, updated desc, id desc"
        rows = self._rows(f"select * from documents order by {order} limit 1")
        return _decoded(rows[0]) if rows else None

    def documents(self) -> list[Row]:
        """All documents, the one touched last first."""
        rows = self._rows("select * from documents order by updated desc, id desc")
        return [_decoded(row) for row in rows]

    def update_document(self, document: int, **fields: Any) -> None:
        fields = {k: json.dumps(v) if k in _JSON else v for k, v in fields.items()}
        self._update("documents", document, {**fields, "updated": _now()})

    def remove(self, document: int) -> None:
        """Forget a document with everything that hangs on it, the words of the index too."""
        with self.atomic():
            self._run("delete from passages where document = ?", [document])
            self._run("delete from documents where id = ?", [document])
            self.backend.forget()

    def compact(self) -> bool:
        """Give the room of what was removed back to the disk; False if that must wait."""
        return self.backend.compact()

    def add_part(
        self,
        document: int,
        source: str,
        kind: str,
        sha256: str,
        first_page: int,
        start_character: int,
    ) -> None:
        """A source that was read, or is about to be, behind what is there."""
        row = {
            "document": document,
            "ordinal": len(self.parts(document)),
            "source": source,
            "kind": kind,
            "sha256": sha256,
            "first_page": first_page,
            "start_character": start_character,
        }
        self._insert("parts", [row])

    def reopen(self, document: int, sha256: str, warnings: list[str]) -> None:
        """Make a finished document of one source ready to go on with it; it has grown since."""
        (part,) = self.parts(document)
        with self.atomic():
            self._run("delete from parts where document = ?", [document])
            self._insert("parts", [{**part, "sha256": sha256}])
            self._run("delete from summaries where document = ?", [document])
            known = {"status": "reading", "source_sha256": sha256, "warnings": warnings}
            self.update_document(document, **known)

    def parts(self, document: int) -> list[Row]:
        return self._rows("select * from parts where document = ? order by ordinal", [document])

    # -- text ------------------------------------------------------------------------------

    def add_pages(self, document: int, rows: Iterable[Row]) -> None:
        self._insert("pages", [{"document": document, **row} for row in rows])

    def add_segments(self, document: int, rows: Iterable[Row]) -> None:
        self._insert("segments", [{"document": document, **row} for row in rows])

    def add_passages(self, document: int, rows: Iterable[Row]) -> None:
        """Passages are found by their folded words, whatever letters they are written in, and by
        those of the lines they stand in (`within`)."""
        self._insert("passages", [{"document": document, **_indexed(row)} for row in rows])

    def page(self, document: int, number: int) -> Row:
        sql = f"select {_PAGE} from pages where document = ? and number = ?"
        rows = self._rows(sql, [document, number])
        if not rows:
            raise NotFound("no such page", where=number)
        return rows[0]

    def pages(self, document: int, until: int | None = None, after: int = 0) -> Iterator[Row]:
        """The pages with their text, in order; not all at once."""
        where = "document = ? and number between ? and ?"
        sql = f"select {_PAGE} from pages where {where} order by number"
        last = LARGEST if until is None else until
        yield from self.backend.each(sql, [document, after + 1, last])

    def pages_light(self, document: int, until: int | None = None, after: int = 0) -> list[Row]:
        """The pages without their text."""
        sql = f"select {_LIGHT} from pages where document = ? and number between ? and ?"
        last = LARGEST if until is None else until
        return self._rows(f"{sql} order by number", [document, after + 1, last])

    def find_page(self, document: int, reference: str) -> Row:
        """The page a reader means: its printed label, its number, or the end of a chapter."""
        return self.find_pages(document, reference)[0]

    def find_pages(self, document: int, reference: str) -> list[Row]:
        """All pages that may be meant, the one of `find_page` first; several share a label."""
        pages = self.pages_light(document)
        found = pages_meant(pages, reference)
        if not found:
            hint = f"it has pages 1 to {len(pages)}"
            raise NotFound("no such page, label or chapter", where=reference, hint=hint)
        return found

    def text(self, document: int, start: int, end: int) -> str:
        """Characters `start` to `end` of the document."""
        sql = (
            'select start, text from pages where document = ? and "end" > ? and start < ? '
            "order by number"
        )
        rows = self._rows(sql, [document, start, end])
        return "".join(
            row["text"][max(start - row["start"], 0) : end - row["start"]] for row in rows
        )

    def truncate(
        self, document: int, *, segments: int, tokens: int, characters: int, pages: int
    ) -> None:
        """Forget rows beyond this point: an interrupted reading goes on from there."""
        with self.atomic():
            self._run(
                "delete from segments where document = ? and number >= ?", [document, segments]
            )
            self._run("delete from pages where document = ? and number > ?", [document, pages])
            self._run("delete from passages where document = ? and page > ?", [document, pages])
            self._run("delete from snapshots where document = ? and tokens > ?", [document, tokens])

    def segments(self, document: int) -> list[Row]:
        sql = f"select {_SEGMENT} from segments where document = ? order by number"
        return self._rows(sql, [document])

    def segment_at(self, document: int, character: int) -> Row | None:
        """The segment in which `character` lies, or the last one before it."""
        sql = "select * from segments where document = ? and start <= ? order by start desc limit 1"
        rows = self._rows(sql, [document, character])
        return rows[0] if rows else None

    def passages(
        self, document: int, page_from: int | None = None, page_to: int | None = None
    ) -> list[Row]:
        """The passages of some pages, in reading order, with where they stand."""
        last = LARGEST if page_to is None else page_to
        return self._rows(PASSAGES, [document, page_from or 0, last])

    def search(
        self,
        documents: Sequence[int],
        question: str,
        *,
        limit: int,
        until: dict[int, int] | None = None,
    ) -> list[Row]:
        """The passages that share most with `question` (BM25), best first, with `score`."""
        words = question_words(question)
        if not words or not documents:
            return []
        last_pages = {document: (until or {}).get(document, LARGEST) for document in documents}
        return self.backend.search(last_pages, words, limit)

    def matching(self, document: int, words: str, until: int | None = None) -> list[Row]:
        """Every passage that holds all of the telling `words`, in reading order."""
        asked = question_words(words)
        last = LARGEST if until is None else until
        return self.backend.matching(document, asked, last) if asked else []

    def count_passages(self, document: int, until: int | None = None) -> int:
        """How many passages there are up to page `until`."""
        sql = "select count(*) as count from passages where document = ? and page <= ?"
        return int(self._rows(sql, [document, LARGEST if until is None else until])[0]["count"])

    # -- memories --------------------------------------------------------------------------

    def save_memory(self, document: int, role: str, header: Row, blob: bytes) -> None:
        """The memory in this role, in place of the one before."""
        row = {"document": document, "role": role, "header": json.dumps(header)}
        self._save_blob("memories", "role", {**row, "blob": blob, "sha256": digest(blob)})

    def memory(self, document: int, role: str) -> tuple[Row, bytes] | None:
        """Header and bytes of the memory in this role, checked against its digest."""
        sql = "select * from memories where document = ? and role = ?"
        rows = self._rows(sql, [document, role])
        return _checked(self.with_bytes("memories", rows[0])) if rows else None

    def add_snapshot(
        self, document: int, tokens: int, page: int, title: str | None, header: Row, blob: bytes
    ) -> None:
        """The memory as it was after `tokens` tokens, `page` being the last whole page."""
        row: Row = {"document": document, "tokens": tokens, "page": page, "title": title}
        row |= {"header": json.dumps(header), "blob": blob, "sha256": digest(blob)}
        self._save_blob("snapshots", "tokens", row)

    def _save_blob(self, table: str, key: str, row: Row) -> None:
        """A row with bytes, in place of one that may have shared its own (a trigger knows)."""
        with self.atomic():
            sql = f"delete from {table} where document = ? and {key} = ?"
            self._run(sql, [row["document"], row[key]])
            self._insert(table, [row])

    def with_bytes(self, table: str, row: Row) -> Row:
        """A row of memories or snapshots with its bytes, which another row may hold for it."""
        if row["blob"]:
            return row
        held = self.backend.blob(table, row["sha256"])
        return row if held is None else {**row, "blob": held}

    def snapshots(self, document: int) -> list[Row]:
        """All snapshots without their bytes."""
        sql = "select tokens, page, title from snapshots where document = ? order by tokens"
        return self._rows(sql, [document])

    def snapshot_before(self, document: int, tokens: int) -> tuple[Row, Row, bytes] | None:
        """The latest snapshot of at most `tokens` tokens: row, header, bytes."""
        sql = "select * from snapshots where document = ? and tokens <= ? order by tokens desc"
        rows = self._rows(f"{sql} limit 1", [document, tokens])
        return None if not rows else (rows[0], *_checked(self.with_bytes("snapshots", rows[0])))

    def thin_snapshots(self, document: int) -> None:
        """Drop every second snapshot, keeping the newest."""
        kept = [row["tokens"] for row in self.snapshots(document)][::-1]
        with self.atomic():
            for tokens in kept[1::2]:
                sql = "delete from snapshots where document = ? and tokens = ?"
                self._run(sql, [document, tokens])

    # -- summaries -------------------------------------------------------------------------

    def summary(self, document: int, key: str) -> Row | None:
        """What was made before; a damaged one is none: it can be made anew."""
        sql = "select value from summaries where document = ? and key = ?"
        rows = self._rows(sql, [document, key])
        try:
            return parsed(rows[0]["value"]) if rows else None
        except LibraryError:
            return None

    def save_summary(self, document: int, key: str, value: Row) -> None:
        """Keep what was made of a document; a library that can only be read does without."""
        if self.is_read_only:
            return
        row = {"document": document, "key": key, "created": _now()}
        row["value"] = json.dumps(value, ensure_ascii=False)
        self.put_rows("summaries", [row])


def digest(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()


def _indexed(row: Row) -> Row:
    """A passage's row with the words by which it is found."""
    own = {name: value for name, value in row.items() if name != "within"}
    return {**own, "folded": to_index(row["text"], row.get("within", ""))}


def _checked(row: Row) -> tuple[Row, bytes]:
    if digest(row["blob"]) != row["sha256"]:
        raise LibraryError("a saved memory is damaged", hint="ingest the document with --force")
    return parsed(row["header"]), row["blob"]


def _decoded(row: Row) -> Row:
    return {**row, **{name: parsed(row[name], row["name"], kind) for name, kind in _JSON.items()}}


def parsed(text: str, where: str | None = None, kind: type = dict) -> Any:
    """A JSON column's value, of this kind; LibraryError if it is none any more."""
    try:
        value = json.loads(text)
        if not isinstance(value, kind):
            raise TypeError(kind.__name__)
        return value
    except (TypeError, ValueError, RecursionError) as error:  # TypeError: also a NULL
        what, hint = "its record in the library is damaged", "infinidoc verify checks the rest"
        raise LibraryError(what, where=where, hint=hint) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
