"""Near misses: passages that our own search finds for a question, but that do not answer it.

An index of passages in memory, with the words and the ranking of a library's. The passages
of one document stand side by side.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from infinidoc.grounding.overlap import normalized
from infinidoc.store.search import fts_query
from infinidoc.text.passages import cut_passages
from infinidoc.training.corpus import Corpus

FOUND = 8  # that are looked at, best first


class NearMisses:
    """The passages of a corpus, found by the words of a question."""

    def __init__(self, corpus: Corpus) -> None:
        self.index = sqlite3.connect(":memory:")
        self.index.execute("create virtual table passages using fts5(text, tokenize='porter')")
        self.texts: list[str] = []
        self._documents: dict[int, tuple[int, int]] = {}  # context: its document's passages
        for rows in corpus.by_title.values():
            first = len(self.texts)
            for row in rows:
                self.texts += _pieces(corpus.qa[row])
            for row in rows:
                self._documents[row] = (first, len(self.texts))
        rows_ = ((index, text) for index, text in enumerate(self.texts))
        self.index.executemany("insert into passages (rowid, text) values (?, ?)", rows_)

    def of(self, context: int, question: str, apart: str, answers: Sequence[str]) -> list[str]:
        """The best passages of the context's document that lie not in the text `apart` and
        have none of the answers, best first."""
        query = fts_query(question)
        if query is None:
            return []
        low, high = self._documents[context]
        rows = self.index.execute(
            "select rowid from passages where passages match ? and rowid >= ? and rowid < ? "
            "order by rank limit ?",
            (query, low, high, FOUND),
        )
        held = [f" {normalized(answer)} " for answer in answers if normalized(answer)]
        texts = [self.texts[row] for (row,) in rows]
        return [
            text
            for text in texts
            if text.strip() not in apart
            and not any(answer in f" {normalized(text)} " for answer in held)
        ]


def _pieces(row: dict[str, Any]) -> list[str]:
    context = row["context"]
    return [context[low:high] for low, high in cut_passages(context)]
