"""Items that teach to summarize: a document's central passages, a person's summary of it.

Passages are chosen as `summarize` chooses them and the prompt is the one it writes.
"""

from __future__ import annotations

from random import Random
from typing import Any

from infinidoc.answering.prompts import summary_prompt
from infinidoc.text.passages import cut_passages
from infinidoc.text.sentences import sentence_texts
from infinidoc.text.similarity import select_central
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.items import Branch, Item
from infinidoc.training.reading import end_of_turn, placed

LONGEST = 110  # tokens of a summary
_COUNTS = {1: "one sentence", 2: "two sentences", 3: "two or three sentences"}


class SummaryItems:
    """Summaries of a corpus, from the passages that matter most."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer) -> None:
        self.corpus, self.tokenizer = corpus, tokenizer
        self.end = end_of_turn(tokenizer)

    def item(self, chance: Random) -> Item:
        row = chance.choice(self.corpus.summaries)
        chosen = chance.choice(row["items"])
        return self.make(row["document"], chosen, chance.choice((2, 3, 4)))

    def make(self, document: str, wanted: dict[str, Any], count: int) -> Item:
        """The item of one summary, which answers a question if it has one."""
        passages = main_passages(document, count, wanted.get("question"))
        evidence = [placed(text, number + 1) for number, text in passages]
        summary, sentences = self._shortened(wanted["summary"])
        length = _COUNTS.get(sentences, "three or four sentences")
        spans = summary_prompt(self.tokenizer, evidence, length, wanted.get("question"))
        prompt = tuple(token for span in spans[:-1] for token in span.ids)
        answer = (*self.tokenizer.encode(summary), self.end)
        return Item("summary", prompt, (Branch((*spans[-1].ids, *answer), len(spans[-1].ids)),))

    def _shortened(self, summary: str) -> tuple[str, int]:
        """Its first whole sentences, as many as fit, and how many they are."""
        taken: list[str] = []
        for sentence in sentence_texts(summary):
            if taken and len(self.tokenizer.encode(" ".join([*taken, sentence]))) > LONGEST:
                break
            taken.append(sentence)
        ids = self.tokenizer.encode(" ".join(taken))[:LONGEST]
        return self.tokenizer.decode(ids).strip(), len(taken)


def main_passages(document: str, count: int, focus: str | None) -> list[tuple[int, str]]:
    """(number, text) of the document's central passages, in reading order."""
    pieces = [document[low:high] for low, high in cut_passages(document)]
    return [(index, pieces[index]) for index, _ in select_central(pieces, count, focus)]
