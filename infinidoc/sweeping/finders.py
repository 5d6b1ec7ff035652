"""Which finder answers which kind of question, and whether a document can be asked so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from infinidoc.data_answers.answers import DATA, data_answer
from infinidoc.questions.definitions_asked import DEFINITIONS
from infinidoc.questions.question_kinds import LEVELS, LINES, TIMES, QuestionKind
from infinidoc.questions.sections_asked import SECTION
from infinidoc.retrieval.evidence import Finding
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
    ("about", "whole"): section_text.tell_about,
    (SECTION, SECTION): section_text.tell_sections,
    ("count", DEFINITIONS): symbols.list_definitions,
    ("list", DEFINITIONS): symbols.list_definitions,
    (DATA, DATA): lambda search, kind: filter(None, [_of_data(search)]),
    **{(name, "symbol"): find for name, find in symbols.FINDERS.items()},
}


def document_sweep(search: DocumentSearch, kind: QuestionKind) -> AssembledAnswer:
    """The answer of one document to a question of a kind."""
    kind = log_levels.in_log(search, kind)
    find = FINDERS[kind.name, kind.target]
    return AssembledAnswer(search.query, kind.name, search, find(search, kind))


def _of_data(search: DocumentSearch) -> Finding | None:
    return data_answer(search.store, search.document, search.last, search.query.question)


def fits(search: DocumentSearch, kind: QuestionKind) -> bool:
    """Whether the document can be asked so; if not, the question is an ordinary one."""
    if not search.pages:
        return False
    if kind.target == SECTION:
        return section_text.has_sections(search, kind)
    if kind.target in ("symbol", DEFINITIONS):
        return search.is_code and symbols.is_known(search, kind)
    if kind.target == DATA:
        return _of_data(search) is not None
    if kind.target in (LEVELS, TIMES, LINES):
        return search.levels is not None
    if kind.target == "people":
        return not search.is_code
    if kind.target == "structure" and kind.subject not in ("pages", "words", "lines"):
        return bool(structure.parts_of(kind.subject, search.pages))
    return comparison.has_borders(search, kind)
