"""What a document is about: the sentences of its short summary, as passages to cite.

Of a repository only what it does, of a log only how many lines are of which level. Nothing is
kept: a question writes nothing into the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.store import Store
from infinidoc.summarizing.summary import SummaryStream


def overview(store: Store, document: dict[str, Any], until: int | None) -> Iterator[Evidence]:
    """The sentences, each with its place; none from behind page `until`."""
    rows: list[dict[str, Any]] = next(
        filter(None, (draft.make().sentences for draft in _short(store, document, until))), []
    )
    for row in rows:
        end = row["start"] + len(row["text"])
        yield evidence_of({**row, "end": end}, document, 1.0)


def _short(store: Store, document: dict[str, Any], until: int | None) -> Iterator[Any]:
    return SummaryStream(store, _no_language, document, "short", until=until).drafts()


def _no_language() -> Any:
    raise AssertionError("sentences are quoted, no model writes")
