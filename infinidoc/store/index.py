"""Finds passages by their words in FTS5's index of a file.

A search of the whole library is FTS5's own. One of some of its passages counts these alone: the
places of a word are read from the index (`fts5vocab`) and scored as FTS5 would score them, were
nothing else there (`bm25.py`). Knows words and passages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nlargest, nsmallest
from itertools import pairwise
from operator import itemgetter
from typing import Any

from sqlite_utils import Database

from infinidoc.store.backend import Row
from infinidoc.store.bm25 import scores
from infinidoc.store.connection import bindable
from infinidoc.store.search import COLUMNS, PLACE, any_of, every_of, quoted
from infinidoc.store.words import Words

SPANS = 4  # of passages in which places are looked for; each costs time for every place

_OWN = """
select rowid, -bm25(passages_fts) from passages_fts
where passages_fts match ? order by bm25(passages_fts), rowid limit ?
"""

# A temporary table: a file may be there to be read only. It holds nothing, FTS5's index does.
_MADE = """
create virtual table if not exists temp.places using fts5vocab (main, passages_fts, 'instance')
"""
_PLACES = "select doc, offset - ? from places where term = ? and ({spans})"
_SPAN = "doc between ? and ?"

_PAGES = """
select id, (select max(page) from passages where document = documents.id) as page from documents
"""

# Values: a JSON object {document: last page}.
_LENGTHS = """
select passages.id, coalesce(cast(size.sz as blob), x'') from json_each(?) as border
cross join passages
on passages.document = cast(border.key as integer) and passages.page <= border.value
cross join passages_fts_docsize as size on size.id = passages.id
"""

# Values: a JSON list of passages. The cross joins keep the order: only what is asked is read.
_FOUND = f"""
select passages.id, {COLUMNS} from json_each(?) as found
cross join passages on passages.id = found.value
{PLACE}
"""

_COUNT = """
select count(*) as count from (select 1 from passages_fts where passages_fts match ? limit ?)
"""
_BEST = """
select passages.id, passages.document, passages.text from passages_fts
cross join passages on passages.id = passages_fts.rowid
where passages_fts match ? order by bm25(passages_fts), passages.id limit ?
"""


class Index:
    """The words of a library's passages."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._words: Words | None = None

    def close(self) -> None:
        if self._words:
            self._words.close()

    def open(self) -> None:
        """Make ready to search; before a transaction, which would take it back at its end."""
        self._db.conn.execute(_MADE)

    # -- finding ---------------------------------------------------------------------------

    def search(self, borders: dict[int, int], words: Sequence[str], limit: int) -> list[Row]:
        """The passages with any of the words, best first, of {document: last page}.

        Of equal ones the first in the file is the first: `sorted` keeps their order.
        """
        if self._are_all(borders):
            found = self._own(any_of(words), limit)
        else:
            lengths = self._lengths(borders)
            found = scores(self._hits(words, lengths), lengths)
        best = nsmallest(limit, found, key=lambda passage: (-found[passage], passage))
        rows = self._rows({passage: found[passage] for passage in best})
        return sorted(rows, key=itemgetter("score"), reverse=True)

    def matching(self, document: int, words: Sequence[str], last: int) -> list[Row]:
        """The passages of a document with all of the words, in reading order."""
        if self._are_all({document: last}):
            found = self._own(every_of(words), -1)
        else:
            lengths = self._lengths({document: last})
            hits = self._hits(words, lengths)
            every = set[int].intersection(*map(set, hits))
            found = {key: score for key, score in scores(hits, lengths).items() if key in every}
        return sorted(self._rows(found), key=itemgetter("start"))

    def count(self, word: str, limit: int) -> int:
        return int(self._query(_COUNT, [quoted(word), limit])[0]["count"])

    def best(self, words: Sequence[str], every: bool, limit: int) -> list[Row]:
        return self._query(_BEST, [every_of(words) if every else any_of(words), limit])

    # -- FTS5's scores ---------------------------------------------------------------------

    def _are_all(self, borders: dict[int, int]) -> bool:
        """Whether these are all passages of the library: then FTS5 counts what it should."""
        (count,) = self._db.conn.execute("select count(*) from documents").fetchone()
        if count > len(borders):
            return False
        pages = self._db.conn.execute(_PAGES)
        return all(page is None or page <= borders.get(key, -1) for key, page in pages)

    def _own(self, query: str, limit: int) -> dict[int, float]:
        return dict(self._db.conn.execute(_OWN, bindable([query, limit])).fetchall())

    # -- scores of some passages -----------------------------------------------------------

    def _lengths(self, borders: dict[int, int]) -> dict[int, int]:
        """The passages that are searched, and how many words each has."""
        rows = self._db.conn.execute(_LENGTHS, [json.dumps(borders)])
        return {passage: _decoded(size) for passage, size in rows}

    def _hits(self, words: Sequence[str], within: dict[int, int]) -> list[dict[int, int]]:
        """For each word which of the passages have it, and how often."""
        self._words = self._words or Words()
        spans = _spans(within)
        found = (self._times(phrase, spans) for phrase in self._words.of(words))
        return [{key: count for key, count in hits.items() if key in within} for hits in found]

    def _times(self, phrase: Sequence[str], spans: Sequence[int]) -> dict[int, int]:
        """How often the words of a phrase follow one another, in which passages."""
        starts = [self._starts(word, at, spans) for at, word in enumerate(phrase)]
        if not starts:
            return {}
        together = set(starts[0]).intersection(*starts[1:]) if len(starts) > 1 else starts[0]
        return Counter(map(itemgetter(0), together))

    def _starts(self, word: str, at: int, spans: Sequence[int]) -> Iterable[tuple[int, int]]:
        """Where a phrase would begin whose word number `at` this is: passage, place."""
        sql = _PLACES.format(spans=" or ".join([_SPAN] * (len(spans) // 2)) or "false")
        return self._db.conn.execute(sql, [at, word, *spans])

    # -- rows ------------------------------------------------------------------------------

    def _rows(self, found: dict[int, float]) -> list[Row]:
        """The passages as rows with their scores, in the order of the file."""
        rows = self._query(_FOUND, [json.dumps(sorted(found))])
        for row in rows:
            row["score"] = found[row.pop("id")]
        return rows

    def _query(self, sql: str, values: Sequence[Any]) -> list[Row]:
        return list(self._db.query(sql, bindable(values)))


def _decoded(size: bytes) -> int:
    """A number as FTS5 keeps it: seven bits a byte, the highest first."""
    number = 0
    for byte in size:
        number = number << 7 | byte & 127
    return number


def _spans(passages: Iterable[int]) -> list[int]:
    """First and last of a few spans that hold all the passages, cut at the widest gaps."""
    ordered = sorted(passages)
    gaps = (pair for pair in pairwise(ordered) if pair[1] - pair[0] > 1)
    cuts = sorted(nlargest(SPANS - 1, gaps, key=lambda pair: pair[1] - pair[0]))
    return [*ordered[:1], *(passage for pair in cuts for passage in pair), *ordered[-1:]]
