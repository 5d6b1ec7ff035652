"""Questions on long documents: the product beside what a user would build by hand.

Development paragraphs are joined into one long text, which is ingested; every question is
asked of the product and, of the same model, of BM25's three best passages, of the
beginning of the text that fits the window, of the memory alone, and of the evidence alone.
Counted: right answers, refusals, whether the cited page holds the paragraph the question
was made from, whether it was read at all (apart for questions that share no telling word
with it), and how far the confidence can be believed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch

from infinidoc.answering.confidence import ConfidenceFeatures, confidence
from infinidoc.answering.prompts import NOT_FOUND, answer_prompt
from infinidoc.benchmarks.journal import Journal
from infinidoc.benchmarks.machine import describe
from infinidoc.benchmarks.reading import FREE
from infinidoc.grounding.grounding import grounded_stems
from infinidoc.grounding.overlap import exact_match, f1
from infinidoc.language import LanguageModel
from infinidoc.library import Library
from infinidoc.model.kv_cache import KVCache
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.training.corpus import Corpus, for_choosing
from infinidoc.training.items import Branch, Item
from infinidoc.training.replies import pointed_replies, replies

CHARACTERS = 4.2  # of a token, about
LONGEST = 4000  # characters of a paragraph
YES_OR_NO = ("pubmedqa",)  # questions whose answers are no words of the text
RIGHT = 0.6  # F1 from which an answer counts as right
BEGINNING = 7600  # tokens of the text that fit the window beside a question
PEERS = ("bm25", "beginning", "memory", "evidence")

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A question and where in the text its paragraph stands; outside it: not answerable."""

    source: str
    question: str
    answers: list[str]
    start: int
    end: int


def run(
    model: str | None,
    data: Path,
    work: Path,
    tokens: int,
    questions: int,
    part: str,
    peers: list[str],
    held_out: bool = False,
) -> None:
    """Print the table and one JSON line; what was asked before is not asked again."""
    language = LanguageModel.find(model)
    text, asked = joined(Corpus(data, part), tokens, questions, held_out=held_out)
    print(f"{describe()}; {language.name}, {len(text):,} characters, {len(asked)} questions")
    digest = language.reader_digest[:12]
    name = f"answers-{part}-{tokens}" + ("-held-out" if held_out else "")
    journal = Journal(work / f"{name}-{digest}.jsonl")
    with Library(work / f"{name}.db", model=model) as library:
        library._language = language
        bench = Bench(library, text)
        rows = list(bench.rows(asked, peers, journal))
    told = crossed([row for row in rows if not row["refused"]])
    report = summary(rows, peers, told)
    for name, values in report.items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in values.items()))
    weights = fit_weights([(row["signs"], row["right"]) for row in rows if row["signs"]])
    curve = reliability(told)
    for bin_ in curve:
        print("confidence {sure:.2f}: right {right:.2f} of {count}".format(**bin_))
    print(json.dumps({"benchmark": "answers", "tokens": tokens, "questions": len(rows),
                      **report, "reliability": curve, "fitted": weights}))  # fmt: skip


def joined(
    corpus: Corpus, tokens: int, questions: int, free: bool = False, held_out: bool = False
) -> tuple[str, list[Asked]]:
    """Paragraphs as one text, and questions: on them, and on others of the same sources.

    `free`: also of the sources whose answers need not be words of the text; `held_out`: only
    paragraphs that no reader was chosen by.
    """
    chance = Random(0)
    rows = [row for row in corpus.qa if len(row["context"]) <= LONGEST]
    if held_out:
        rows = [row for row in rows if not for_choosing(row["context"])]
    left_out = YES_OR_NO if free else (*FREE, *YES_OR_NO)
    rows = [row for row in rows if row["source"] not in left_out]
    chance.shuffle(rows)
    pieces: list[str] = []
    inside: list[Asked] = []
    outside: list[Asked] = []
    at = 0
    for row in rows:
        fits = at < tokens * CHARACTERS
        place = (at, at + len(row["context"])) if fits else (-1, -1)
        for question in row["qas"]:
            answers = [answer for answer in question["answers"] if fits and answer.strip()]
            made = Asked(row["source"], question["question"], answers, *place)
            (inside if answers else outside).append(made)
        if fits:
            pieces.append(row["context"])
            at += len(row["context"]) + 2
    near = [one for one in outside if one.start >= 0]  # made to look answerable
    far = [one for one in outside if one.start < 0]
    share = questions // 8
    some = [*_sample(inside, questions - 2 * share, chance), *_sample(near, share, chance)]
    return "\n\n".join(pieces) + "\n", [*some, *_sample(far, share, chance)]


