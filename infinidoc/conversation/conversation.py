"""A conversation as a document of the library: every turn a page, its memory of constant size.

What was said is in the store at once, so a kill loses nothing of it. The memory follows in
whole blocks, and to the last word when the conversation is left. Knows nothing of how answers
are found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from infinidoc.errors import NotFound, UsageError
from infinidoc.ingest import CLOSING, CURRENT, Ingestion
from infinidoc.language import LanguageModel
from infinidoc.page_rows import keep_page
from infinidoc.reading import Page, Source
from infinidoc.store import Store
from infinidoc.store.store import CONVERSATION, parsed

YOU, ANSWER = "You: ", "Answer: "


def parted(text: str) -> tuple[str, str]:
    """Question and answer of a turn's text; no answer if it was stopped before its first word."""
    question, mark, answer = text.rpartition(f"\n{ANSWER}")
    if not mark:
        question, answer = answer, ""
    return question.removeprefix(YOU).strip(), answer.strip()


class _Spoken(Source):
    """A source that is in the store already: there is nothing to open."""

    name, location, kind, size = "", "chat", CONVERSATION, 0

    def pages(self, start: int = 1) -> Iterator[Page]:
        return iter(())


class Conversation:
    """Turns that were said and are being said; in the library from the first one on.

    One process at a time speaks in it. `first` is the page of the first turn of this time.
    """

    def __init__(self, store: Store, language: LanguageModel, name: str | None = None) -> None:
        self.store, self.language = store, language
        self.name = name or store.unique_name(f"chat-{datetime.now():%Y-%m-%d}")
        self.row: dict[str, Any] | None = None
        self.unread = 0  # tokens the memory to go on from has not read
        self.first = 1
        self._lock = ExitStack()

    @classmethod
    def begin(cls, store: Store, language: LanguageModel, name: str | None) -> Conversation:
        """A new one. A name that was asked for must be free."""
        if name is not None and name in {row["name"] for row in store.documents()}:
            raise UsageError("there is such a document", where=name, hint="--continue goes on")
        return cls(store, language, name)

    @classmethod
    def go_on(cls, store: Store, language: LanguageModel, name: str | None) -> Conversation:
        """The conversation of this name, or the latest."""
        rows = [store.document(name)] if name else store.documents()
        row = next((row for row in rows if row["kind"] == CONVERSATION), None)
        if row is None:
            what = "not a conversation" if name else "there is no conversation to go on with"
            raise NotFound(what, where=name, hint="leave out --continue")
        conversation = cls(store, language, row["name"])
        conversation._open(row)
        return conversation

    def _open(self, row: dict[str, Any]) -> None:
        self._lock.enter_context(self.store.lock(row["name"]))
        self.row, self.name, self.first = row, row["name"], row["pages"] + 1
        header = self._header(CURRENT)
        self._count(self.store.text(row["id"], header["encoded"], row["characters"]))
        self.unread += len(header["tail"])

    def _header(self, role: str) -> dict[str, Any]:
        saved = self.row and self.store.memory(self.row["id"], role)
        if not saved:
            raise NotFound("this conversation has no memory", where=self.name, hint="begin another")
        return saved[0]

    def _count(self, text: str) -> None:
        self.unread += len(self.language.tokenizer.encode(text))

    # -- speaking --------------------------------------------------------------------------

    def keep(self, question: str, answer: str, about: list[str]) -> int:
        """Keep a turn about some documents, to the disk; returns its number."""
        said = f"{ANSWER}{answer}\n" if answer else ""
        text = f"{YOU}{question.strip()}\n{said}"
        with self.store.atomic():
            document = self.row["id"] if self.row else self._create()
            self._note_documents(document, about)
            label = f"{datetime.now():%Y-%m-%d %H:%M}"
            keep_page(self.store, self.language, document, Page(0, text, label=label))
        self.row = self.store.document(document)
        self.name = self.row["name"]
        self._count(text)
        return int(self.row["pages"])

    def _create(self) -> int:
        """An empty conversation, complete with the memory of nothing."""
        name, identity = self.store.unique_name(self.name), self.language.for_new(None).identity
        self._lock.enter_context(self.store.lock(name))
        sha256 = hashlib.sha256(f"{name} {datetime.now()}".encode()).hexdigest()
        document = self.store.add_document(name, CONVERSATION, identity, _Spoken.location, sha256)
        _read_all(self.store, self.language, document)
        return document

    def _note_documents(self, document: int, about: list[str]) -> None:
        """A part of a conversation is what was said about the same documents."""
        if self.about() != about or not self.store.parts(document):
            row, source = self.store.document(document), json.dumps(about, ensure_ascii=False)
            sha256 = hashlib.sha256(source.encode()).hexdigest()
            first, start = row["pages"] + 1, row["characters"]
            self.store.add_part(document, source, CONVERSATION, sha256, first, start)

    def about(self) -> list[str]:
        """The names of the documents that were talked about last."""
        parts = self.store.parts(self.row["id"]) if self.row else []
        spoken = [part["source"] for part in parts if part["kind"] == CONVERSATION]
        return parsed(spoken[-1], self.name, list) if spoken else []

    def recent(self, count: int, since: int = 1) -> list[dict[str, Any]]:
        """The pages of the last turns, oldest first; none before the one numbered `since`."""
        if self.row is None:
            return []
        after = max(self.row["pages"] - count, since - 1)
        return list(self.store.pages(self.row["id"], after=after))

    # -- the memory ------------------------------------------------------------------------

    @property
    def is_due(self) -> bool:
        """Whether whole blocks of it are still to be read."""
        return self.unread >= self.language.config.segment * self.language.segments_per_block

    @property
    def is_behind(self) -> bool:
        """Whether the memory lacks any of it."""
        return self.row is not None and self._header(CLOSING)["at"] < self.row["characters"]

    def read(self) -> None:
        """Take whole blocks of what was said into the memory, once there are any."""
        if self.row is not None and self.is_due:
            language = self.language.for_document(self.row)
            ingestion = Ingestion(self.store, language, self.row["id"], _Spoken())
            for _ in ingestion.run(to_end=False):
                pass
            self.unread = len(ingestion.cutter.tail)

    def read_to_end(self) -> None:
        """Take everything that was said into the memory."""
        if self.row is not None and self.is_behind:
            _read_all(self.store, self.language, self.row["id"])

    def close(self) -> None:
        """Let other processes speak in it."""
        self._lock.close()


def _read_all(store: Store, language: LanguageModel, document: int) -> None:
    language = language.for_document(store.document(document))
    for _ in Ingestion(store, language, document, _Spoken()).run():
        pass
