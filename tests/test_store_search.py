"""Searching: what a person types finds passages, and never breaks the query."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infinidoc.store import Store
from infinidoc.store.search import fts_query
from tests.test_store import TEXTS, fill


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(None) as store:
        yield store


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("What is rule 7?", '"rule" OR "7"'),
        ("vitamin C", '"vitamin"'),
        ("Map map MAP", '"map"'),
        ("the of and", '"the" OR "of" OR "and"'),
        ('NEAR("map" * -x', '"near" OR "map"'),
        ("?!", None),
        ("", None),
    ],
)
def test_a_question_becomes_a_query(question: str, query: str | None) -> None:
    assert fts_query(question) == query


@pytest.mark.parametrize(
    "question", ["_", "²", '"', "NEAR(", "* OR", "AND", "map\0x", "map \udcff", "col:map", "^map"]
)
def test_syntax_is_only_text(store: Store, question: str) -> None:
    hits = store.search([fill(store)], question, limit=3)
    assert [hit["page"] for hit in hits] == ([2] if "map" in question else [])


def test_hits_say_where_they_stand_best_first(store: Store) -> None:
    document = fill(store)
    best, *others = store.search([document], "captain dawn map", limit=9)
    assert (best["document"], best["page"], best["label"], best["title"]) == (
        document,
        1,
        "i",
        "Part 1",
    )
    assert "".join(TEXTS)[best["start"] : best["end"]] == best["text"]
    assert best["score"] > others[0]["score"]
    assert len(store.search([document], "captain dawn map", limit=1)) == 1


def test_each_document_has_its_own_last_page(store: Store) -> None:
    first, second = fill(store, "first"), fill(store, "second")
    hits = store.search([first, second], "map", limit=9, until={first: 1})
    assert [hit["document"] for hit in hits] == [second]
    assert store.search([first], "map", limit=9, until={first: 10**30}) != []
    assert store.search([], "map", limit=9) == []


def test_a_library_of_thousands_of_documents(store: Store) -> None:
    document = fill(store)
    assert len(store.search([document, *range(2, 5000)], "map", limit=9)) == 1


def test_passages_of_some_pages(store: Store) -> None:
    document = fill(store)
    assert [row["page"] for row in store.passages(document, 2)] == [2, 3]
    assert [row["page"] for row in store.passages(document, page_to=1)] == [1]
    assert [row["text"] for row in store.passages(document)] == TEXTS
