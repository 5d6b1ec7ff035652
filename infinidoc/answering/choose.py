"""Chooses how a question is answered: from passages, by a sweep, or across documents."""

from __future__ import annotations

from infinidoc.answering.across import Across, sweep_of
from infinidoc.answering.answer import Answering
from infinidoc.answering.inquiry import Inquiry
from infinidoc.answering.kinds import kind_of
from infinidoc.answering.sweep import Sweep, fits
from infinidoc.answering.symbols import Symbols

Answer = Answering | Sweep | Symbols | Across


def begin(inquiry: Inquiry) -> Answer:
    """An answer that is being written. A memory has no text to go through."""
    if inquiry.mode not in ("auto", "evidence") or not inquiry.question.strip():
        return Answering(inquiry)
    kind, borders, rows = kind_of(inquiry.question), inquiry.borders, inquiry.documents
    if kind and not any(fits(inquiry.store, row, kind, borders.get(row["id"])) for row in rows):
        kind = None
    if len(rows) > 1:
        return Across(inquiry, kind)
    return Answering(inquiry) if kind is None else sweep_of(inquiry, kind)
