"""Summaries against people's: ROUGE of the model, of the first words, and of TextRank.

The model reads the passages `summarize` would choose; lead and TextRank take as many words
as the person's summary has, so that none wins by length.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

from infinidoc.answering.central import central
from infinidoc.benchmarks.machine import describe
from infinidoc.language import LanguageModel
from infinidoc.training.corpus import Corpus
from infinidoc.training.items import Branch, Item
from infinidoc.training.replies import replies
from infinidoc.training.scores import rouge
from infinidoc.training.summarizing import SummaryItems

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def run(model: str | None, data: Path, documents: int) -> None:
    """Print mean ROUGE-1, -2, -L of each and one JSON line."""
    language = LanguageModel.find(model)
    print(f"{describe()}; {language.name}, adapter {language.adapter}")
    corpus = Corpus(data, "dev")
    items = SummaryItems(corpus, language.tokenizer)
    rows = corpus.summaries[:]
    Random(0).shuffle(rows)
    found: dict[str, list[tuple[float, float, float]]] = {"model": [], "lead": [], "textrank": []}
    for row in rows[:documents]:
        wanted = row["items"][0]
        made = items.make(row["document"], wanted, 4)
        (branch,) = made.branches
        asked = Item("", made.prompt, (Branch(branch.ids[: branch.answer], branch.answer),))
        (reply,) = replies(language.reader, language.tokenizer, asked, most=110)
        length = len(wanted["summary"].split())
        for name, text in (
            ("model", reply.text),
            ("lead", " ".join(row["document"].split()[:length])),
            ("textrank", textrank(row["document"], length)),
        ):
            found[name].append(rouge(text, wanted["summary"]))
    table = {
        name: [round(sum(column) / len(values), 4) for column in zip(*values, strict=True)]
        for name, values in found.items()
    }
    for name, (one, two, longest) in table.items():
        print(f"{name:9} R-1 {one:.3f}  R-2 {two:.3f}  R-L {longest:.3f}")
    print(json.dumps({"benchmark": "summaries", "documents": documents, "rouge": table}))


def textrank(document: str, words: int) -> str:
    """The document's central sentences in reading order, about `words` words."""
    sentences = [s for s in _SENTENCE.split(" ".join(document.split())) if len(s) > 20][:600]
    taken: list[str] = []
    for count in range(1, 30):
        chosen = [sentences[index] for index, _ in central(sentences, count)]
        if len(" ".join(chosen).split()) > words and taken:
            break
        taken = chosen
    return " ".join(taken)
