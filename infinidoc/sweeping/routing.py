"""Chooses how a question is answered: from passages, by a sweep, or across documents."""

from __future__ import annotations

from infinidoc.answering.answer import AnswerStream
from infinidoc.answering.query import Query
from infinidoc.answering.result import PendingAnswer
from infinidoc.data_answers.answers import DATA
from infinidoc.errors import UsageError
from infinidoc.logs.line_levels import levels_in
from infinidoc.logs.lines_asked import kind_of_log
from infinidoc.logs.time_range import TimeRange
from infinidoc.questions.question_kinds import ALLOWED, QuestionKind, kind_of
from infinidoc.questions.symbols_asked import meanings
from infinidoc.sweeping.assembled import AssembledAnswer
from infinidoc.sweeping.finders import document_sweep, fits
from infinidoc.sweeping.section_text import SECTION, asks_for_sections
from infinidoc.sweeping.several_documents import SeveralDocuments
from infinidoc.sweeping.symbols import DEFINITIONS, defines_name

PARSED = 16  # documents whose data is read for a question
OF_CODE = ("symbol", DEFINITIONS)


def begin(query: Query, sweep: QuestionKind | None = None) -> PendingAnswer:
    """An answer that is being written.

    `sweep` is a kind that somebody asked for by name; otherwise the wording tells. A memory has
    no text to go through.
    """
    kind = sweep or _kind_by_wording(query)
    if sweep and query.mode == "memory":
        raise UsageError("a memory has no text to go through", hint="leave out --mode memory")
    if len(query.documents) > 1 and query.mode != "memory":
        several = SeveralDocuments(query, kind)
        name = kind.name if kind else "ordinary"
        return AssembledAnswer(query, name, several, several.findings())
    return AnswerStream(query) if kind is None else document_sweep(query, kind)


def _kind_by_wording(query: Query) -> QuestionKind | None:
    """The kind of the question, if one of the documents can be asked so."""
    if query.mode == "memory" or not query.question.strip() or ALLOWED.search(query.question):
        return None
    rows, borders = query.documents, query.borders
    code = any(row["kind"] == "code" for row in rows)
    time = TimeRange.named(query.question)
    kind, of_log = kind_of(query.question, code), kind_of_log(query.question, code)
    if (of_log != kind or time) and any(levels_in(query.store, row["id"]) for row in rows):
        kind = of_log  # pages are looked at only then

    def defines(word: str) -> bool:
        return any(defines_name(word, query.store, row, borders.get(row["id"])) for row in rows)

    def fit(meant: QuestionKind) -> bool:
        return any(fits(query.store, row, meant, borders.get(row["id"])) for row in rows)

    may_mean = meanings(query.question, kind, defines) if code else filter(None, [kind])
    found = next(filter(fit, may_mean), None)
    if found is None or found.target not in OF_CODE:
        data = QuestionKind(DATA, query.question, DATA)
        found = data if len(rows) <= PARSED and fit(data) else found
    if found is not None:
        return found
    return QuestionKind(SECTION, "", SECTION) if asks_for_sections(query) else None
