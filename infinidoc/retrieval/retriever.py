"""Finds the passages a question is about, by its words and by what it means.

Two signals: the words it shares with a passage (BM25, in the index) and how like the
passage's vector the question's is (the embedder's). BM25 is taken relative to the best
passage, for its scale changes from question to question. Without an embedder words decide
alone. What a first look reads is found by words more than by meaning; if it holds no answer,
the words were other ones, so what a second look reads is found by meaning more than by words.
The weights were chosen on development questions (`infinidoc bench finding`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import nlargest
from itertools import islice
from typing import Any

from infinidoc.language import LanguageModel
from infinidoc.retrieval.entries import named_entries
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.retrieval.numbered_sections import Section, named_sections
from infinidoc.store import Store, likeness, passage_at
from infinidoc.text import letters
from infinidoc.text.similarity import TfIdf, has_unspaced
from infinidoc.text.titles import is_bare_heading

PASSAGES = 3  # what fits beside a question while the first word comes quickly
CANDIDATES = 200  # that share words with the question
FIRST, NEXT = 1.5, 4.0  # what a cosine of one weighs against the best passage by words
HEADINGS = 8  # of the best that may be bare headings: they share words and tell nothing
LEADING = 2  # entries that the question names
WHOLE = 3  # passages of an entry that are read as one
PAIRED = 8  # documents at most whose passages are compared by pairs of letters

Key = tuple[int, int]  # document, first character
Row = dict[str, Any]


def find_evidence(
    store: Store,
    language: LanguageModel,
    documents: Sequence[dict[str, Any]],
    question: str,
    until: dict[int, int],
    limit: int = PASSAGES,
    sections: Sequence[Section] | None = None,
) -> list[Evidence]:
    """The best passages for `question`, best first; none after page `until[document]`.

    All scores are those of the first look, so that they can be compared. If the question names a
    section by its number, the passages of that come first; `sections` are those, if they have been
    looked up.
    """
    known = {row["id"]: row for row in documents}
    rows = store.search(list(known), question, limit=CANDIDATES, until=until or None)
    if has_unspaced(question) and len(known) <= PAIRED:
        rows = _by_pairs(store, list(known), question, until)
    by_words = {(row["document"], row["start"]): row for row in rows}
    ranking = _Ranking(store, by_words, _by_meaning(store, language, list(known), question, until))
    if sections is None:
        sections = named_sections(store, known, question, until)
    ranking.narrow(sections)
    if not sections:
        ranking.lead(named_entries(store, known, question, until))
    found = [(ranking.passage(key), ranking.scores[key]) for key in ranking.best(limit)]
    return [evidence_of(row, known[row["document"]], score) for row, score in found]


class _Ranking:
    """Passages by both signals. The row of one that shares no word is fetched when it is asked
    for."""

    def __init__(self, store: Store, rows: dict[Key, Row], cosines: dict[Key, float]) -> None:
        self.store, self.rows, self.cosines = store, rows, cosines
        self.words: dict[Key, float] = {key: row["score"] for key, row in rows.items()}
        self.scores = _together(self.words, cosines, FIRST)
        self.parts: dict[Key, Row] = {}  # what of them is of sections, if some are named
        self.leading: list[Key] = []

    def narrow(self, sections: Sequence[Section]) -> None:
        """Leave only what is of the sections, if anything is."""
        near = (key for key in self.scores if any(each.may_hold(*key) for each in sections))
        self.parts = {key: part for key in near if (part := _part(self._row(key), sections))}
        if self.parts:
            self._keep(self.parts)

    def lead(self, entries: Sequence[Section]) -> None:
        """Let the beginnings of entries come first, each as one passage of a page."""
        for entry in entries:
            if len(self.leading) == LEADING:
                return
            keys = sorted(key for key in self.scores if entry.may_hold(*key))
            rows = [(key, row) for key in keys if (row := entry.within(self._row(key)))]
            if rows and rows[0][0] not in self.parts:
                key, row = rows[0]
                page = [more for _, more in rows[:WHOLE] if more["page"] == row["page"]]
                text = "".join(more["text"] for more in page)
                self.parts[key] = {**row, "end": page[-1]["end"], "text": text}
                self.leading.append(key)
                self._keep(self.scores.keys() - {other for other, _ in rows[1 : len(page)]})

    def _keep(self, keys: Collection[Key]) -> None:
        """Leave only these."""
        self.words, self.cosines, self.scores = (
            {key: value for key, value in each.items() if key in keys}
            for each in (self.words, self.cosines, self.scores)
        )

    def best(self, limit: int) -> list[Key]:
        """Those that lead, the others of the first look, then of those that are left the ones of
        the next."""
        first = min(limit, PASSAGES)
        best = self._telling(self.scores, first) or _largest(self.scores, first)
        best = list(dict.fromkeys([*self._leading(), *best]))[:first]
        if limit > PASSAGES:
            others = _together(self.words, self.cosines, NEXT)
            left = {key: score for key, score in others.items() if key not in best}
            best += self._telling(left, limit - len(best))
        return best

    def _leading(self) -> list[Key]:
        return [key for key in self.leading if key in self.scores]

    def passage(self, key: Key) -> Row:
        """A passage, or the part of it that is of a section."""
        return self.parts.get(key) or self._row(key)

    def _telling(self, scores: dict[Key, float], limit: int) -> list[Key]:
        """The keys of the largest scores but those of bare headings."""
        likely = _largest(scores, limit + HEADINGS)
        telling = (key for key in likely if not is_bare_heading(self._row(key)["text"]))
        return list(islice(telling, limit))

    def _row(self, key: Key) -> Row:
        if key not in self.rows:
            self.rows[key] = passage_at(self.store, *key)
        return self.rows[key]


def _part(row: Row, sections: Sequence[Section]) -> Row | None:
    """What of a passage is of one of the sections."""
    return next(filter(None, (section.within(row) for section in sections)), None)


def _largest(scores: dict[Key, float], limit: int) -> list[Key]:
    return nlargest(limit, scores, key=scores.__getitem__)


def _by_pairs(
    store: Store, documents: list[int], question: str, until: dict[int, int]
) -> list[Row]:
    """The passages by the pairs of letters they share with the question: the index has whole runs
    of letters where words are written without spaces."""
    rows = [row for one in documents for row in store.passages(one, 1, until.get(one))]
    scores = TfIdf(row["text"] for row in rows).likeness(question)
    return [{**row, "score": score} for row, score in zip(rows, scores, strict=True) if score > 0]


def _by_meaning(
    store: Store,
    language: LanguageModel,
    documents: list[int],
    question: str,
    until: dict[int, int],
) -> dict[Key, float]:
    """How like the question every passage is; {} without an embedder."""
    embedder = language.embedder
    if embedder is None:
        return {}
    vector = embedder.question(language.tokenizer.encode(f" {letters(question)}"))
    return likeness(store, documents, embedder.identity, vector, until or None)


def _together(
    by_words: dict[Key, float], cosines: dict[Key, float], weight: float
) -> dict[Key, float]:
    """Both signals as one score per passage, in the order of words where equal."""
    best = max(by_words.values(), default=0.0) or 1.0
    keys = [*by_words, *(key for key in cosines if key not in by_words)]
    return {key: by_words.get(key, 0.0) / best + weight * cosines.get(key, 0.0) for key in keys}
