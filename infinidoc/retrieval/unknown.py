"""What a question names and a text never does: it cannot answer then."""

from __future__ import annotations

from collections.abc import Sequence

from infinidoc.retrieval.numbered_sections import has_versions
from infinidoc.store import Store
from infinidoc.text import even
from infinidoc.text.languages import language_of
from infinidoc.text.names import names_in
from infinidoc.text.references import versions_in


def unknown_in(
    store: Store, documents: Sequence[int], question: str, until: dict[int, int]
) -> list[str]:
    """The versions in the question, or the names, if the documents have none of them."""
    return _versions(store, documents, question, until) or _names(store, documents, question, until)


def _versions(
    store: Store, documents: Sequence[int], question: str, until: dict[int, int]
) -> list[str]:
    """Of documents that are divided by versions."""
    versions = versions_in(even(question))
    for document in documents if versions else ():
        pages = list(store.pages(document, until.get(document)))
        known = any(version in page["text"].lower() for version in versions for page in pages)
        if known or not has_versions(pages):
            return []
    return list(versions)


def _names(
    store: Store, documents: Sequence[int], question: str, until: dict[int, int]
) -> list[str]:
    if language_of(question) != "en":
        return []
    names = list(dict.fromkeys(names_in(question)))
    known = (store.search(documents, name, limit=1, until=until or None) for name in names)
    return [] if any(known) else names
