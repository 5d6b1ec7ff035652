"""How a source becomes a document: new, in an older one's place, copied, resumed, appended.

Decides what is read and what is not; `ingest.py` reads. Knows the store and a model.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from infinidoc.changes import begins_with, changes, files_of
from infinidoc.document_rows import cost, read_of, refuse_unfinished
from infinidoc.errors import DeviceLost, SourceError
from infinidoc.identity import INDEXED
from infinidoc.ingest import CURRENT, SECRET, Ingestion, Progress, begin_part
from infinidoc.language import LanguageModel
from infinidoc.provenance import all_read, remove
from infinidoc.reading import Source
from infinidoc.store import Store
from infinidoc.store.portable import copy_document
from infinidoc.versions import Versions, refuse_unreadable

Row = dict[str, Any]
Watch = Callable[[Progress], None]


class Intake:
    """Reads sources into the documents of one library; results have the keys of `ingest --json`.

    `index_only`: see `LanguageModel.for_new`.
    """

    def __init__(
        self, store: Store, language: LanguageModel, index_only: bool | None = None
    ) -> None:
        self.store, self.language = store, language
        self.new = language.for_new(index_only)

    def is_known_in_part(self, source: Source) -> bool:
        """Whether there is a document of this content some of whose pages were not read."""
        same = all_read(self.store, source, self.new.identity)
        return any(row["status"] == "partial" for row in same)

    def accepts(self, row: Row) -> bool:
        """Whether this reading would have made what a document has; text is text to any model."""
        return self.new.identity in (INDEXED, row["identity"])

    def ingest(self, source: Source, wanted: str | None, force: bool, watch: Watch | None) -> Row:
        """Read a source, or take up what the library has of it already."""
        versions = Versions(self.store, source, wanted, self.new.identity)
        known = versions.same()
        if known is None or force or self._is_other_now(known, source):
            twin = None if force else versions.twin()
            older = known or versions.older(force)
            if older is not None and not force and self._has_grown(older, source):
                return self._read_on(older, source, watch)
            if twin is None:
                return self._read_new(source, versions.name, older, watch)
            return self._copied(source, versions.name, twin, older)
        with self.store.lock(known["name"]):
            known = self.store.document(known["name"])  # as it is now that nobody else writes
            if known["status"] != "reading":
                self.store.update_document(known["id"], source=source.location)
                return self.unchanged(known["id"])
            if len(self.store.parts(known["id"])) > 1:
                refuse_unfinished(known, self.store.parts(known["id"])[-1]["source"])
            return self._read(known["id"], source, "resumed", watch)

    def _is_other_now(self, row: Row, source: Source) -> bool:
        """Whether an unfinished reading cannot go on: the last page that it has was cut otherwise,
        by another version of the reader."""
        if row["status"] != "reading" or not row["pages"] or len(self.store.parts(row["id"])) > 1:
            return False
        number = row["pages"]
        last = next(iter(self.store.pages(row["id"], number, number - 1)), None)
        page = next(iter(source.pages(number)), None)
        return last is not None and (page is None or page.text != last["text"])

    def _read_new(self, source: Source, name: str, older: Row | None, watch: Watch | None) -> Row:
        """Read a new document, in the place of an `older` one that has its name.

        One that cannot be read, or of which nothing was kept when an error came, leaves nothing
        behind; the older one stays as it was if the new one has no text.
        """
        before: dict[str, bytes] = {}
        if older is not None:
            refuse_unreadable(source)
            before = files_of(self.store.pages(older["id"]))
        with ExitStack() as held:
            with self.store.atomic():
                name = self._vacated(name, older)
                held.enter_context(self.store.lock(name))
                identity, kind = self.new.identity, source.kind
                sha256, place = source.sha256, source.location
                document = self.store.add_document(name, kind, identity, place, sha256)
                self.store.add_part(document, place, kind, sha256, 1, 0)
            try:
                outcome = self._read(document, source, "ingested", watch)
            except Exception as error:
                if isinstance(error, SourceError) or not self.store.document(document)["tokens"]:
                    self.store.remove(document)
                raise
        return {**outcome, **self._changes(before, document), "replaced": older is not None}

    def _changes(self, before: dict[str, bytes], document: int) -> Row:
        """What became of the files of a folder since it was read before, if it was."""
        after = files_of(self.store.pages(document)) if before else {}
        return {"changes": changes(before, after)} if after else {}

    def _has_grown(self, older: Row, source: Source) -> bool:
        """Whether nothing differs but pages behind the last one: the memory can go on."""
        known = (older["identity"], older["kind"], older["imported"])
        if known != (self.new.identity, source.kind, None) or older["status"] == "reading":
            return False
        if self.store.memory(older["id"], CURRENT) is None:
            return False
        return begins_with(source.pages(), self.store.pages(older["id"]))

    def _read_on(self, older: Row, source: Source, watch: Watch | None) -> Row:
        """Read the pages behind those that are known, as if there had been no end."""
        with self.store.lock(older["name"]):
            before = files_of(self.store.pages(older["id"]))
            secrets = [warning for warning in older["warnings"] if SECRET in warning]
            self.store.reopen(older["id"], source.sha256, secrets)
            outcome = self._read(older["id"], source, "ingested", watch)
        kept = {"replaced": True, "pages_kept": older["pages"]}
        return {**outcome, **self._changes(before, older["id"]), **kept}

    def _copied(self, source: Source, name: str, twin: Row, older: Row | None) -> Row:
        """A document of its own, with the memory of one that has the same content."""
        with self.store.atomic():
            name = self._vacated(name, older)
            document = copy_document(self.store, self.store, twin["id"], name)
            self.store.update_document(document, source=source.location)
        spent = {**cost(0, 0.0), "status": "unchanged", "copied_from": twin["name"]}
        return {**self._outcome(document), **spent, "replaced": older is not None}

    def _vacated(self, name: str, older: Row | None) -> str:
        """The name for a new document: of the `older` one, which is forgotten, or a free one."""
        if older is None:
            return self.store.unique_name(name)
        remove(self.store, older)
        return str(older["name"])

    def append(self, name: str, source: Source, watch: Watch | None) -> Row:
        """Go on reading into a document; the caller holds the lock of its name."""
        row = self.store.document(name)
        parts = self.store.parts(row["id"])
        if row["status"] == "reading":
            if parts[-1]["sha256"] != source.sha256 or len(parts) == 1:
                refuse_unfinished(row, parts[-1]["source"], first=len(parts) == 1)
            return self._read(row["id"], source, "resumed", watch)
        with self.store.atomic():
            begin_part(self.store, self.language.for_document(row), row["id"])
            self.store.add_part(
                row["id"],
                source.location,
                source.kind,
                source.sha256,
                row["pages"] + 1,
                row["characters"],
            )
            self.store.update_document(row["id"], status="reading")
        return self._read(row["id"], source, "appended", watch)

    def _read(self, document: int, source: Source, status: str, watch: Watch | None) -> Row:
        language = self.language.for_document(self.store.document(document))
        _ = language.empty_memory()  # fetching and loading a model is no reading
        started = time.monotonic()
        ingestion = Ingestion(self.store, language, document, source)
        before = ingestion.memory.tokens_seen
        try:
            _run(ingestion, watch)
        except DeviceLost:
            language.go_on_cpu()
            ingestion = Ingestion(self.store, language, document, source)
            ingestion.notes.append("the GPU failed; the CPU went on from the last commit")
            _run(ingestion, watch)
        outcome = self._outcome(document)
        spent = cost(outcome["tokens"] - before, time.monotonic() - started)
        partial = self.store.document(document)["status"] == "partial"
        return {**outcome, **spent, "status": "partial" if partial else status}

    def unchanged(self, document: int) -> Row:
        """The result for a document that need not be read."""
        return {**self._outcome(document), **cost(0, 0.0), "status": "unchanged"}

    def _outcome(self, document: int) -> Row:
        """The part of `ingest`'s result that the library itself knows."""
        row = self.store.document(document)
        return {
            "document": row["name"],
            "id": row["id"],
            "source": row["source"],
            "kind": row["kind"],
            "pages": row["pages"],
            "characters": row["characters"],
            "tokens": row["tokens"],
            "tokens_read": row["tokens"],
            "segments": row["segments"],
            "snapshots": len(self.store.snapshots(document)),
            "memory_bytes": row["memory_bytes"],
            "device": self._device(),
            "model": row["identity"].get("model"),
            "index_only": row["identity"] == INDEXED,
            **read_of(self.store.pages_light(document)),
            "warnings": row["warnings"],
        }

    def _device(self) -> str | None:
        loaded = "decoder" in vars(self.language)
        return self.language.decoder.device.type if loaded else None


def _run(ingestion: Ingestion, watch: Watch | None) -> None:
    """Read to the end and tell `watch` how far."""
    for progress in ingestion.run():
        if watch is not None:
            watch(progress)
