"""Which finder answers which kind of question, and whether a document can be asked so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from infinidoc.errors import NotFound
from infinidoc.store import Store
from infinidoc.sweeping import comparison, counting, listing, places, structure, symbols
from infinidoc.sweeping.question_kinds import QuestionKind
from infinidoc.sweeping.search import DocumentSearch, Finding

Find = Callable[[DocumentSearch, QuestionKind], Iterator[Finding]]
FINDERS: dict[tuple[str, str], Find] = {
    ("count", "structure"): counting.count_parts,
    ("count", "mentions"): counting.count_mentions,
    ("count", "things"): counting.count_things,
    ("count", "people"): listing.list_names,
    ("list", "structure"): listing.list_parts,
    ("list", "things"): listing.list_things,
    ("first", "mentions"): places.find_end,
    ("last", "mentions"): places.find_end,
    ("first", "things"): places.find_event,
    ("last", "things"): places.find_event,
    ("who", "mentions"): places.find_who,
    ("who", "people"): listing.list_names,
    ("compare", "things"): comparison.compare,
    ("change", "things"): comparison.change,
    **{(name, "symbol"): find for name, find in symbols.FINDERS.items()},
}


def finder_of(kind: QuestionKind) -> Find:
    return FINDERS[kind.name, kind.of]


def fits(store: Store, document: dict[str, Any], kind: QuestionKind, until: int | None) -> bool:
    """Whether the document can be asked so; if not, the question is an ordinary one."""
    pages = store.pages_light(document["id"])
    pages = [page for page in pages if until is None or page["number"] <= until]
    if not pages:
        return False
    if kind.of == "symbol":
        return symbols.is_known(kind, store, document, until)
    if kind.of == "people":
        return bool(document["kind"] != "code")
    if kind.of == "structure" and kind.subject not in ("pages", "words", "lines"):
        return bool(structure.parts_of(kind.subject, pages))
    borders = map(comparison.page_of, kind.borders or ())
    return all(_exists(store, document["id"], border) for border in borders)


def _exists(store: Store, document: int, reference: str) -> bool:
    try:
        store.find_page(document, reference)
    except NotFound:
        return False
    return True