def _sample(asked: list[Asked], count: int, chance: Random) -> list[Asked]:
    return chance.sample(asked, min(count, len(asked)))


class Bench:
    """One ingested text and those who answer questions on it."""

    def __init__(self, library: Library, text: str) -> None:
        self.library, self.text, self.language = library, text, library.language
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "joined.txt"
            path.write_text(text, "utf-8")
            library.ingest(path, name="joined")
        self.document = library.store.document("joined")
        self._beginning: tuple[KVCache, tuple[int, ...]] | None = None

    def rows(self, asked: list[Asked], peers: list[str], journal: Journal) -> Iterator[Row]:
        """What everyone answered, question by question."""
        for one in asked:
            key = f"{one.source}:{one.question}"
            if key not in journal:
                journal[key] = self._product(one)
            row = dict(journal[key])
            for peer in peers:
                if f"{peer}:{key}" not in journal:
                    journal[f"{peer}:{key}"] = self._peer(peer, one)
                row[peer] = journal[f"{peer}:{key}"]
            yield row

    def _product(self, one: Asked) -> Row:
        """The product's answer and what is to be checked of it."""
        answering = self.library.stream_ask(one.question, documents=["joined"])
        result = answering.finish()
        gold = self._pages(one)
        shown = [passage["start"] for passage in result["evidence"]]
        signs = getattr(answering, "features", None)
        paragraph = self.text[one.start : one.end] if gold else ""
        return {
            **_scored(one, result["answer"] if result["found"] else NOT_FOUND),
            "source": one.source,
            "confidence": result["confidence"],
            "signs": list(vars(signs).values()) if signs and result["found"] else None,
            "cited": bool(result["citations"]) and result["citations"][0]["page"] in gold,
            "read": any(one.start <= start < one.end for start in shown) if gold else None,
            "bm25_read": any(one.start <= p.start < one.end for p in self._bm25(one.question)),
            "far": bool(gold) and not grounded_stems(one.question) & grounded_stems(paragraph),
            "seconds": result["seconds"],
        }

    def _pages(self, one: Asked) -> set[int]:
        """The pages on which the paragraph stands."""
        if not one.answers:
            return set()
        pages = self.library.store.pages_light(self.document["id"])
        return {p["number"] for p in pages if p["start"] < one.end and p["end"] > one.start}

    # -- the peers -------------------------------------------------------------------------

    def _peer(self, name: str, one: Asked) -> Row:
        answer: dict[str, Callable[[str], str]] = {
            "bm25": lambda question: self._plain(question, self._bm25(question)),
            "beginning": self._from_beginning,
            "memory": lambda question: self._in_mode(question, "memory"),
            "evidence": lambda question: self._in_mode(question, "evidence"),
        }
        return _scored(one, answer[name](one.question))

    def _in_mode(self, question: str, mode: str) -> str:
        result = self.library.ask(question, documents=["joined"], mode=mode)
        return str(result["answer"]) if result["found"] else NOT_FOUND

    def _bm25(self, question: str) -> list[Evidence]:
        rows = self.library.store.search([self.document["id"]], question, limit=3)
        return [evidence_of(row, self.document, row["score"]) for row in rows]

    def _plain(self, question: str, passages: list[Evidence]) -> str:
        """The same reader, these passages, nothing else."""
        *before, last = answer_prompt(self.language.tokenizer, question, passages)
        prompt = tuple(token for span in before for token in span.ids)
        item = Item("", prompt, (Branch(last.ids, len(last.ids)),))
        pointer, tokenizer = self.language.pointer, self.language.tokenizer
        if pointer is None:
            return self._reply(item, None)
        reader = self.language.reader
        (reply,) = pointed_replies(reader, tokenizer, pointer, item, passages, [question])
        return reply.at(pointer.refusal)

    def _from_beginning(self, question: str) -> str:
        """The same model with the beginning of the text in its window; read once."""
        if self._beginning is None:
            self._beginning = self._read_beginning()
        window, _ = self._beginning
        last = answer_prompt(self.language.tokenizer, question, [_whole("")])[-1]
        return self._reply(Item("", (), (Branch(last.ids, len(last.ids)),)), window)

    @torch.inference_mode()
    def _read_beginning(self) -> tuple[KVCache, tuple[int, ...]]:
        tokenizer, reader = self.language.tokenizer, self.language.reader
        ids = tokenizer.encode(self.text[: round(BEGINNING * CHARACTERS * 1.3)])[:BEGINNING]
        *before, _ = answer_prompt(tokenizer, "", [_whole(tokenizer.decode(ids))])
        prompt = tuple(token for span in before for token in span.ids)
        window = KVCache(reader.shape.depth)
        reader.ask(torch.tensor([prompt], device=reader.device), None, window)
        return window, prompt

    def _reply(self, item: Item, window: KVCache | None) -> str:
        border = self.language.adapter.refusal if self.language.adapter else 1.0
        reader, tokenizer = self.language.reader, self.language.tokenizer
        (reply,) = replies(reader, tokenizer, item, window, most=48)
        return reply.at(border)


