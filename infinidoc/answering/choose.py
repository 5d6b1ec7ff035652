"""Chooses how a question is answered: from passages, by a sweep, or across documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infinidoc.answering.across import Across, sweep_of
from infinidoc.answering.answer import Answering
from infinidoc.answering.evidence import until_pages
from infinidoc.answering.kinds import kind_of
from infinidoc.answering.recollection import refuse_unready
from infinidoc.answering.sweep import Sweep, fits
from infinidoc.language import LanguageModel
from infinidoc.store import Store

Answer = Answering | Sweep | Across


def begin(
    store: Store,
    language: LanguageModel,
    documents: Sequence[dict[str, Any]],
    question: str,
    mode: str,
    until: str | int | None,
) -> Answer:
    """An answer that is being written. A memory has no text to go through."""
    if mode not in ("auto", "evidence") or not question.strip():
        return Answering(store, language, documents, question, mode, until)
    for row in documents:
        refuse_unready(row, language)
    kind = kind_of(question)
    borders = until_pages(store, documents, until)
    if kind and not any(fits(store, row, kind, borders.get(row["id"])) for row in documents):
        kind = None
    if len(documents) > 1:
        return Across(store, language, documents, question, mode, until, kind)
    if kind is None:
        return Answering(store, language, documents, question, mode, until)
    return sweep_of(store, language, documents[0], question, mode, until, kind)
