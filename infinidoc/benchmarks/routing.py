"""Which of very many documents a question is about: latency, the right one in three, bytes.

Documents are made of snippets of a few real texts each (paragraphs, documentation, stretches
of novels), so their words, names and repetitions are real ones. Some hold one development
paragraph as it was written; that paragraph's questions, written by people, ask for them. Other
paragraphs of the same articles are among the texts that snippets are taken from, so others
speak of the same things. Half of the paragraphs chose the weight (`for_choosing`), the other
half is reported.

Beside it BM25 alone, over passages (what `ask --all` looks for) and over whole documents. Seconds
are of this process's work, so that they mean the same on a machine that others use.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from infinidoc.benchmarks.machine import describe
from infinidoc.store import Store
from infinidoc.store.routing import TOGETHER, index_documents, likely_documents
from infinidoc.store.search import fts_query
from infinidoc.text.passages import cut_passages
from infinidoc.training.corpus import Corpus, for_choosing

PASSAGE, TEXTS = 100, 4  # words of a passage; texts that a document is made of
STRETCH, SNIPPET = 400, 8  # words of a text, and that are taken of it at a time
EVERY = 20  # documents, one of which holds a paragraph as it was written
AT_ONCE = 500  # documents of a transaction
FIRST = 3
WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # of standing together, that were tried

Find = Callable[[str], list[int]]
_PASSAGES = """
select passages.document as document from passages_fts
cross join passages on passages.id = passages_fts.rowid
where passages_fts match ? order by bm25(passages_fts), passages.id limit 200
"""
_WHOLE = "select rowid from whole where whole match ? order by bm25(whole), rowid limit ?"


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
    with Store(path) as store, closing(sqlite3.connect(f"{path}.whole")) as whole:
        for connection in (store.db.conn, whole):
            connection.execute("PRAGMA synchronous = OFF")
        made = _made(store, whole, planted, _stretches(data, rest), documents, words)
        asked = _asked(store, planted, questions)
        report = {"documents": documents, "made": made, **_report(store, whole, asked)}
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


def _made(
    store: Store,
    whole: sqlite3.Connection,
    planted: Sequence[Planted],
    stretches: Sequence[list[str]],
    documents: int,
    words: int,
) -> dict[str, float]:
    """Fill the library, if it is not full, and the indexes; seconds of each."""
    started = time.process_time()
    _write(store, planted, stretches, documents, words)
    written = time.process_time()
    index_documents(store)
    indexed = time.process_time()
    _index_whole(store, whole)
    spent = {"write": written - started, "index": indexed - written}
    spent["whole"] = time.process_time() - indexed
    print("seconds: " + ", ".join(f"{name} {value:.0f}" for name, value in spent.items()))
    return {name: round(value, 1) for name, value in spent.items()}


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


def _index_whole(store: Store, whole: sqlite3.Connection) -> None:
    """The peer: whole documents as they are, in one index of their own."""
    tokenize = "porter unicode61 categories 'L* M* N* Co'"
    made = f"""create virtual table if not exists whole using fts5
               (t, content='', tokenize="{tokenize}")"""
    whole.execute(made)
    last = whole.execute("select max(rowid) from whole").fetchone()[0] or 0
    sql = "select document, text from passages where document > ? order by document, start"
    rows = store.db.query(sql, [last])
    for document, passages in groupby(rows, key=itemgetter("document")):
        text = " ".join(row["text"] for row in passages)
        whole.execute("insert into whole (rowid, t) values (?, ?)", [document, text])
    whole.commit()


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


def _report(store: Store, whole: sqlite3.Connection, asked: list[Question]) -> dict[str, object]:
    choosing = [one for one in asked if one.chooses]
    reported = [one for one in asked if not one.chooses]
    chosen = {
        weight: _measure(partial(_ours, store, weight), choosing)["first"]
        for weight in WEIGHTS
    }
    print("chosen by: " + ", ".join(f"{weight} {value:.3f}" for weight, value in chosen.items()))
    ways: dict[str, Find] = {
        "routing": partial(_ours, store, TOGETHER),
        "BM25 of passages": partial(_by_passages, store),
        "BM25 of documents": partial(_by_documents, whole),
    }
    found = {name: _measure(way, reported) for name, way in ways.items()}
    for name, row in found.items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    return {"questions": len(reported), "weights": chosen, **found, "bytes": _bytes(store)}


def _ours(store: Store, together: float, text: str) -> list[int]:
    return [document for document, _ in likely_documents(store, text, FIRST, together)]


def _by_passages(store: Store, text: str) -> list[int]:
    query = fts_query(text)
    rows = store._rows(_PASSAGES, [query]) if query else []
    return list(dict.fromkeys(row["document"] for row in rows))[:FIRST]


def _by_documents(whole: sqlite3.Connection, text: str) -> list[int]:
    query = fts_query(text)
    rows = whole.execute(_WHOLE, [query, FIRST]) if query else []
    return [row[0] for row in rows]


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
    """What the indexes hold, for each document."""
    count = store._rows("select count(*) as count from documents")[0]["count"]
    sizes = {}
    for name, tables in (
        ("routing index", ("documents_fts_data:block", "documents_fts_content:c0")),
        ("passages index", ("passages_fts_data:block",)),
        ("text of passages", ("passages:text",)),
    ):
        pairs = (table.split(":") for table in tables)
        total = sum(
            store._rows(f"select sum(length({column})) as size from {table}")[0]["size"]
            for table, column in pairs
        )
        sizes[name] = round(total / count)
    print("bytes a document: " + ", ".join(f"{name} {size:,}" for name, size in sizes.items()))
    return sizes
