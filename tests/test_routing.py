"""Which documents a question is about, told by an index that knows all of them."""

from __future__ import annotations

import pytest

from infinidoc.store import Store
from infinidoc.store.routing import likely_documents

TEXTS = {
    "harbour": ["The lighthouse at Skerry was built in 1804.", "Fishermen paid for its lamp."],
    "kitchen": ["Knead the dough until it is smooth.", "Bake the loaf for forty minutes."],
    "ledger": ["Wages were paid in coin.", "The lighthouse keeper had no lamp in Skerry."],
}


def add(store: Store, name: str, passages: list[str]) -> int:
    document = store.add_document(name, "text", {"model": "none"}, name, "0" * 64)
    at, rows = 0, []
    for text in passages:
        rows.append({"page": 1, "start": at, "end": at + len(text), "line": None, "text": text})
        at += len(text)
    text = "".join(passages)
    page = {"number": 1, "label": None, "title": None, "chapter": False, "path": None}
    page |= {"line": 1, "start": 0, "end": at, "text": text, "problem": None}
    store.add_pages(document, [page])
    store.add_passages(document, rows)
    store.update_document(document, status="complete", pages=1, characters=at)
    return document


@pytest.fixture
def store() -> Store:
    store = Store(None)
    for name, passages in TEXTS.items():
        add(store, name, passages)
    return store


def names(store: Store, question: str, limit: int = 3) -> list[str]:
    found = likely_documents(store, question, limit)
    return [store.document(document)["name"] for document, _ in found]


def test_words_that_stand_together_decide(store: Store) -> None:
    assert names(store, "When was the lighthouse at Skerry built?")[0] == "harbour"
    assert names(store, "Who had no lamp at the lighthouse in Skerry?")[0] == "ledger"
    assert names(store, "lighthouse lamp", 1) == names(store, "lighthouse lamp")[:1]
    assert names(store, "zeppelin") == names(store, "?!") == []


def test_words_of_most_passages_still_find_something(store: Store) -> None:
    (found,) = likely_documents(store, "lighthouse keeper in Skerry", telling=0)
    assert store.document(found[0])["name"] == "ledger"
    (found,) = likely_documents(store, "lighthouse dough", telling=1)
    assert store.document(found[0])["name"] == "kitchen"
    assert likely_documents(store, "lighthouse coin dough", telling=0) == []


def test_the_text_next_to_a_passage_counts(store: Store) -> None:
    both = add(store, "both", ["The mill burned down in the storm.", "The miller was Agnes."])
    add(store, "one", ["The mill burned down in the storm.", "Nobody was hurt."])
    assert likely_documents(store, "Was Agnes there when the mill burned?")[0][0] == both


def test_what_is_removed_or_read_on_is_no_longer_what_it_was(store: Store) -> None:
    document = store.document("kitchen")["id"]
    text = "Salt the butter."
    row = {"page": 1, "start": 900, "end": 916, "line": None, "text": text}
    store.add_passages(document, [row])
    store.update_document(document, status="complete")
    assert names(store, "salt") == ["kitchen"]
    store.remove(document)
    assert names(store, "salt") == names(store, "dough") == []
