"""Finds the passages a question is about, by its words and by what it means.

Two signals: the words it shares with a passage (BM25, in the index) and how like the
passage's vector the question's is (the embedder's). BM25 is taken relative to the best
passage, for its scale changes from question to question. Without an embedder words decide
alone. What a first look reads is found by words more than by meaning; if it holds no answer,
the words were other ones, so what a second look reads is found by meaning more than by words.
The weights were chosen on development questions (`infinidoc bench finding`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from heapq import nlargest
from itertools import islice
from typing import Any

from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.retrieval.numbered_sections import Section, named_sections
from infinidoc.store import Store, likeness, passage_at
from infinidoc.text import letters
from infinidoc.text.similarity import TfIdf, has_unspaced
from infinidoc.text.titles import is_bare_heading

PASSAGES = 3  # what fits beside a question while the first word comes quickly
DIVIDED = 8  # documents in which a section that is named is looked for
CANDIDATES = 200  # that share words with the question
FIRST, NEXT = 1.5, 4.0  # what a cosine of one weighs against the best passage by words
HEADINGS = 8  # of the best that may be bare headings: they share words and tell nothing

Key = tuple[int, int]  # document, first character
Row = dict[str, Any]


def find_evidence(
    store: Store,
    language: LanguageModel,
    documents: Sequence[dict[str, Any]],
    question: str,
    until: dict[int, int],
    limit: int = PASSAGES,
) -> list[Evidence]:
    """The best passages for `question`, best first; none after page `until[document]`.

    All scores are those of the first look, so that they can be compared. If the question names a
    section by its number, the passages of that come first.
    """
    known = {row["id"]: row for row in documents}
    rows = store.search(list(known), question, limit=CANDIDATES, until=until or None)
    if has_unspaced(question) and len(known) <= DIVIDED:
        rows = _by_pairs(store, list(known), question, until)
    by_words = {(row["document"], row["start"]): row for row in rows}
    sections = named_sections(store, known, question, until) if len(known) <= DIVIDED else []
    cosines = _by_meaning(store, language, list(known), question, until)
    words = {key: row["score"] for key, row in by_words.items()}

    @cache
    def row_at(key: Key) -> Row:
        return by_words.get(key) or passage_at(store, *key)

    scores = _together(words, cosines, FIRST)
    near = (key for key in scores if any(section.may_hold(*key) for section in sections))
    parts = {key: part for key in near if (part := _part(row_at(key), sections))}
    if parts:
        words, cosines, scores = (
            {key: value for key, value in each.items() if key in parts}
            for each in (words, cosines, scores)
        )
    first = min(limit, PASSAGES)
    best = _best(scores, first, row_at) or nlargest(first, scores, key=scores.__getitem__)
    if limit > PASSAGES:
        others = _together(words, cosines, NEXT)
        left = {key: score for key, score in others.items() if key not in best}
        best += _best(left, limit - len(best), row_at)
    found = [(parts.get(key) or row_at(key), scores[key]) for key in best]
    return [evidence_of(row, known[row["document"]], score) for row, score in found]


def _part(row: Row, sections: Sequence[Section]) -> Row | None:
    """What of a passage is of one of the sections."""
    return next(filter(None, (section.within(row) for section in sections)), None)


def _best(scores: dict[Key, float], limit: int, row_at: Callable[[Key], Row]) -> list[Key]:
    """The keys of the largest scores but those of bare headings."""
    likely = nlargest(limit + HEADINGS, scores, key=scores.__getitem__)
    telling = (key for key in likely if not is_bare_heading(row_at(key)["text"]))
    return list(islice(telling, limit))


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
