"""Which finder answers which kind of question, and whether a document can be asked so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from infinidoc.answering.query import Query
from infinidoc.data_answers.answers import DATA, data_answer
from infinidoc.errors import NotFound
from infinidoc.logs.lines_asked import LEVELS, LINES, TIMES
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.retrieval.evidence import Finding
from infinidoc.store import Store
from infinidoc.sweeping import (
    comparison,
    counting,
    listing,
    log_levels,
    log_lines,
    places,
    section_text,
    structure,
    symbols,
)
from infinidoc.sweeping.assembled import AssembledAnswer
from infinidoc.sweeping.search import DocumentSearch

FINDERS: dict[tuple[str, str], Callable[[DocumentSearch, QuestionKind], Iterator[Finding]]] = {
    ("count", "structure"): counting.count_parts,
    ("count", "mentions"): counting.count_mentions,
    ("count", "items"): counting.count_items,
    ("count", "people"): listing.list_names,
    ("list", "structure"): listing.list_parts,
    ("list", "items"): listing.list_items,
    ("first", "mentions"): places.find_first_or_last,
    ("last", "mentions"): places.find_first_or_last,
    ("first", "items"): places.find_event,
    ("last", "items"): places.find_event,
    ("who", "mentions"): places.find_who,
    ("who", "people"): listing.list_names,
    ("compare", "items"): comparison.compare,
    ("change", "items"): comparison.change,
    ("first", LEVELS): log_levels.find_failure,
    ("last", LEVELS): log_levels.find_failure,
    ("count", LEVELS): log_levels.count_levels,
    ("list", LEVELS): log_levels.list_levels,
    ("list", TIMES): log_lines.list_lines,
    ("count", LINES): log_lines.count_lines,
    (section_text.SECTION, section_text.SECTION): section_text.tell_sections,
    ("count", symbols.DEFINITIONS): symbols.list_definitions,
    ("list", symbols.DEFINITIONS): symbols.list_definitions,
    (DATA, DATA): lambda search, kind: filter(None, [data_answer(*_place(search))]),
    **{(name, "symbol"): find for name, find in symbols.FINDERS.items()},
}


def document_sweep(query: Query, kind: QuestionKind) -> AssembledAnswer:
    """The answer of one document to a question of a kind."""
    search = DocumentSearch(query)
    kind = log_levels.in_log(search, kind)
    return AssembledAnswer(query, kind.name, search, FINDERS[kind.name, kind.target](search, kind))


def _place(search: DocumentSearch) -> tuple[Store, dict[str, Any], int | None, str]:
    return search.store, search.document, search.last, search.query.question


def fits(store: Store, document: dict[str, Any], kind: QuestionKind, until: int | None) -> bool:
    """Whether the document can be asked so; if not, the question is an ordinary one."""
    pages = store.pages_light(document["id"], until)
    if not pages:
        return False
    if kind.target in ("symbol", symbols.DEFINITIONS):
        return symbols.is_known(kind, store, document, until)
    if kind.target == DATA:
        return data_answer(store, document, until, kind.subject) is not None
    if kind.target in (LEVELS, TIMES, LINES):
        return log_levels.levels_in(store, document["id"]) is not None
    if kind.target == "people":
        return bool(document["kind"] != "code")
    if kind.target == "structure" and kind.subject not in ("pages", "words", "lines"):
        return bool(structure.parts_of(kind.subject, pages))
    try:
        for border in kind.borders or ():
            store.find_page(document["id"], comparison.page_of(border))
    except NotFound:
        return False
    return True