def _whole(text: str) -> Evidence:
    return Evidence("joined", 1, None, None, None, 0, len(text), text, 1.0)


def _scored(one: Asked, answer: str) -> Row:
    refused = answer == NOT_FOUND
    score = f1(answer, one.answers) if one.answers and not refused else 0.0
    return {
        "answerable": bool(one.answers),
        "refused": refused,
        "f1": score,
        "em": exact_match(answer, one.answers) if one.answers and not refused else 0.0,
        "right": score >= RIGHT,
        "answer": answer,
    }


def summary(
    rows: list[Row], peers: list[str], told: list[tuple[float, bool]]
) -> dict[str, dict[str, float]]:
    """The table: the product, then its peers; `told` is what `crossed` gives."""
    able = [row for row in rows if row["answerable"]]
    far = [row for row in able if row["far"]]
    answered = [row for row in rows if not row["refused"]]
    report = {
        "infinidoc": {
            **_totals(rows),
            "read": _mean(row["read"] for row in able),
            "bm25_read": _mean(row["bm25_read"] for row in able),
            "far": len(far),
            "far_read": _mean(row["read"] for row in far),
            "far_bm25_read": _mean(row["bm25_read"] for row in far),
            "cited": _mean(row["cited"] for row in able if row["right"]),
            "calibration_error": calibration_error(
                [(r["confidence"], r["right"]) for r in answered if r["confidence"] is not None]
            ),
            "calibration_error_crossed": calibration_error(told),
            "seconds": _mean(row["seconds"] for row in rows),
        }
    }
    for peer in peers:
        report[peer] = _totals([row[peer] for row in rows])
    return report


def _totals(rows: list[Row]) -> dict[str, float]:
    able = [row for row in rows if row["answerable"]]
    return {
        "f1": _mean(row["f1"] for row in able),
        "em": _mean(row["em"] for row in able),
        "answered": _mean(not row["refused"] for row in able),
        "refused": _mean(row["refused"] for row in rows if not row["answerable"]),
    }


def _mean(values: Iterator[Any] | Any) -> float:
    numbers = [float(value) for value in values]
    return round(sum(numbers) / len(numbers), 4) if numbers else float("nan")


def crossed(answered: list[Row]) -> list[tuple[float, bool]]:
    """(confidence, right) by weights fitted to one half, on the other, both ways."""
    rows = [row for row in answered if row["signs"]]
    told: list[tuple[float, bool]] = []
    for half in (0, 1):
        weights = fit_weights([(row["signs"], row["right"]) for row in rows[half::2]])
        if weights:
            told += [
                (confidence(ConfidenceFeatures(*row["signs"]), weights), row["right"])
                for row in rows[1 - half :: 2]
            ]
    return told


def fit_weights(
    told: list[tuple[list[float], bool]], steps: int = 3000, rate: float = 0.5
) -> list[float]:
    """Bias and weights by which (signs, right) are best foretold; [] without both outcomes.

    Gradient descent on the logistic loss, drawn a little towards zero: a few hundred
    answers are few.
    """
    right = np.asarray([float(outcome) for _, outcome in told])
    if not len(told) or right.min() == right.max():
        return []
    x = np.c_[np.ones(len(told)), np.asarray([list(signs) for signs, _ in told])]
    weights = np.zeros(x.shape[1])
    for _ in range(steps):
        wrong = 1.0 / (1.0 + np.exp(-x @ weights)) - right
        weights -= rate * (x.T @ wrong / len(told) + 1e-3 * weights)
    return [round(float(w), 4) for w in weights]


def calibration_error(told: list[tuple[float, bool]]) -> float:
    """Expected calibration error: how far confidence and rightness lie apart, by tenths.

    Not a number if nothing was told.
    """
    if not told:
        return float("nan")
    rows = reliability(told)
    apart = sum(abs(row["sure"] - row["right"]) * row["count"] for row in rows)
    return round(apart / len(told), 4)


def reliability(told: list[tuple[float, bool]], bins: int = 10) -> list[dict[str, float]]:
    """The reliability curve: per tenth of confidence its mean and the share that was right."""
    curve = []
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        some = [one for one in told if low <= one[0] < high or (one[0] == high == 1.0)]
        if some:
            sure, right = (sum(one[i] for one in some) / len(some) for i in (0, 1))
            curve.append({"sure": sure, "right": right, "count": len(some)})
    return curve
