"""Chooses how a question is answered: from passages, by a sweep, or across documents."""

from __future__ import annotations

from infinidoc.answering.answer import AnswerStream
from infinidoc.answering.query import Query
from infinidoc.sweeping.question_kinds import kind_of
from infinidoc.sweeping.several_documents import SeveralDocuments, sweep_of
from infinidoc.sweeping.sweep import Sweep, fits
from infinidoc.sweeping.symbols import Symbols

Answer = AnswerStream | Sweep | Symbols | SeveralDocuments


def begin(query: Query) -> Answer:
    """An answer that is being written. A memory has no text to go through."""
    if query.mode not in ("auto", "evidence") or not query.question.strip():
        return AnswerStream(query)
    kind, borders, rows = kind_of(query.question), query.borders, query.documents
    if kind and not any(fits(query.store, row, kind, borders.get(row["id"])) for row in rows):
        kind = None
    if len(rows) > 1:
        return SeveralDocuments(query, kind)
    return AnswerStream(query) if kind is None else sweep_of(query, kind)
