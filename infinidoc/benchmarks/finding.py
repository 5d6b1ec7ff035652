"""Whether the passages that answer are among those `ask` reads, beside BM25 alone.

Development paragraphs are joined into one long text, put into a library without being read
by the model, and looked up with every question on them. Told apart: questions that share
no telling word with the passages that answer them, which no index of words can find.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infinidoc.benchmarks.answers import Asked, joined
from infinidoc.benchmarks.machine import describe
from infinidoc.grounding.grounding import grounded_stems
from infinidoc.language import LanguageModel
from infinidoc.page_rows import keep_page
from infinidoc.reading import open_source
from infinidoc.retrieval.retriever import PASSAGES, find_evidence
from infinidoc.store import Store
from infinidoc.training.corpus import Corpus

DEPTHS = (PASSAGES, 2 * PASSAGES, 10)  # what is read at first, after a second look, and more


@dataclass(frozen=True)
class Looked:
    """At which rank, from 1, a passage that answers was found; None if not among the first."""

    far: bool  # the question shares no telling word with it
    ours: int | None
    bm25: int | None


def run(model: str | None, data: Path, tokens: int, part: str) -> None:
    """Print the table and one JSON line."""
    language = LanguageModel.find(model)
    text, asked = joined(Corpus(data, part), tokens, 10**6, free=True)
    asked = [one for one in asked if one.answers]
    print(
        f"{describe()}; {language.name}, adapter {language.adapter_name}, {len(text):,} characters"
    )
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "library.db") as store:
        document = put(store, language, text, Path(folder) / "joined.txt")
        looked = list(look_up(store, language, document, asked))
    report = {
        "all": table(looked),
        "no shared word": table([one for one in looked if one.far]),
    }
    for name, row in report.items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()))
    print(json.dumps({"benchmark": "finding", "tokens": tokens, **report}))


def put(store: Store, language: LanguageModel, text: str, path: Path) -> int:
    """`text` as pages, passages and vectors of a document in the library; no memory."""
    path.write_text(text, "utf-8")
    document = store.add_document("joined", "text", language.identity, str(path), "")
    with store.atomic():
        for page in open_source(str(path)).pages():
            keep_page(store, language, document, page)
    return document


def look_up(
    store: Store, language: LanguageModel, document: int, asked: list[Asked]
) -> Iterator[Looked]:
    """Where each question's passages come, by both signals and by words alone."""
    row = store.document(document)
    passages = store.passages(document)
    for one in asked:
        gold = answering(passages, one)
        if not gold:
            continue
        found = find_evidence(store, language, [row], one.question, {}, max(DEPTHS))
        words = store.search([document], one.question, limit=max(DEPTHS))
        shared = grounded_stems(one.question) & set().union(*map(grounded_stems, gold.values()))
        yield Looked(
            not shared,
            _rank([passage.start for passage in found], gold),
            _rank([passage["start"] for passage in words], gold),
        )


def answering(passages: list[dict[str, Any]], one: Asked) -> dict[int, str]:
    """The passages of the question's paragraph that hold an answer; all of them if none does."""
    own = {p["start"]: p["text"] for p in passages if p["start"] < one.end and p["end"] > one.start}
    holding = {s: t for s, t in own.items() if any(a.strip() in t for a in one.answers)}
    return holding or own


def _rank(starts: list[int], gold: dict[int, str]) -> int | None:
    return next((rank for rank, start in enumerate(starts, 1) if start in gold), None)


def table(looked: list[Looked]) -> dict[str, float]:
    """The share of questions whose passage is among the first ones, and how many there were."""
    row: dict[str, float] = {"questions": len(looked)}
    for depth in DEPTHS:
        for name in ("ours", "bm25"):
            ranks = [getattr(one, name) for one in looked]
            hits = sum(rank is not None and rank <= depth for rank in ranks)
            row[f"{name}@{depth}"] = round(hits / max(len(looked), 1), 4)
    return row
