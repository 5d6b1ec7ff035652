"""How well the model reads a paragraph that is put in front of it, and when it refuses.

Development questions, one paragraph each, in the prompt of `ask`. Answers are scored as if
refusing were forbidden and the wish to refuse is kept beside them, so one run gives the
whole trade between the two; the table shows it at the adapter's own threshold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infinidoc.benchmarks.journal import Journal
from infinidoc.benchmarks.machine import describe
from infinidoc.language import LanguageModel
from infinidoc.text.overlap import exact_match, f1
from infinidoc.training.corpus import Corpus
from infinidoc.training.replies import replies
from infinidoc.training.tasks import gold_items

FREE = ("fairytaleqa",)  # answers in words of their own: shown, but not in the total
BORDERS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Answered:
    """One question, what was answered, the wish to refuse and how far drafts agreed."""

    source: str
    question: str
    wanted: list[str]
    text: str
    refusal: float
    agreed: float

    def f1(self, border: float) -> float:
        return 0.0 if self.refusal > border else f1(self.text, self.wanted)

    def exact(self, border: float) -> float:
        return 0.0 if self.refusal > border else exact_match(self.text, self.wanted)


def run(model: str | None, data: Path, work: Path, contexts: int) -> None:
    """Print the tables and one JSON line; questions answered before are not asked again."""
    language = LanguageModel.find(model)
    border = language.adapter.refusal if language.adapter else 1.0
    print(
        f"{describe()}; {language.name}, adapter {language.adapter_name}, refusing above {border}"
    )
    rows = list(answers(language, data, work, contexts))
    table = {source: scores(part, border) for source, part in _by_source(rows).items()}
    for source, line in table.items():
        print(_line(source, line))
    extractive = [row for row in rows if row.source not in FREE]
    total = scores(extractive, border)
    print(_line("all but free answers", total))
    squad = [row for row in rows if row.source.startswith("squad2")]
    trade = {b: scores(squad, b) for b in BORDERS}
    for b, line in trade.items():
        print(f"squad2 refusing above {b}: refused of unanswerable {line['refused']:.2f}, "
              f"not refused of answerable {line['answered']:.2f}, F1 {line['f1']:.3f}; "
              f"all: F1 {scores(extractive, b)['f1']:.3f}")  # fmt: skip
    print(json.dumps({"benchmark": "reading", "total": total, "sources": table, "trade": trade}))


def answers(language: LanguageModel, data: Path, work: Path, contexts: int) -> Iterator[Answered]:
    """Answers to all questions on `contexts` paragraphs, source by source in turn."""
    digest = language.adapter.digest[:12] if language.adapter else "base"
    journal = Journal(work / f"reading-{digest}.jsonl")
    for row, item in gold_items(Corpus(data, "dev"), language.tokenizer, contexts):
        keys = [f"{row['source']}: {question['question']}" for question in row["qas"]]
        if any(key not in journal for key in keys):
            texts = [row["context"]]
            found = replies(language.reader, language.tokenizer, item, weigh=True, texts=texts)
            for key, question, reply in zip(keys, row["qas"], found, strict=True):
                asked = (row["source"], question["question"], question["answers"])
                signs = (round(reply.refusal, 4), round(reply.agreed, 4))
                journal[key] = vars(Answered(*asked, reply.text, *signs))
        for key in keys:
            yield Answered(**journal[key])


def scores(rows: list[Answered], border: float) -> dict[str, float]:
    """F1 and EM of answerable questions, shares refused and answered, how many there were."""
    able = [row for row in rows if row.wanted]
    unable = [row for row in rows if not row.wanted]
    return {
        "f1": _mean([row.f1(border) for row in able]),
        "em": _mean([row.exact(border) for row in able]),
        "f1_if_answering": _mean([row.f1(1.0) for row in able]),
        "answered": _mean([float(row.refusal <= border) for row in able]),
        "refused": _mean([float(row.refusal > border) for row in unable]),
        "answerable": len(able),
        "unanswerable": len(unable),
    }


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4) if values else float("nan")


def _by_source(rows: list[Answered]) -> dict[str, list[Answered]]:
    found: dict[str, list[Answered]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(row)
    return found


def _line(name: str, row: dict[str, float]) -> str:
    return (
        f"{name:28} F1 {row['f1']:.3f}  EM {row['em']:.3f}  (F1 if it may not refuse "
        f"{row['f1_if_answering']:.3f})  answered {row['answered']:.2f} of {row['answerable']}  "
        f"refused {row['refused']:.2f} of {row['unanswerable']}"
    )
