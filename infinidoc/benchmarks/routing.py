"""Which of very many documents a question is about: latency, the right one in three, bytes.

Documents are made of snippets of a few real texts each (paragraphs, documentation, stretches
of novels), so their words, names and repetitions are real ones. Some hold one development
paragraph as it was written; that paragraph's questions, written by people, ask for them. Other
paragraphs of the same articles are among the texts that snippets are taken from, so others
speak of the same things. Half of the paragraphs are there to choose by
(`for_choosing`); the other half is reported by itself.

Beside it BM25 alone: the documents of the best passages, as they are found for one document.
Seconds are of this process's work, so that they mean the same on a machine that others use.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infinidoc.benchmarks.machine import describe
from infinidoc.store import Store
from infinidoc.store.routing import likely_documents
from infinidoc.store.search import fts_query
from infinidoc.text.passages import cut_passages
from infinidoc.training.corpus import Corpus, for_choosing

PASSAGE, TEXTS = 100, 4  # words of a passage; texts that a document is made of
STRETCH, SNIPPET = 400, 8  # words of a text, and that are taken of it at a time
EVERY = 20  # documents, one of which holds a paragraph as it was written
AT_ONCE = 500  # documents of a transaction
FIRST = 3

Find = Callable[[str], list[int]]
_PASSAGES = """
select passages.document as document from passages_fts
cross join passages on passages.id = passages_fts.rowid
where passages_fts match ? order by bm25(passages_fts), passages.id limit 200
"""


@dataclass(frozen=True)
class Planted:
    """A paragraph as it was written, the questions on it, and whether it is one to choose by."""

    context: str
    questions: list[str]
    chooses: bool


@dataclass(frozen=True)
class Question:
    """What is asked, and the document that should be found."""

    text: str
    document: int
    chooses: bool


def run(data: Path, work: Path, documents: int, questions: int, words: int) -> None:
    """Print a table and one JSON line; the library is kept in `work`, and grows from run to run."""
    planted, rest = _paragraphs(data)
    path = work / f"routing-{words}.db"
    work.mkdir(parents=True, exist_ok=True)
    print(f"{describe()}, SQLite {sqlite3.sqlite_version}; {documents:,} documents", flush=True)
    with Store(path) as store:
        store.db.conn.execute("PRAGMA synchronous = OFF")
        started = time.process_time()
        _write(store, planted, _stretches(data, rest), documents, words)
        print(f"{time.process_time() - started:.0f} s to write what was not there", flush=True)
        asked = _asked(store, planted, questions)
        report = {"documents": documents, "words": words, **_report(store, asked)}
    print(json.dumps({"benchmark": "routing", **report}))


def _paragraphs(data: Path) -> tuple[list[Planted], list[str]]:
    """Development paragraphs to be planted, and every second one for the others to speak of."""
    planted, rest = [], []
    for number, row in enumerate(Corpus(data, "dev").qa):
        asked = [qa["question"] for qa in row["qas"] if qa["answers"]]
        if number % 2 or not asked or len(row["context"]) > 3000:
            rest.append(row["context"])
        else:
            planted.append(Planted(row["context"], asked, for_choosing(row["context"])))
    return planted, rest


# -- making ------------------------------------------------------------------------------------


def _stretches(data: Path, rest: Sequence[str]) -> list[list[str]]:
    """The texts that documents are made of, in words."""
    train, dev = Corpus(data, "train"), Corpus(data, "dev")
    texts = [*rest, *(row["context"] for row in train.qa), *train.prose, *dev.books]
    words = (text.split() for text in texts)
    return [
        text[at : at + STRETCH]
        for text in words
        for at in range(0, max(len(text) - STRETCH // 2, 1), STRETCH)
    ]


def _write(
    store: Store,
    planted: Sequence[Planted],
    stretches: Sequence[list[str]],
    documents: int,
    words: int,
) -> None:
    """Documents from the last one on, in transactions of AT_ONCE."""
    there = int(store._rows("select count(*) as count from documents")[0]["count"])
    for first in range(there, documents, AT_ONCE):
        with store.atomic():
            for number in range(first, min(first + AT_ONCE, documents)):
                chance = random.Random(number)
                passages = list(_mixed(chance, chance.choices(stretches, k=TEXTS), words))
                place, left = divmod(number, EVERY)
                if not left and place < len(planted):
                    context = planted[place].context
                    passages[1:1] = [context[low:high] for low, high in cut_passages(context)]
                _add(store, f"document {number}", passages)


def _mixed(chance: random.Random, texts: list[list[str]], words: int) -> Iterator[str]:
    """Passages of snippets, each as it stands somewhere in the texts."""
    for _ in range(words // PASSAGE):
        passage: list[str] = []
        while len(passage) < PASSAGE:
            text = chance.choice(texts)
            at = int(chance.random() * len(text))
            passage += text[at : at + SNIPPET]
        yield " ".join(passage)


def _add(store: Store, name: str, passages: Sequence[str]) -> None:
    document = store.add_document(name, "text", {"model": "none"}, name, name)
    rows, at = [], 0
    for text in passages:
        rows.append({"page": 1, "start": at, "end": at + len(text), "line": None, "text": text})
        at += len(text)
    store.add_passages(document, rows)
    store.update_document(document, status="complete", pages=1, characters=at)


# -- asking ------------------------------------------------------------------------------------


def _asked(store: Store, planted: Sequence[Planted], count: int) -> list[Question]:
    """So many questions, spread over the paragraphs."""
    sql = "select id, name from documents where name in (select value from json_each(?))"
    wanted = json.dumps([f"document {number * EVERY}" for number in range(len(planted))])
    names = {row["name"]: row["id"] for row in store._rows(sql, [wanted])}
    found = [
        Question(text, names[f"document {number * EVERY}"], one.chooses)
        for number, one in enumerate(planted)
        if f"document {number * EVERY}" in names
        for text in one.questions
    ]
    random.Random(1).shuffle(found)
    return found[:count]


def _report(store: Store, asked: list[Question]) -> dict[str, object]:
    ways: dict[str, Find] = {
        "routing": partial(_ours, store),
        "BM25": partial(_by_passages, store),
    }
    report: dict[str, object] = {"bytes": _bytes(store)}
    for half, chooses in (("choosing", True), ("reported", False)):
        some = [one for one in asked if one.chooses == chooses]
        print(f"{half}: {len(some)} questions")
        if len(some) < 2:
            continue  # a quantile takes two
        report[half] = found = {name: _measure(way, some) for name, way in ways.items()}
        for name, row in found.items():
            print(
                f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()), flush=True
            )
    return report


def _ours(store: Store, text: str) -> list[int]:
    return [document for document, _ in likely_documents(store, text, FIRST)]


def _by_passages(store: Store, text: str) -> list[int]:
    query = fts_query(text)
    rows = store._rows(_PASSAGES, [query]) if query else []
    return list(dict.fromkeys(row["document"] for row in rows))[:FIRST]


def _measure(find: Find, asked: Sequence[Question]) -> dict[str, float]:
    """Share of the right document first and among three; seconds, median and at 95 %."""
    took, ranks = [], []
    for one in asked:
        started = time.process_time()
        found = find(one.text)
        took.append(time.process_time() - started)
        ranks.append(found.index(one.document) if one.document in found else FIRST)
    return {
        "first": round(sum(rank == 0 for rank in ranks) / len(ranks), 4),
        "first three": round(sum(rank < FIRST for rank in ranks) / len(ranks), 4),
        "median s": round(statistics.median(took), 4),
        "95 % s": round(statistics.quantiles(took, n=20)[-1], 4),
        "most s": round(max(took), 4),
    }


def _bytes(store: Store) -> dict[str, int]:
    """What the index and the text take, for each document."""
    count = store._rows("select count(*) as count from documents")[0]["count"]
    sizes = {}
    for name, what in (
        ("index", "length(block)) as size from passages_fts_data"),
        ("text", "length(text)) as size from passages"),
    ):
        sizes[name] = round(store._rows(f"select sum({what}")[0]["size"] / count)
    print("bytes a document: " + ", ".join(f"{name} {size:,}" for name, size in sizes.items()))
    return sizes
