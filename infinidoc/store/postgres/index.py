"""Finds passages by their words: BM25 over a table of words, computed as FTS5 computes it.

Words are FTS5's own (`words.py`), and so are the constants and the order of the sums: a
passage has the same score here as in a SQLite file (`store/index.py`). Knows words and passages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from infinidoc.store.backend import Row
from infinidoc.store.bm25 import K1, B, weight
from infinidoc.store.connection import bindable
from infinidoc.store.postgres.connection import spoken
from infinidoc.store.postgres.words import Words, times
from infinidoc.store.search import COLUMNS, PLACE

_CHECKED = 500  # passages that are compared with the index at once

# Values: places, words and weights of the single words; the documents or NULL; places, weights,
# passages, counts and lengths of the phrases; words in a usual passage.
_SCORED = f"""
with asked as (
    select * from unnest(?::int[], ?::text[], ?::float8[]) as asked (place, word, weight)
), found as (
    select place, weight, passage, count, length from asked join words using (word)
    where {{documents}}
    union all
    select * from unnest(?::int[], ?::float8[], ?::bigint[], ?::int[], ?::int[])
), scored as (
    select passage, count(distinct place) as places, sum(
        weight * ((count * {K1 + 1}::float8)
        / (count + {K1}::float8 * ({1 - B}::float8 + {B}::float8 * length / ?::float8)))
        order by place
    ) as score
    from found group by passage
)
"""
_ALL, _SOME = "true", "document = any(?::bigint[])"

# Values: documents, the last page of each.
_BORDER = """
join unnest(?::bigint[], ?::bigint[]) as border (document, last)
on border.document = passages.document and passages.page <= border.last
"""
_SEARCH = f"""
select score, {COLUMNS} from scored
join passages on passages.id = scored.passage
{_BORDER} {PLACE}
order by score desc, passages.id limit ?
"""
_MATCHING = f"""
select score, {COLUMNS} from scored
join passages on passages.id = scored.passage
{PLACE}
where places = ? and passages.page <= ?
order by passages.start
"""
_BEST = """
select passages.id, passages.document, passages.text
from (select * from scored where places >= ? order by score desc, passage limit ?) as best
join passages on passages.id = best.passage order by score desc, passages.id
"""
_BOTH = """
select id, coalesce(folded, text) as text from passages {border} where id in (
    select passage from words where word = any(?::text[]) group by passage
    having count(*) = ?
) order by id
"""
_TOTALS = "select passages, words from totals"
_SEARCHED = f"select count(*) as passages, sum(length) as words from passages {_BORDER}"
_KNOWN = "select word, count(*) as count from words {border} where word = any(?) group by word"
_KNOWN_THERE = f"""
join passages on passages.id = words.passage {_BORDER} and words.document = border.document
"""


@dataclass
class _Asked:
    """The words of a question that have a place in the index, and the passages of its phrases."""

    singles: list[tuple[int, str, float]] = field(default_factory=list)
    phrases: list[tuple[int, float, int, int, int]] = field(default_factory=list)
    documents: list[int] | None = None
    mean: float = 1.0

    def values(self) -> list[Any]:
        singles = _columns(self.singles, 3)
        some = [] if self.documents is None else [self.documents]
        return [*singles, *some, *_columns(self.phrases, 5), self.mean]

    @property
    def sql(self) -> str:
        return _SCORED.format(documents=_ALL if self.documents is None else _SOME)


class Index:
    """The words of a library's passages."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._words = Words()

    def close(self) -> None:
        self._words.close()

    def counts(self, texts: Sequence[str]) -> list[Counter[str]]:
        """How often each word stands in each text."""
        return self._words.counts(texts)

    def add(self, passages: Sequence[tuple[int, int, Counter[str]]]) -> None:
        """The words of passages that are there: id, document, counts."""
        columns = "word, document, passage, count, length"
        with self._connection.cursor() as cursor:
            with cursor.copy(f"copy words ({columns}) from stdin") as copy:
                for key, document, counts in passages:
                    for word, count in counts.items():
                        copy.write_row([word, document, key, count, counts.total()])
            sql = "update totals set passages = passages + %s, words = words + %s"
            total = sum(counts.total() for _, _, counts in passages)
            cursor.execute(sql, [len(passages), total])

    # -- finding ---------------------------------------------------------------------------

    def search(self, borders: dict[int, int], words: Sequence[str], limit: int) -> list[Row]:
        asked = self._asked(words, borders)
        return self._rows(asked.sql + _SEARCH, [*asked.values(), *_columns_of(borders), limit])

    def matching(self, document: int, words: Sequence[str], last: int) -> list[Row]:
        asked = self._asked(words, {document: last})
        border = bindable([len(words), last])
        return self._rows(asked.sql + _MATCHING, [*asked.values(), *border])

    def best(self, words: Sequence[str], every: bool, limit: int) -> list[Row]:
        asked = self._asked(words, None)
        return self._rows(asked.sql + _BEST, [*asked.values(), len(words) if every else 1, limit])

    def count(self, word: str, limit: int) -> int:
        (phrase,) = self._words.of([word])
        if len(phrase) > 1:
            return min(len(self._with_phrase(phrase, None)), limit)
        sql = "select count(*) as count from (select 1 from words where word = ? limit ?) as found"
        return int(self._rows(sql, [*phrase, limit])[0]["count"]) if phrase else 0

    def _asked(self, words: Sequence[str], borders: dict[int, int] | None) -> _Asked:
        """The words with what they weigh among the passages that are searched; None: all."""
        sql = _TOTALS if borders is None else _SEARCHED
        (totals,) = self._rows(sql, _columns_of(borders))
        passages = totals["passages"]
        mean = totals["words"] / passages if totals["words"] else 1.0
        asked = _Asked(documents=None if borders is None else list(borders), mean=mean)
        phrases = self._words.of(words)
        known = self._known([phrase[0] for phrase in phrases if len(phrase) == 1], borders)
        for place, phrase in enumerate(phrases):
            if len(phrase) == 1:
                says = weight(passages, known.get(phrase[0], 0))
                asked.singles.append((place, phrase[0], says))
            elif phrase:
                hits = self._with_phrase(phrase, borders)
                says = weight(passages, len(hits))
                asked.phrases += [(place, says, *hit) for hit in hits]
        return asked

    def _known(self, words: list[str], borders: dict[int, int] | None) -> dict[str, int]:
        """In how many passages each word stands."""
        sql = _KNOWN.format(border="" if borders is None else _KNOWN_THERE)
        rows = self._rows(sql, [*_columns_of(borders), words])
        return {row["word"]: row["count"] for row in rows}

    def _with_phrase(
        self, phrase: list[str], borders: dict[int, int] | None
    ) -> list[tuple[int, int, int]]:
        """Id, count and length of the passages in which the words follow one another."""
        sql = _BOTH.format(border="" if borders is None else _BORDER)
        rows = self._rows(sql, [*_columns_of(borders), phrase, len(set(phrase))])
        found = []
        for row, words in zip(rows, self._words.of([row["text"] for row in rows]), strict=True):
            if count := times(phrase, words):
                found.append((row["id"], count, len(words)))
        return found

    # -- checking --------------------------------------------------------------------------

    def agrees(self) -> bool:
        """Whether the words of every passage are those of its text, and the totals their sums."""
        after, passages, total = 0, 0, 0
        while rows := self._some(after):
            if not self._agree(rows):
                return False
            after, passages = rows[-1]["id"], passages + len(rows)
            total += sum(row["length"] for row in rows)
        return self._rows("select passages, words from totals", []) == [
            {"passages": passages, "words": total}
        ]

    def _some(self, after: int) -> list[Row]:
        sql = "select id, document, length, coalesce(folded, text) as text from passages"
        return self._rows(f"{sql} where id > ? order by id limit {_CHECKED}", [after])

    def _agree(self, rows: list[Row]) -> bool:
        counted = self._words.counts([row["text"] for row in rows])
        expected = {
            (word, row["document"], row["id"], count, counts.total())
            for row, counts in zip(rows, counted, strict=True)
            for word, count in counts.items()
        }
        sql = "select word, document, passage, count, length from words where passage = any(?)"
        kept = {tuple(row.values()) for row in self._rows(sql, [[row["id"] for row in rows]])}
        right = [counts.total() for counts in counted]
        return kept == expected and [row["length"] for row in rows] == right

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        return list(self._connection.execute(spoken(sql), list(values)))


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """The columns of rows of `count` values."""
    return [[row[at] for row in rows] for at in range(count)]


def _columns_of(borders: dict[int, int] | None) -> list[list[Any]]:
    """{document: last page} as two columns; none at all for all documents."""
    return [] if borders is None else [list(borders), bindable(borders.values())]
