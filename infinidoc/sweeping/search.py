"""One document as far as it may be known: what finders go through, and how much of it they did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from infinidoc.answering.answer import AnswerStream, Context
from infinidoc.answering.query import Query
from infinidoc.answering.result import Answer, Examined
from infinidoc.code.source import Source
from infinidoc.labels import place
from infinidoc.logs.line_filter import LineFilter
from infinidoc.logs.line_levels import LineLevels, levels_in
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.retrieval.mentions import Mention, find_mentions, pattern_of
from infinidoc.text import fold
from infinidoc.text.phrases import amount

READ = 16  # passages the model reads for one question: about a second each on a laptop
SHOWN = 24  # places that are given with a count
FOUND = 0.5  # the confidence of findings that were not understood, only found
READ_AT_MOST = 0.9  # the most confidence in what a model reads for a sweep


class DocumentSearch:
    """The pages of one document up to the last that may be known."""

    compared = None

    def __init__(self, query: Query, document: dict[str, Any]) -> None:
        self.query, self.store, self.document = query, query.store, document
        self.last: int | None = query.borders.get(document["id"])
        self.tokens_read = 0

    @cached_property
    def pages(self) -> list[dict[str, Any]]:
        """Without their text."""
        return self.store.pages_light(self.document["id"], self.last)

    @cached_property
    def examined(self) -> Examined:
        """How much of them was; at first all pages are meant to be."""
        return Examined(pages=len(self.pages))

    @property
    def name(self) -> str:
        return str(self.document["name"])

    @property
    def is_code(self) -> bool:
        return bool(self.document["kind"] == "code")

    @cached_property
    def levels(self) -> LineLevels | None:
        """How grave its lines are; None if it is no log."""
        return levels_in(self.store, self.document["id"])

    @cached_property
    def line_filter(self) -> LineFilter:
        """Which lines the question means, if it is a log."""
        return LineFilter.named(self.query.question)

    @property
    def source(self) -> Source:
        """Its text as files of code."""
        return Source(self.texts, self.name)

    @property
    def last_place(self) -> str:
        return place_of_page(self.pages[-1])

    # -- the text --------------------------------------------------------------------------

    def texts(self) -> Iterator[dict[str, Any]]:
        """The pages with their text, one at a time."""
        return self.store.pages(self.document["id"], self.last)

    def mentions(self, subject: str) -> Iterator[Mention]:
        """Every place where the words are written."""
        total = self.store.count_passages(self.document["id"], self.last)
        self.examined = replace(self.examined, passages=total, of=total)
        return find_mentions(self.texts(), pattern_of(subject), self.name)

    def stopped_at(self, page: int) -> None:
        """No page after this had to be searched."""
        passages = self.store.count_passages(self.document["id"], page)
        pages = sum(row["number"] <= page for row in self.pages)
        self.examined = replace(self.examined, passages=passages, pages=pages)

    # -- what must be read -----------------------------------------------------------------

    def candidates(self, words: str, most: int | None = None) -> list[Evidence]:
        """The passages that hold all the words or else the first, the best of too many."""
        rows = self.store.matching(self.document["id"], words, self.last)
        rows = rows or self.store.matching(self.document["id"], words.split()[0], self.last)
        rows = rows or self._mentioning(words.split()[0])
        best = sorted(rows, key=lambda row: -row["score"])[: most or READ]
        self.examined = replace(self.examined, passages=len(best), of=len(rows))
        return [evidence_of(row, self.document, row["score"]) for row in best]

    def _mentioning(self, word: str) -> list[dict[str, Any]]:
        """The passages with a word that the index may not know: a part of a run of letters."""
        pattern, passages = pattern_of(word), self.store.passages(self.document["id"], 1, self.last)
        return [{**row, "score": 0.0} for row in passages if pattern.search(fold(row["text"]))]

    def read(self, question: str, evidence: list[Evidence] | None = None) -> Answer:
        """Ask the model as an ordinary question is asked; of `evidence`, if it is given."""
        context = None if evidence is None else Context(evidence)
        answer = AnswerStream(self.query.to(self.document, question), context).result()
        self.tokens_read += answer.tokens_read
        return answer

    # -- how much was examined, in words ---------------------------------------------------

    def searched(self) -> str:
        pages = self.examined.pages
        if self.last is not None:
            return f"only pages up to {self.last_place} were searched"
        if pages < len(self.pages):
            return f"{amount(pages, 'page')} of {len(self.pages)} had to be searched"
        return "the only page was searched" if pages == 1 else f"all {pages:,} pages were searched"

    def read_and_searched(self) -> str:
        share = f"{self.examined.passages} of {self.examined.of:,} matching passages were read"
        return f"{share}; {self.searched()}"


def place_of_page(page: dict[str, Any]) -> str:
    """How a page is called."""
    return place(page["number"], page["label"])
