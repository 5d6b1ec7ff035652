"""Which documents a question is likely about, told by an index of one row for each document.

The index holds a document's words; a word that is frequent in it counts more, a word of a
hundred times not a hundredfold. Documents enter it when it is asked, or when somebody who
reads many says so: the list `unrouted` has those that are new or have changed. A question is
looked up by its telling words, those in at most TELLING documents, so that the work does not
grow with the library; the best few documents are told apart by how many of the question's
words stand in one passage. Knows words and rows; no model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from infinidoc.store.search import question_words
from infinidoc.store.store import Store
from infinidoc.text import fold, words_in
from infinidoc.text.languages import STOP_WORDS

TELLING = 5_000  # documents that may have a word that is looked up
CANDIDATES = 24  # documents whose passages are looked at
AT_ONCE = 100  # documents that enter the index in one transaction
TOGETHER = 1.5  # what standing in one passage weighs against the whole document's words
LIKELY = 3  # documents that a question is put to

_BEST = """
select rowid as document, -bm25(documents_fts) as score from documents_fts
where documents_fts match ? order by bm25(documents_fts), rowid limit ?
"""
_HITS = """
select passages_fts.rowid as passage from passages_fts
cross join passages on passages.id = passages_fts.rowid
where passages_fts match ? and passages_fts.rowid between ? and ? and passages.document = ?
"""
_COUNT = """
select count(*) as count from (select 1 from documents_fts where documents_fts match ? limit ?)
"""


def index_documents(store: Store, limit: int | None = None) -> int:
    """Take documents that are new or have changed into the index; returns how many.

    A library that can only be read stays as it is.
    """
    if store.is_read_only:
        return 0
    waiting = store._rows("select document from unrouted limit ?", [limit or -1])
    for first in range(0, len(waiting), AT_ONCE):
        with store.atomic():
            for row in waiting[first : first + AT_ONCE]:
                _index(store, row["document"])
    return len(waiting)


def _index(store: Store, document: int) -> None:
    rows = store._rows("select text from passages where document = ?", [document])
    names = store._rows("select name from documents where id = ?", [document])
    store._run("delete from documents_fts where rowid = ?", [document])
    if names:
        texts = [names[0]["name"], *(row["text"] for row in rows)]
        sql = "insert into documents_fts (rowid, words) values (?, ?)"
        store._run(sql, [document, indexed_words(texts)])
    store._run("delete from unrouted where document = ?", [document])


def indexed_words(texts: Sequence[str]) -> str:
    """The words of a document as the index has them: once, and once more for each doubling."""
    counts = Counter(word for text in texts for word in words_in(fold(text)))
    stop = STOP_WORDS["en"]
    kept = ((word, count) for word, count in counts.items() if word not in stop)
    return " ".join(" ".join([word] * count.bit_length()) for word, count in kept)


def likely_documents(
    store: Store, question: str, limit: int = LIKELY, together: float = TOGETHER
) -> list[tuple[int, float]]:
    """(document, score) of those that the question is likely about, the likeliest first.

    Only what `index_documents` has seen is known. [] if no document has a word of it.
    """
    counts = {word: _count(store, word) for word in question_words(question)}
    counts = {word: count for word, count in counts.items() if count}
    telling = [f'"{word}"' for word, count in counts.items() if count <= TELLING]
    query = " OR ".join(telling) or " AND ".join(f'"{word}"' for word in counts)
    if not query:
        return []
    found = store._rows(_BEST, [query, max(limit, CANDIDATES)])
    best = max((row["score"] for row in found), default=0.0) or 1.0
    weights = {word: math.log(1 + 2 * TELLING / count) for word, count in counts.items()}
    whole = sum(weights.values())
    scores = {
        row["document"]: row["score"] / best
        + together * _in_one_passage(store, row["document"], weights) / whole
        for row in found
    }
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def _count(store: Store, word: str) -> int:
    """How many documents have a word; TELLING + 1 stands for any number above it."""
    return int(store._rows(_COUNT, [f'"{word}"', TELLING + 1])[0]["count"])


def _in_one_passage(store: Store, document: int, weights: dict[str, float]) -> float:
    """The weight of those words that stand together in the best passage."""
    sql = "select min(id) as first, max(id) as last from passages where document = ?"
    (span,) = store._rows(sql, [document])
    sums: Counter[int] = Counter()
    for word, weight in weights.items():
        for row in store._rows(_HITS, [f'"{word}"', span["first"], span["last"], document]):
            sums[row["passage"]] += weight  # type: ignore[assignment]
    return max(sums.values(), default=0.0)
