"""Searching: what a person types finds passages, and never breaks the query."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pytest

from infinidoc.store import Store
from infinidoc.store.search import any_of, every_of, fts_query, question_words
from tests.test_store import TEXTS, fill


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(None) as store:
        yield store


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("What is rule 7?", '"rule" OR "7"'),
        ("vitamin C", '"vitamin" OR "c"'),
        ("Map map MAP", '"map"'),
        ("the of and", '"the" OR "of" OR "and"'),
        ('NEAR("map" * -x', '"near" OR "map" OR "x"'),
        ("the king's, a hat", '"king" OR "hat"'),
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


VOCABULARY = """the a of and map maps captain captain's hid hidden harbour file_name file name
U.S.A. 3.14 don't Straße strasse naïve मानचित्र 北京大学 lighthouse keeper sailed""".split()
ASKED = ["map", "hidden captain", "file_name", "What don't the captains hide at 3.14?", "of the",
         "मानचित्र 北京大学 strasse", "zeppelin", "²"]  # fmt: skip
PER_PAGE = 4


def texts(seed: int, count: int = 40) -> list[str]:
    chosen = random.Random(seed)
    return [" ".join(chosen.choices(VOCABULARY, k=chosen.randint(1, 30))) for _ in range(count)]


def add(store: Store, name: str) -> int:
    """A document without a page."""
    return store.add_document(name, "text", {"model": "none"}, name, "0" * 64)


def write(store: Store, document: int, passages: list[str], first: int, last: int) -> None:
    """Passages `first` to `last` of a document, with their pages."""
    starts = [0, *accumulate(map(len, passages))]
    for number in range(first, last):
        text, start = passages[number], starts[number]
        place = {"start": start, "end": start + len(text), "line": None, "text": text}
        page = number // PER_PAGE + 1
        if number % PER_PAGE == 0:
            names = {"label": None, "title": None, "path": None, "problem": None}
            store.add_pages(document, [{**place, **names, "number": page, "chapter": 0}])
        store.add_passages(document, [{**place, "page": page}])


def alone(passages: list[str]) -> Store:
    store = Store(None)
    write(store, add(store, "asked"), passages, 0, len(passages))
    return store


def among_others(store: Store, passages: list[str]) -> int:
    """The document beside thirty, read in five goes, others in between."""
    step = len(passages) // 5
    document = 0
    for number in range(30):
        seed = number + 1000
        if number == 2:
            document = add(store, "asked")
        if number >= 2 and (number - 2) % 6 == 0:
            first = (number - 2) // 6 * step
            write(store, document, passages, first, first + step)
        write(store, add(store, f"other {number}"), texts(seed), 0, 40)
    return document


def found(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["page"], row["start"], row["text"]) for row in rows]


def alike(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """The same passages in the same order, with the same scores (to the last bit but one: a C
    compiler may fuse what Python computes in two steps)."""
    scores = pytest.approx([row["score"] for row in others], rel=1e-12, abs=0)
    return found(rows) == found(others) and [row["score"] for row in rows] == scores


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of several documents; equal ones come in the order they were read in."""
    return sorted(rows, key=lambda row: (row["text"], row["start"]))


def test_what_is_found_in_a_document_does_not_depend_on_others(store: Store) -> None:
    passages = texts(1)
    document = among_others(store, passages)
    with alone(passages) as library:
        for question in ASKED:
            hits = library.search([1], question, limit=9)
            assert alike(store.search([document], question, limit=9), hits), question
            rows = library.matching(1, question)
            assert alike(store.matching(document, question), rows), question
        assert len(library.search([1], ASKED[1], limit=9)) == 9


def test_what_is_found_does_not_depend_on_what_comes_after_the_last_page(store: Store) -> None:
    passages = texts(2)
    document = among_others(store, passages)
    with alone(passages[: 3 * PER_PAGE]) as library:
        for question in ASKED:
            hits = library.search([1], question, limit=9)
            until = {document: 3}
            assert alike(store.search([document], question, limit=9, until=until), hits), question
            rows = library.matching(1, question)
            assert alike(store.matching(document, question, 3), rows), question


def test_documents_that_are_asked_together_are_counted_together(store: Store) -> None:
    first = among_others(store, texts(3))
    others = [row["id"] for row in store.documents() if row["name"] in ("other 9", "other 17")]
    with Store(None) as library:
        for seed in (3, 1009, 1017):
            write(library, add(library, f"{seed}"), texts(seed), 0, 40)
        for question in ASKED:
            hits = in_order(store.search([first, *others], question, limit=200))
            expected = in_order(library.search([1, 2, 3], question, limit=200))
            assert alike(hits, expected), question


@pytest.mark.parametrize("question", ASKED[:-2])
def test_a_document_of_its_own_has_the_scores_of_fts5(question: str) -> None:
    """Whether FTS5 counts its passages or we do, which another document makes sure of."""
    with alone(texts(4)) as store:
        words = question_words(question)
        sql = "select rowid, -bm25(passages_fts) as score from passages_fts"
        sql = f"{sql} where passages_fts match ? order by bm25(passages_fts), rowid"
        any_, every = (store._rows(sql, [join(words)]) for join in (any_of, every_of))
        texts_by_id = {row["id"]: row["text"] for row in store._rows("select * from passages")}
        for beside in (False, True):
            if beside:
                write(store, add(store, "another"), texts(5), 0, 40)
            hits = store.search([1], question, limit=99)
            assert [hit["text"] for hit in hits] == [texts_by_id[row["rowid"]] for row in any_]
            expected = pytest.approx([row["score"] for row in any_], rel=1e-12, abs=0)
            assert [hit["score"] for hit in hits] == expected
            rows = sorted(every, key=lambda row: row["rowid"])
            expected = pytest.approx([row["score"] for row in rows], rel=1e-12, abs=0)
            assert [hit["score"] for hit in store.matching(1, question)] == expected


def test_a_passage_of_very_many_words(store: Store) -> None:
    """Its length takes more than one byte in FTS5's index."""
    long = [" ".join(texts(6, count)) for count in (20, 400, 4000)]
    document = among_others(store, [*long, *texts(7)])
    with alone([*long, *texts(7)][:40]) as library:
        hits = library.search([1], "lighthouse harbour", limit=50)
        assert {len(hit["text"]) > 100_000 for hit in hits} == {True, False}
        assert alike(store.search([document], "lighthouse harbour", limit=50), hits)


def test_a_search_goes_on_while_pages_are_read_and_in_a_transaction(store: Store) -> None:
    document = among_others(store, texts(8))
    expected = store.search([document], "hidden captain", limit=5)
    for _ in store.pages(document):
        assert store.search([document], "hidden captain", limit=5) == expected
    with store.atomic():
        write(store, add(store, "later"), texts(9), 0, 40)
        assert store.search([document], "hidden captain", limit=5) == expected
    assert store.search([document], "hidden captain", limit=5) == expected
