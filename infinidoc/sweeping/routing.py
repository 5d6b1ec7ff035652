"""Chooses how a question is answered: from passages, by a sweep, or across documents."""

from __future__ import annotations

from collections.abc import Iterator

from infinidoc.answering.answer import AnswerStream
from infinidoc.answering.query import Query
from infinidoc.answering.result import PendingAnswer
from infinidoc.data_answers.answers import DATA
from infinidoc.errors import UsageError
from infinidoc.logs.lines_asked import kind_of_log
from infinidoc.questions.question_kinds import ALLOWED, QuestionKind, kind_of
from infinidoc.questions.sections_asked import sections_asked
from infinidoc.questions.symbols_asked import meanings
from infinidoc.sweeping.assembled import AssembledAnswer
from infinidoc.sweeping.finders import document_sweep, fits
from infinidoc.sweeping.search import DocumentSearch
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
    if kind is None:
        return AnswerStream(query)
    return document_sweep(DocumentSearch(query, query.documents[0]), kind)


def _kind_by_wording(query: Query) -> QuestionKind | None:
    """The kind of the question, if one of the documents can be asked so."""
    if query.mode == "memory" or not query.question.strip() or ALLOWED.search(query.question):
        return None

    def fit(kind: QuestionKind) -> bool:
        return any(fits(search, kind) for search in _searches(query))

    found = next(filter(fit, _kinds(query)), None)
    if (found and found.target in OF_CODE) or len(query.documents) > PARSED:
        return found
    data = QuestionKind(DATA, query.question, DATA)
    return data if fit(data) else found


def _kinds(query: Query) -> Iterator[QuestionKind]:
    """What the question may mean to such documents, the likeliest first."""
    code = any(row["kind"] == "code" for row in query.documents)
    kind, of_log = kind_of(query.question, code), kind_of_log(query.question, code)
    if of_log != kind and any(search.levels for search in _searches(query)):
        kind = of_log  # pages are looked at only then

    def defines(word: str) -> bool:
        return any(defines_name(search, word) for search in _searches(query))

    yield from meanings(query.question, kind, defines) if code else filter(None, [kind])
    yield from filter(None, [sections_asked(query.question)])


def _searches(query: Query) -> Iterator[DocumentSearch]:
    return (DocumentSearch(query, row) for row in query.documents)
