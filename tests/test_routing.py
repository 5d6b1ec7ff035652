"""Which documents a question is about, told by an index that knows all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infinidoc.store import Store, routing
from infinidoc.store.routing import index_documents, indexed_words, likely_documents
from infinidoc.store.verify import verify

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


def test_documents_come_into_the_index_when_they_are_whole(store: Store) -> None:
    assert names(store, "How is the dough kneaded?") == []
    reading = store.add_document("dough", "text", {}, "dough", "0" * 64)
    assert index_documents(store, 1) == 1
    assert index_documents(store) == 2
    assert index_documents(store) == 0
    assert names(store, "How is the dough kneaded?") == ["kitchen"]
    store.update_document(reading, status="partial")
    assert index_documents(store) == 1
    assert set(names(store, "dough")) == {"kitchen", "dough"}


def test_words_that_stand_together_decide(store: Store) -> None:
    index_documents(store)
    assert names(store, "When was the lighthouse at Skerry built?")[0] == "harbour"
    assert names(store, "Who had no lamp at the lighthouse in Skerry?")[0] == "ledger"
    assert names(store, "lighthouse lamp", 1) == names(store, "lighthouse lamp")[:1]
    assert names(store, "zeppelin") == names(store, "?!") == []


def test_words_of_most_documents_still_find_something(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "TELLING", 1)
    index_documents(store)
    assert names(store, "paid lamp lighthouse")[0] in ("harbour", "ledger")
    assert names(store, "lighthouse and dough") == ["kitchen"]


def test_what_is_removed_or_read_on_is_no_longer_what_it_was(store: Store) -> None:
    index_documents(store)
    document = store.document("kitchen")["id"]
    text = "Salt the butter."
    row = {"page": 1, "start": 900, "end": 916, "line": None, "text": text}
    store.add_passages(document, [row])
    store.update_document(document, status="complete")
    index_documents(store)
    assert names(store, "salt") == ["kitchen"]
    store.remove(document)
    assert names(store, "salt") == names(store, "dough") == []


def test_words_that_are_removed_are_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        add(store, "secret", ["Marmaduke hid the emeralds."])
        index_documents(store)
        assert b"marmaduk" in path.read_bytes() + (tmp_path / "library.db-wal").read_bytes()
        store.remove(store.document("secret")["id"])
        store.compact()
        assert list(verify(store)) == []
    assert b"marmaduk" not in path.read_bytes().lower()


def test_a_word_counts_more_the_more_often_it_stands_there() -> None:
    assert indexed_words(["The cat, the cat and a dog", "Cat! CAT"]) == "cat cat cat dog"
