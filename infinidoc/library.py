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
from infinidoc.document_rows import cost, refuse_unfinished, shown
from infinidoc.errors import MismatchError, NotFound, SourceError, UsageError
from infinidoc.store import Store
from infinidoc.store.store import CONVERSATION

if TYPE_CHECKING:
    from infinidoc.answering.chat import Chat
    from infinidoc.checking.consistency import ConsistencyCheck
    from infinidoc.conversation import Conversation
    from infinidoc.ingest import Progress
    from infinidoc.language import LanguageModel
    from infinidoc.reading import Source
    from infinidoc.studying.quiz import Quiz
    from infinidoc.summarizing.summary import SummaryStream
    from infinidoc.sweeping.routing import Answer

Watch = Callable[["Progress"], None]


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
            return {**self._outcome(known["id"]), **cost(0, 0.0), "status": "unchanged"}
        if len(self.store.parts(known["id"])) > 1:
            refuse_unfinished(known, self.store.parts(known["id"])[-1]["source"])
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
                    refuse_unfinished(row, parts[-1]["source"], first=len(parts) == 1)
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

        _ = self.language.decoder  # fetching and loading it is no reading
        started = time.monotonic()
        ingestion = Ingestion(self.store, self.language, document, source)
        before = ingestion.memory.tokens_seen
        for progress in ingestion.run():
            if watch is not None:
                watch(progress)
        outcome = self._outcome(document)
        spent = cost(outcome["tokens"] - before, time.monotonic() - started)
        partial = self.store.document(document)["status"] == "partial"
        return {**outcome, **spent, "status": "partial" if partial else status}

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
        return self.stream_ask(question, **options).finish()

    def stream_ask(
        self,
        question: str,
        *,
        documents: Sequence[str | int] | None = None,
        every: bool = False,
        mode: str = "auto",
        until: str | int | None = None,
    ) -> Answer:
        """An answer that is being written: iterate for its text, `finish()` for the whole.

        `documents`: names or ids, default the latest; `every`: all of this model that are read
        to their end; `mode`: auto, memory or evidence; `until`: see `Inquiry`.
        """
        from infinidoc.answering.query import Query
        from infinidoc.sweeping.routing import begin

        if every and documents:
            raise UsageError("either all documents or some by name")
        rows = self._every() if every else self._chosen(documents)
        return begin(Query(self.store, self.language, rows, question, mode, until))

    def summarize(self, **options: Any) -> dict[str, Any]:
        """A summary; options as in `summarizing`."""
        summarizing = self.stream_summary(**options)
        for _ in summarizing:
            pass
        return summarizing.result

    def stream_summary(
        self,
        *,
        document: str | int | None = None,
        length: str = "medium",
        by: str | None = None,
        focus: str | None = None,
        until: str | int | None = None,
        style: str = "prose",
        mode: str = "auto",
    ) -> SummaryStream:
        """A summary that is being written: iterate for its sections, `result` for the whole.

        `length`: short, medium or long; `style`: prose or points; `mode`: memory lets the
        model write, auto and evidence quote, which needs no model.
        """
        from infinidoc.summarizing.summary import SummaryStream

        row = self._chosen(None if document is None else [document])[0]
        options = (length, by, focus, until, style, mode)
        return SummaryStream(self.store, lambda: self.language, row, *options)

    def open_chat(
        self,
        *,
        documents: Sequence[str | int] | None = None,
        alone: bool = False,
        name: str | None = None,
        resume: bool = False,
        mode: str = "auto",
        until: str | int | None = None,
    ) -> Chat:
        """A conversation: `asking` and `ask` take turns, `close` (or `with`) leaves it.

        It is about `documents`, or nothing but itself if `alone`. With `resume` the latest
        one, or that of `name`, goes on about what it was about.
        """
        from infinidoc.answering.chat import Chat
        from infinidoc.conversation import Conversation

        start = Conversation.go_on if resume else Conversation.begin
        conversation = start(self.store, self.language, name)
        try:
            rows = [] if alone else self._spoken_of(documents, conversation)
            return Chat(self.store, self.language, rows, conversation, mode, until)
        except BaseException:
            conversation.close()
            raise

    def _spoken_of(
        self, documents: Sequence[str | int] | None, conversation: Conversation
    ) -> list[dict[str, Any]]:
        """What a conversation is about, if nobody says: what it was about, or the latest."""
        if documents:
            return self._chosen(documents)
        if conversation.row is not None:
            names = {row["name"] for row in self.store.documents()}
            left = [name for name in conversation.about() if name in names]
            return self._chosen(left) if left else []
        latest = self.store.latest()
        return [] if latest is None or latest["kind"] == CONVERSATION else [latest]

    def _every(self) -> list[dict[str, Any]]:
        """All documents that can be asked: finished, and read by this model."""
        identity = self.language.identity
        rows = [row for row in self.store.documents() if row["identity"] == identity]
        rows = [row for row in rows if row["status"] != "reading"]
        if not rows:
            raise NotFound(
                "no document of this model in the library",
                hint="read something first: infinidoc ingest FILE",
            )
        return rows

    # -- studying --------------------------------------------------------------------------

    def open_quiz(
        self,
        *,
        document: str | int | None = None,
        count: int = 5,
        until: str | int | None = None,
        seed: int | None = None,
        wrong: bool = False,
    ) -> Quiz:
        """A round of questions: iterate for them, `reply(question, given)` to each.

        What is due by Leitner's scheme comes first, then questions not asked before;
        `wrong`: only what was answered wrong last time. Needs no language model.
        """
        from infinidoc.studying.quiz import Quiz

        row = self._chosen(None if document is None else [document])[0]
        return Quiz(self.store, row, count, until, seed, wrong)

    def stream_check(
        self,
        manuscript: str | int | Path,
        *,
        until: str | int | None = None,
        weak: bool = False,
        watch: Watch | None = None,
    ) -> ConsistencyCheck:
        """What contradicts itself in a document: iterate for the findings, the surest first.

        `manuscript`: a document's name or id, or a path, which is read first if it is not
        known; `weak`: with findings that may well be false alarms. Known text needs no model.
        """
        from infinidoc.checking.consistency import ConsistencyCheck

        return ConsistencyCheck(self.store, self._manuscript(manuscript, watch), until, weak)

    def _manuscript(self, name: str | int | Path, watch: Watch | None) -> dict[str, Any]:
        from infinidoc.reading import open_source

        try:
            return self.store.document(name if isinstance(name, int) else str(name))
        except NotFound:
            if isinstance(name, int) or not Path(name).expanduser().exists():
                raise
        source = open_source(name)
        for row in self.store.documents():
            whole = row["status"] != "reading" and len(self.store.parts(row["id"])) == 1
            if whole and row["source_sha256"] == source.sha256:
                return row
        return self.store.document(self.ingest(name, watch=watch)["id"])

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
        return [shown(row) for row in self.store.documents()]

    def show(self, document: str | int) -> dict[str, Any]:
        """A document with its snapshots."""
        row = self.store.document(document)
        snapshots = [
            {key: snapshot[key] for key in ("tokens", "page", "title")}
            for snapshot in self.store.snapshots(row["id"])
        ]
        return {**shown(row), "snapshots": snapshots, "warnings": row["warnings"]}

    def remove(self, document: str | int) -> dict[str, Any]:
        """Forget a document: its text, memory, snapshots and summaries."""
        row = self.store.document(document)
        with self.store.lock(row["name"]):
            self.store.remove(row["id"])
        return shown(row)
