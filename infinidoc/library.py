"""The library: documents that have been read, and the verbs a user has for them.

One SQLite file and, when a verb needs it, one language model. The command line is a thin
layer over this class. Every verb returns plain dictionaries with the keys of the JSON
output; the `...ing` variants yield while they work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from infinidoc import home
from infinidoc.errors import MismatchError, NotFound, SourceError, UsageError
from infinidoc.store import Store

if TYPE_CHECKING:
    from infinidoc.answering.answer import Answering
    from infinidoc.answering.summarize import Summarizing
    from infinidoc.ingest import Progress
    from infinidoc.language import LanguageModel
    from infinidoc.reading import Source

Watch = Callable[["Progress"], None]
LISTED = ("source", "kind", "pages", "tokens", "segments", "memory_bytes", "memory_sha256")


class Library:
    """Documents and their memories in the file at `path`."""

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        model: str | None = None,
        device: str = "auto",
        offline: bool | None = None,
        quiet: bool = True,
    ) -> None:
        self.store = Store(Path(path) if path is not None else home.database_path())
        self.model, self.device, self.quiet = model, device, quiet
        self.offline = home.is_offline() if offline is None else offline
        self._language: LanguageModel | None = None

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()

    @property
    def language(self) -> LanguageModel:
        """The model all verbs share; found (and fetched, if need be) on first use."""
        if self._language is None:
            from infinidoc.language import LanguageModel

            self._language = LanguageModel.find(
                self.model, device=self.device, offline=self.offline, quiet=self.quiet
            )
        return self._language

    # -- reading ---------------------------------------------------------------------------

    def ingest(
        self,
        source: str | Path | BinaryIO,
        *,
        name: str | None = None,
        force: bool = False,
        watch: Watch | None = None,
        **selection: Any,
    ) -> dict[str, Any]:
        """Read a file, a folder or a binary stream into a document memory.

        `selection`: include, exclude, max_size, password. Unchanged content is not read
        again unless `force`; an interrupted reading goes on where it stopped.
        """
        from infinidoc.reading import open_source

        opened = open_source(source, **selection)
        with self.store.lock(name or opened.name):
            return self._ingest_locked(opened, name, force, watch)

    def _ingest_locked(
        self, source: Source, wanted: str | None, force: bool, watch: Watch | None
    ) -> dict[str, Any]:
        identity, name = self.language.identity, wanted or source.name
        known = self._known(wanted, source, identity, force)
        if known is None:
            document = self.store.add_document(
                self.store.unique_name(name), source.kind, identity, source.location, source.sha256
            )
            self.store.add_part(document, source.location, source.kind, source.sha256, 1, 0)
            return self._read_new(document, source, watch)
        if known["status"] != "reading":
            self.store.update_document(known["id"], source=source.location)
            return {**self._outcome(known["id"]), **_cost(0, 0.0), "status": "unchanged"}
        if len(self.store.parts(known["id"])) > 1:
            _refuse_unfinished(known, self.store.parts(known["id"])[-1]["source"])
        return self._read(known["id"], source, "resumed", watch)

    def _read_new(self, document: int, source: Source, watch: Watch | None) -> dict[str, Any]:
        """Read a new document; one that turns out to be unreadable leaves nothing behind."""
        try:
            return self._read(document, source, "ingested", watch)
        except SourceError:
            self.store.remove(document)
            raise

    def _known(
        self, wanted: str | None, source: Source, identity: dict[str, Any], force: bool
    ) -> dict[str, Any] | None:
        """The document this source already is, wholly or in part; None: read it anew.

        A name that was asked for and is another one makes another document.
        """
        known, name = self.store.find(source.sha256, identity), wanted or source.name
        if known is not None and wanted not in (None, known["name"]):
            known = None
        if known is not None and force:
            self.store.remove(known["id"])
            return None
        if known is None:
            self._replace_older(name, source, identity, force)
        return known

    def _replace_older(
        self, name: str, source: Source, identity: dict[str, Any], force: bool
    ) -> None:
        """A document of this name from the same place, with other content or another model."""
        try:
            older = self.store.document(name)
        except NotFound:
            return
        if older["source"] != source.location and not force:
            return
        if older["identity"] != identity and older["source_sha256"] == source.sha256 and not force:
            raise MismatchError(
                f"{name!r} was read by another model or adapter",
                hint="ingest --force reads it again, --name keeps both",
            )
        self.store.remove(older["id"])

    def append(
        self,
        document: str | int,
        source: str | Path | BinaryIO,
        *,
        watch: Watch | None = None,
        **selection: Any,
    ) -> dict[str, Any]:
        """Go on reading `source` into the memory of `document`, as if it had followed it."""
        from infinidoc.ingest import begin_part
        from infinidoc.reading import open_source

        row = self.store.document(document)
        opened = open_source(source, **selection)
        with self.store.lock(row["name"]):
            parts = self.store.parts(row["id"])
            if row["status"] == "reading":
                if parts[-1]["sha256"] != opened.sha256 or len(parts) == 1:
                    _refuse_unfinished(row, parts[-1]["source"], first=len(parts) == 1)
                return self._read(row["id"], opened, "resumed", watch)
            with self.store.atomic():
                begin_part(self.store, self.language, row["id"])
                self.store.add_part(
                    row["id"],
                    opened.location,
                    opened.kind,
                    opened.sha256,
                    row["pages"] + 1,
                    row["characters"],
                )
                self.store.update_document(row["id"], status="reading")
            return self._read(row["id"], opened, "appended", watch)

    def _read(
        self, document: int, source: Source, status: str, watch: Watch | None
    ) -> dict[str, Any]:
        from infinidoc.ingest import Ingestion

        started = time.monotonic()
        ingestion = Ingestion(self.store, self.language, document, source)
        before = ingestion.memory.tokens_seen
        for progress in ingestion.run():
            if watch is not None:
                watch(progress)
        outcome = self._outcome(document)
        cost = _cost(outcome["tokens"] - before, time.monotonic() - started)
        partial = self.store.document(document)["status"] == "partial"
        return {**outcome, **cost, "status": "partial" if partial else status}

    def _outcome(self, document: int) -> dict[str, Any]:
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
            "warnings": row["warnings"],
        }

    def _device(self) -> str | None:
        loaded = self._language is not None and "decoder" in vars(self._language)
        return self._language.decoder.device.type if loaded and self._language else None

    # -- asking ----------------------------------------------------------------------------

    def ask(self, question: str, **options: Any) -> dict[str, Any]:
        """The answer to `question`; options as in `asking`."""
        return self.asking(question, **options).finish()

    def asking(
        self,
        question: str,
        *,
        documents: Sequence[str | int] | None = None,
        mode: str = "auto",
        until: str | int | None = None,
    ) -> Answering:
        """An answer that is being written: iterate for its text, `finish()` for the whole.

        `documents`: names or ids, default the latest; `mode`: auto, memory or evidence;
        `until`: a page number, printed label or chapter after which nothing is known.
        """
        from infinidoc.answering.answer import Answering

        rows = self._chosen(documents)
        return Answering(self.store, self.language, rows, question, mode, until)

    def summarize(self, **options: Any) -> dict[str, Any]:
        """A summary; options as in `summarizing`."""
        summarizing = self.summarizing(**options)
        for _ in summarizing:
            pass
        return summarizing.result

    def summarizing(
        self,
        *,
        document: str | int | None = None,
        length: str = "medium",
        by: str | None = None,
        focus: str | None = None,
        until: str | int | None = None,
        style: str = "prose",
        mode: str = "auto",
    ) -> Summarizing:
        """A summary that is being written: iterate for its sections, `result` for the whole.

        `length`: short, medium or long; `style`: prose or points; `mode`: memory lets the
        model write, auto and evidence quote, which needs no model.
        """
        from infinidoc.answering.summarize import Summarizing

        row = self._chosen(None if document is None else [document])[0]
        options = (length, by, focus, until, style, mode)
        return Summarizing(self.store, lambda: self.language, row, *options)

    def _chosen(self, documents: Sequence[str | int] | None) -> list[dict[str, Any]]:
        if documents:
            return [self.store.document(name) for name in dict.fromkeys(documents)]
        latest = self.store.latest()
        if latest is None:
            raise NotFound(
                "the library is empty", hint="read something first: infinidoc ingest FILE"
            )
        return [latest]

    # -- keeping house ---------------------------------------------------------------------

    def list(self) -> list[dict[str, Any]]:
        """One dictionary per document, latest first."""
        return [_shown(row) for row in self.store.documents()]

    def show(self, document: str | int) -> dict[str, Any]:
        """A document with its snapshots."""
        row = self.store.document(document)
        snapshots = [
            {key: snapshot[key] for key in ("tokens", "page", "title")}
            for snapshot in self.store.snapshots(row["id"])
        ]
        return {**_shown(row), "snapshots": snapshots, "warnings": row["warnings"]}

    def remove(self, document: str | int) -> dict[str, Any]:
        """Forget a document: its text, memory, snapshots and summaries."""
        row = self.store.document(document)
        with self.store.lock(row["name"]):
            self.store.remove(row["id"])
        return _shown(row)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": row["name"],
        "id": row["id"],
        **{key: row[key] for key in LISTED},
        "model": row["identity"].get("model"),
        "adapter": row["identity"].get("adapter"),
        "status": row["status"],
        "created": row["created"],
        "updated": row["updated"],
    }


def _refuse_unfinished(row: dict[str, Any], source: str, first: bool = False) -> None:
    """Say which reading was interrupted and how it is finished."""
    command = f"ingest {source}" if first else f"append {row['name']} {source}"
    raise UsageError(
        f"{row['name']!r} is not read to its end", hint=f"finish it first: infinidoc {command}"
    )


def _cost(tokens: int, seconds: float) -> dict[str, Any]:
    rate = tokens / seconds if seconds > 0 else 0.0
    return {"seconds": round(seconds, 3), "tokens_per_second": round(rate, 1)}
