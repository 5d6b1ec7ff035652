"""Fetches memories from the store: a document's whole memory, or as it was at a place.

This is the one place where "as of page N" is decided for the memory: a state that has
seen anything after the border is never handed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from infinidoc.errors import LibraryError, MismatchError
from infinidoc.identity import INDEXED, refuse_mismatch
from infinidoc.ingest import CLOSING
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Evidence
from infinidoc.snapshot import unpack
from infinidoc.store import Store
from infinidoc.store.textless import refuse_textless

if TYPE_CHECKING:
    from infinidoc.memory import Memory


class MemoryAtPosition:
    """The memories of one document, up to a page if one is given."""

    def __init__(
        self, store: Store, language: LanguageModel, document: dict[str, Any], until: int | None
    ) -> None:
        self.store, self.language, self.document = store, language, document
        self.until = until
        self._cache: dict[int, Memory] = {}

    def latest(self) -> Memory:
        """The memory of everything that may be known."""
        if self.until is not None:
            page = self.store.page(self.document["id"], self.until)
            return self.as_of(page["end"])
        return self._everything

    @cached_property
    def _everything(self) -> Memory:
        """The memory at the document's end, whatever may be known of it."""
        with self.language.profile.part("database"):
            saved = self.store.memory(self.document["id"], CLOSING)
        if saved is None:
            where = self.document["name"]
            raise LibraryError("reading was interrupted", where=where, hint="ingest it again")
        return self.language.decoder.with_sums_of_kept(self._unpack(saved[1]))

    def before(self, character: int) -> Memory:
        """The latest kept memory that has seen nothing at or after `character`."""
        tokens = self.tokens_before(character)
        with self.language.profile.part("database"):
            row = self.store.snapshot_before(self.document["id"], tokens)
        if row is None:
            return self.language.empty_memory()
        if row[0]["tokens"] not in self._cache:
            self._cache[row[0]["tokens"]] = self._unpack(row[2])
        return self._cache[row[0]["tokens"]]

    def at(self, character: int) -> Memory | None:
        """The memory a passage that begins at `character` is read with; None if shut gates
        would not look at it."""
        return None if self.language.reader.is_shut else self.before(character)

    def as_of(self, character: int) -> Memory:
        """`before`, and with it the kept tokens of that part of the text: for a window."""
        tokens, state = self.tokens_before(character), self.before(character)
        if not tokens or not self.language.config.kept:
            return state
        return state.keeping(self._everything, tokens)

    def tokens_before(self, character: int) -> int:
        """How many tokens lie in segments that end at or before `character`."""
        segment = self.store.segment_at(self.document["id"], character)
        if segment is None:
            return 0
        if segment["end"] <= character:
            return int(segment["token_start"] + segment["tokens"])
        return int(segment["token_start"])

    def _unpack(self, blob: bytes) -> Memory:
        empty = self.language.empty_memory()
        return unpack(blob, self.language.identity, empty)[0].to(self.language.decoder.device)


def memories_at(
    store: Store,
    language: LanguageModel,
    documents: Sequence[dict[str, Any]],
    until: dict[int, int],
    passages: Sequence[Evidence],
) -> tuple[list[Memory | None], Memory | None]:
    """The memory that each passage is read with, its own place's; and the one that all else is
    read with: the latest of the document that the best passage is of."""
    by_name = {
        row["name"]: MemoryAtPosition(store, language, row, until.get(row["id"]))
        for row in documents
        if was_read_by(row, language)
    }
    ranked = [passage.document for passage in passages if passage.score]
    main = next((name for name in [*ranked, *by_name] if name in by_name), None)
    latest = by_name[main].latest() if main else None
    known = ((by_name.get(passage.document), passage.start) for passage in passages)
    return [memories.at(start) if memories else None for memories, start in known], latest


def was_read_by(document: dict[str, Any], language: LanguageModel) -> bool:
    """Whether there is a memory of the document, made by this model."""
    return bool(document["identity"] == language.identity)


def refuse_unready(document: dict[str, Any], language: LanguageModel, mode: str = "auto") -> None:
    """Refuse a document that is not read to its end; with the mode "memory" one that has none,
    or one that another model has made."""
    if mode != "memory":
        refuse_unread(document)
        return
    refuse_unfinished(document)
    name = document["name"]
    if document["identity"] == INDEXED:
        hint = "ingest --force --with-memory makes one"
        raise MismatchError("only its text is kept: there is no memory", where=name, hint=hint)
    try:
        refuse_mismatch(document["identity"], language.identity)
    except MismatchError as error:
        hint = f"{error.hint}; --mode evidence does without the memory"
        raise MismatchError(error.what, where=name, hint=hint) from error


def refuse_unread(document: dict[str, Any]) -> None:
    """Refuse a document whose text is not there, or not to its end."""
    refuse_unfinished(document)
    refuse_textless(document)


def refuse_unfinished(document: dict[str, Any]) -> None:
    """Refuse a document that is not read to its end."""
    if document["status"] == "reading":
        hint = f"go on with: infinidoc ingest {document['source']}"
        raise LibraryError("not read to its end yet", where=document["name"], hint=hint)
