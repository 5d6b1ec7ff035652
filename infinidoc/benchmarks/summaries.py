"""Summaries against people's: ROUGE, and how many of their sentences the text bears out.

    quoted     what `summarize` gives: the sentences that tell most
    written    `summarize --mode memory`: the model's sentences that stand, quotations beside
    model      what the model wrote from the central passages, unchecked
    truncated  the same model on the first words of the text
    lead       the first words
    textrank   the most central sentences

All but the model take about as many words as the person's summary has, so that none wins
by length. Documents of all sources take turns. With a folder to work in, what the model
wrote is kept there and not written again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from infinidoc.benchmarks.machine import describe
from infinidoc.grounding.grounding import Grounding
from infinidoc.language import LanguageModel
from infinidoc.summarizing.abstraction import checked
from infinidoc.summarizing.extraction import quote
from infinidoc.summarizing.quotations import Quotation, cut_quotations
from infinidoc.text.similarity import select_central
from infinidoc.training.corpus import Corpus
from infinidoc.training.rouge import rouge

Row = dict[str, Any]
MOST = 110  # tokens the model may write
SENTENCES = 40  # at most, quoted: the words are the measure
PASSAGES = 4

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def run(model: str | None, data: Path, documents: int, work: Path | None, strings: bool) -> None:
    """Print mean ROUGE-1, -2, -L and support of each, and one JSON line."""
    language = None if strings else LanguageModel.find(model)
    name = f"{language.name}, adapter {language.adapter_name}" if language else "no model"
    print(f"{describe()}; {name}")
    corpus = Corpus(data, "dev")
    write = _writer(corpus, language, work) if language else None
    scores: dict[str, list[tuple[float, ...]]] = {}
    for number in in_turns(corpus.summaries)[:documents]:
        row = corpus.summaries[number]
        for kind, text in summaries(row, write(number) if write else {}):
            wanted = row["items"][0]["summary"]
            scores.setdefault(kind, []).append((*rouge(text, wanted), support(text, row)))
    table = {
        kind: [round(sum(column) / len(values), 4) for column in zip(*values, strict=True)]
        for kind, values in scores.items()
    }
    for kind, (one, two, longest, borne) in table.items():
        print(f"{kind:9} R-1 {one:.3f}  R-2 {two:.3f}  R-L {longest:.3f}  supported {borne:.2f}")
    print(json.dumps({"benchmark": "summaries", "documents": documents, "rouge": table}))


def in_turns(rows: list[Row]) -> list[int]:
    """Indices of the documents, shuffled, one of each source after the other."""
    order = list(range(len(rows)))
    Random(0).shuffle(order)
    by_source: dict[str, list[int]] = {}
    for index in order:
        by_source.setdefault(rows[index]["source"], []).append(index)
    rounds = range(max(map(len, by_source.values()), default=0))
    each = [by_source[source] for source in sorted(by_source)]
    return [indices[turn] for turn in rounds for indices in each if turn < len(indices)]


def summaries(row: Row, written: Row) -> Iterator[tuple[str, str]]:
    """(kind, text) of every summary of one document; `written` by the model, if it was asked."""
    wanted, document = row["items"][0], row["document"]
    length, focus = len(wanted["summary"].split()), wanted.get("question")
    sentences = cut_quotations(document)
    yield "quoted", _quoted(sentences, length, focus, [])
    if written:
        heard = [s for s in sentences if _within(s, written["read"])]
        yield "written", _completed(written["model"], heard, sentences, length, focus)
        yield "model", written["model"]
        yield "truncated", written["truncated"]
    yield "lead", " ".join(document.split()[:length])
    yield "textrank", textrank(document, length)


def _quoted(sentences: list[Quotation], words: int, focus: str | None, besides: list[str]) -> str:
    lines = quote(sentences, SENTENCES, words, focus, besides) if sentences else []
    return " ".join(line.text for line in lines)


def _completed(
    text: str, heard: list[Quotation], sentences: list[Quotation], words: int, focus: str | None
) -> str:
    """The model's sentences that stand, and quotations for what is missing."""
    kept = [line.text for line in checked(text, heard)]
    missing = words - len(" ".join(kept).split())
    rest = _quoted(sentences, missing, focus, kept) if missing > words / 2 else ""
    return " ".join([*kept, rest]).strip()


def _within(sentence: Quotation, spans: list[list[int]]) -> bool:
    return any(low <= sentence.start < high for low, high in spans)


def support(text: str, row: Row) -> float:
    """The share of a summary's whole sentences that the document bears out; 1 of none."""
    said = cut_quotations(text)
    grounding = Grounding([sentence.text for sentence in cut_quotations(row["document"])])
    held = [grounding.in_window(sentence.text).passage is not None for sentence in said]
    return sum(held) / len(held) if held else 1.0


def _writer(corpus: Corpus, language: LanguageModel, work: Path | None) -> Callable[[int], Row]:
    """What the model writes of a document, from `work` if it is there."""
    from infinidoc.training.summarizing import SummaryItems

    items = SummaryItems(corpus, language.tokenizer)

    def write(number: int) -> Row:
        path = None if work is None else work / f"{language.adapter_name[:12]}-{number}.json"
        if path is not None and path.exists():
            return dict(json.loads(path.read_text("utf-8")))
        made = _write(corpus.summaries[number], items, language)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(made), "utf-8")
        return made

    return write


def _write(row: Row, items: Any, language: LanguageModel) -> Row:
    """From the central passages, and from as much of the beginning."""
    from infinidoc.text.passages import cut_passages

    spans, wanted = cut_passages(row["document"]), row["items"][0]
    texts = [row["document"][low:high] for low, high in spans]
    chosen = [index for index, _ in select_central(texts, PASSAGES, wanted.get("question"))]
    opening = row["document"][: spans[min(PASSAGES, len(spans)) - 1][1]]
    return {
        "read": [spans[index] for index in chosen],
        "model": _reply(items.make(row["document"], wanted, PASSAGES), language),
        "truncated": _reply(items.make(opening, wanted, PASSAGES), language),
    }


def _reply(item: Any, language: LanguageModel) -> str:
    from infinidoc.training.items import Branch, Item
    from infinidoc.training.replies import replies

    (branch,) = item.branches
    asked = Item("", item.prompt, (Branch(branch.ids[: branch.answer], branch.answer),))
    (reply,) = replies(language.reader, language.tokenizer, asked, most=MOST)
    return str(reply.text)


def textrank(document: str, words: int) -> str:
    """The document's central sentences in reading order, about `words` words."""
    sentences = [s for s in _SENTENCE.split(" ".join(document.split())) if len(s) > 20][:600]
    taken: list[str] = []
    for count in range(1, 30):
        chosen = [sentences[index] for index, _ in select_central(sentences, count)]
        if len(" ".join(chosen).split()) > words and taken:
            break
        taken = chosen
    return " ".join(taken)
