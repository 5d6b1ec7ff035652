"""How well the model reads a paragraph that is put in front of it, and when it refuses.

Development questions, one paragraph each, answered as `ask` does. Answers are scored as if
refusing were forbidden and the wish to refuse is kept beside them, so one run gives the whole
trade between the two; the table shows it at the reader's own border. Half of the paragraphs
had a part in choosing what ships: they are totalled apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infinidoc.answering.generate import read_prompt, write
from infinidoc.answering.without_adapter import first_line, question_prompt
from infinidoc.benchmarks.journal import Journal
from infinidoc.benchmarks.machine import describe
from infinidoc.grounding.overlap import exact_match, f1
from infinidoc.language import LanguageModel
from infinidoc.training.corpus import Corpus, for_choosing
from infinidoc.training.items import Item
from infinidoc.training.reading import placed
from infinidoc.training.replies import Reply, pointed_replies, replies
from infinidoc.training.tasks import gold_items

FREE = ("fairytaleqa",)  # answers in words of their own: shown, but not in the total
UNSURE = "policyqa"  # people disagree on its answers
BORDERS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Answered:
    """One question, what was answered, the wish to refuse, and whether it was chosen by."""

    source: str
    question: str
    wanted: list[str]
    text: str
    refusal: float
    chosen_by: bool

    def f1(self, border: float) -> float:
        return 0.0 if self.refusal > border else f1(self.text, self.wanted)

    def exact(self, border: float) -> float:
        return 0.0 if self.refusal > border else exact_match(self.text, self.wanted)


def run(model: str | None, data: Path, work: Path, contexts: int) -> None:
    """Print the tables and one JSON line; questions answered before are not asked again."""
    language = LanguageModel.find(model)
    reader = language.pointer or language.adapter
    border = reader.refusal if reader else 1.0
    way = "points and weighs" if language.pointer else "writes"
    print(f"{describe()}; {language.name}, {way}, refusing above {border}")
    everything = list(answers(language, data, work, contexts))
    rows = [row for row in everything if not row.chosen_by]
    table = {source: scores(part, border) for source, part in _by_source(rows).items()}
    for source, line in table.items():
        print(_line(source, line))
    extractive = [row for row in rows if row.source not in FREE]
    total = scores(extractive, border)
    print(_line("all but free answers", total))
    others = [row for row in extractive if not row.source.startswith(UNSURE)]
    print(_line("the same without PolicyQA", scores(others, border)))
    chosen = [row for row in everything if row.chosen_by and row.source not in FREE]
    print(_line("those that were chosen by", scores(chosen, border)))
    squad = [row for row in rows if row.source.startswith("squad2")]
    trade = {b: scores(squad, b) for b in BORDERS}
    for b, line in trade.items():
        print(f"squad2 refusing above {b}: refused of unanswerable {line['refused']:.2f}, "
              f"not refused of answerable {line['answered']:.2f}, F1 {line['f1']:.3f}; "
              f"all: F1 {scores(extractive, b)['f1']:.3f}")  # fmt: skip
    print(json.dumps({"benchmark": "reading", "total": total, "sources": table, "trade": trade}))


def answers(language: LanguageModel, data: Path, work: Path, contexts: int) -> Iterator[Answered]:
    """Answers to all questions on `contexts` paragraphs, source by source in turn."""
    made = language.reader_digest if language.adapter else language.folder.sha256
    journal = Journal(work / f"reading-{made[:12]}.jsonl")
    for row, item in gold_items(Corpus(data, "dev"), language.tokenizer, contexts):
        keys = [f"{row['source']}: {question['question']}" for question in row["qas"]]
        if any(key not in journal for key in keys):
            found = _replies(language, row, item)
            for key, question, reply in zip(keys, row["qas"], found, strict=True):
                asked = (row["source"], question["question"], question["answers"])
                signs = (round(reply.refusal, 4), for_choosing(row["context"]))
                journal[key] = vars(Answered(*asked, reply.text, *signs))
        for key in keys:
            yield Answered(**journal[key])


def _replies(language: LanguageModel, row: dict[str, Any], item: Item) -> Iterator[Reply]:
    """A reply to each question on the paragraph."""
    if language.adapter is None:
        yield from _untaught(language, row)
        return
    reader, tokenizer = language.reader, language.tokenizer
    if language.pointer is None:
        yield from replies(reader, tokenizer, item)
        return
    passages, questions = [placed(row["context"], 1)], [q["question"] for q in row["qas"]]
    yield from pointed_replies(reader, tokenizer, language.pointer, item, passages, questions)


def _untaught(language: LanguageModel, row: dict[str, Any]) -> Iterator[Reply]:
    """As `ask` asks a model that no adapter has taught: it refuses in words, or does not."""
    passage = placed(row["context"], 1)
    for question in row["qas"]:
        spans = question_prompt(language, question["question"], [passage])
        cache, hidden = read_prompt(language, spans, [None] * len(spans))
        written = write(language, cache, hidden, None, most=32, stop_at_line=False)
        said = next(first_line(written, [passage.text]), None)
        refused = said is None or said.refuses
        yield Reply(said.text if said else "", float(refused))


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
