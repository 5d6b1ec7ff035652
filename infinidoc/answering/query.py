"""A question as it was asked: of which documents, with which model, as of which page.

It goes unchanged from the one who asks to whatever answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from infinidoc.control import whole
from infinidoc.errors import UsageError
from infinidoc.identity import INDEXED
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Border, Evidence, border_at
from infinidoc.retrieval.memory_at import refuse_unready, was_read_by
from infinidoc.retrieval.numbered_sections import Section, named_sections
from infinidoc.retrieval.retriever import find_evidence
from infinidoc.store import Store
from infinidoc.store.textless import STATUS

MODES = ("auto", "memory", "evidence")


def refuse_mode(mode: str) -> None:
    """Refuse what is none of the modes."""
    if mode not in MODES:
        raise UsageError(f"no mode {mode!r}", hint="one of " + ", ".join(MODES))


@dataclass(frozen=True)
class Query:
    """`until`: a page number, printed label or chapter after which nothing is known.

    Bytes of a question that are no UTF-8 (from a terminal of another encoding) are U+FFFD.
    """

    store: Store
    language: LanguageModel
    documents: Sequence[dict[str, Any]]
    question: str
    mode: str = "auto"
    until: str | int | None = None

    def __post_init__(self) -> None:
        refuse_mode(self.mode)
        object.__setattr__(self, "question", whole(self.question))

    @cached_property
    def borders(self) -> dict[int, int]:
        """The last page of each document that may be known, where there is a limit.

        Documents that this model cannot be asked about are refused.
        """
        for row in self.documents:
            refuse_unready(row, self.language, self.mode)
        return self._border.pages

    @cached_property
    def notes(self) -> list[str]:
        """What a reader should know of `until` and of memories that are not read, in words."""
        textless = [
            f"{row['name']} is kept without its text: there is no page to check the answer by"
            for row in self.documents
            if row["status"] == STATUS
        ]
        unread = [
            f"{row['name']} was read by another model or adapter ({row['identity'].get('model')}): "
            "only its text is used"
            for row in self.documents
            if self.mode == "auto"
            and row["identity"] != INDEXED
            and not was_read_by(row, self.language)
        ]
        return [*self._border.notes, *textless, *unread]

    @cached_property
    def sections(self) -> list[Section]:
        """Those that the question names by their numbers, as far as they may be known."""
        documents = [row["id"] for row in self.documents]
        return named_sections(self.store, documents, self.question, self.borders)

    def find_evidence(self, limit: int) -> list[Evidence]:
        """The best passages for the question."""
        known = (self.store, self.language, self.documents)
        return find_evidence(*known, self.question, self.borders, limit, self.sections)

    @cached_property
    def _border(self) -> Border:
        return border_at(self.store, self.documents, self.until)

    @property
    def fields(self) -> dict[str, Any]:
        """What an `Answer` says of its question."""
        adapter, names = self.language.adapter, [row["name"] for row in self.documents]
        asked = {"question": self.question, "mode": self.mode, "until": self.until}
        return {**asked, "documents": names, "adapter": adapter.name if adapter else None}

    def to(self, document: dict[str, Any], question: str | None = None) -> Query:
        """The same of one document, or another question to it."""
        return replace(self, documents=[document], question=question or self.question)
