"""Items that teach to read: passages, questions about them, answers or refusals.

The prompts are those `ask` writes, word for word. Which item comes at which place is a
pure function of seed and index, so a run that stops and goes on sees the same data.
"""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Any

from infinidoc.answering.prompts import NOT_FOUND, answer_prompt
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text.passages import cut_passages
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.items import Branch, Item

LONGEST = 1600  # characters of a context that is shown whole
QUESTIONS = 7  # of one item, refusals aside
REFUSALS = 0.3  # share of questions whose answer is not in the passages
NEAR = 0.35  # share of items whose unanswerable questions people wrote, to be mistaken
SWAPS = 2  # of an item: questions with a name or number of another context put into them
FREE_FORM = ("fairytaleqa", "pubmedqa")  # answers that need not be spans of the context
_NUMBER = re.compile(r"\b\d{2,}\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")

Question = dict[str, Any]


class ReadingItems:
    """Items of question answering over the passages of a corpus."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer) -> None:
        self.corpus, self.tokenizer = corpus, tokenizer
        self.end = end_of_turn(tokenizer)
        written = (
            i for i, row in enumerate(corpus.qa) if any(not q["answers"] for q in row["qas"])
        )
        self._near = list(written)

    def item(self, chance: Random) -> Item:
        """One context of the corpus with the questions on it."""
        while True:
            made = self._attempt(chance)
            if made.branches:
                return made

    def _attempt(self, chance: Random) -> Item:
        index = chance.randrange(len(self.corpus.qa))
        if self._near and chance.random() < NEAR:
            index = chance.choice(self._near)
        row = self.corpus.qa[index]
        if chance.random() > len(row["qas"]) / 5:  # many questions for one reading of the text
            return Item("reading", (), ())
        kin = self.corpus.by_title[row["source"], row["title"]]
        texts = self._shown(row, chance)
        others = [] if chance.random() < 0.4 else self._distractors(index, kin, chance)
        shown = [text for text in (*texts, *others) if text.strip()]
        chance.shuffle(shown)
        answered, refused = sort_questions(row, shown)
        refused += self._foreign(index, kin, shown, chance)
        refused += self._swapped(answered, kin, shown, chance)
        chance.shuffle(answered)
        chance.shuffle(refused)
        answered = answered[:QUESTIONS]
        most = max(1, round(len(answered) * REFUSALS / (1 - REFUSALS)))
        if index in self._near:
            most = max(most, len(answered))
        chosen = [(q, pick_answer(q["answers"])) for q in answered]
        chosen += [(q, NOT_FOUND) for q in refused[:most]]
        return self._item(shown, chosen, chance)

    def _shown(self, row: Question, chance: Random) -> list[str]:
        """The whole context if it is short, else some of its passages."""
        context = row["context"]
        if len(context) <= LONGEST and chance.random() < 0.6:
            return [context]
        pieces = [context[low:high] for low, high in cut_passages(context)]
        count = min(len(pieces), chance.choice((1, 2, 2, 3)))
        asked = [q for q in row["qas"] if q["answers"]]
        wanted = pick_answer(chance.choice(asked)["answers"]) if asked else ""
        holding = [i for i, piece in enumerate(pieces) if wanted and wanted in piece]
        at = chance.choice(holding) if holding else chance.randrange(len(pieces))
        low = max(0, min(at - chance.randrange(count), len(pieces) - count))
        return pieces[low : low + count]

    def _distractors(self, index: int, kin: list[int], chance: Random) -> list[str]:
        """Passages of the same document, or of its source, that are not about the questions."""
        found = []
        for _ in range(chance.choice((1, 1, 2, 3))):
            other = chance.choice(kin) if len(kin) > 1 else chance.randrange(len(self.corpus.qa))
            if other != index:
                context = self.corpus.qa[other]["context"]
                low, high = chance.choice(cut_passages(context) or [(0, 0)])
                found.append(context[low:high])
        return found

    def _foreign(
        self, index: int, kin: list[int], shown: list[str], chance: Random
    ) -> list[Question]:
        """Questions on other contexts of the document, which these passages do not answer."""
        found: list[Question] = []
        for _ in range(4):
            other = chance.choice(kin) if len(kin) > 1 else chance.randrange(len(self.corpus.qa))
            asked = [q for q in self.corpus.qa[other]["qas"] if q["answers"]]
            if other == index or not asked:
                continue
            question = chance.choice(asked)
            text = " ".join(shown).lower()
            if not any(answer.strip().lower() in text for answer in question["answers"]):
                found.append(question)
        return found

    def _swapped(
        self, answered: list[Question], kin: list[int], shown: list[str], chance: Random
    ) -> list[Question]:
        """Answerable questions made wrong: one name or number is of another context."""
        text, found = " ".join(shown).lower(), []
        for question in chance.sample(answered, min(SWAPS, len(answered))):
            other = chance.choice(kin) if len(kin) > 1 else chance.randrange(len(self.corpus.qa))
            swapped = swap(question["question"], self.corpus.qa[other]["context"], text, chance)
            if swapped:
                found.append({"question": swapped, "answers": []})
        return found

    def _item(self, shown: list[str], chosen: list[tuple[Question, str]], chance: Random) -> Item:
        page = chance.randrange(1, 400)
        evidence = [placed(text, page + chance.randrange(40)) for text in shown]
        return shared_item(self.tokenizer, "reading", evidence, chosen, self.end)


def shared_item(
    tokenizer: Tokenizer,
    kind: str,
    evidence: list[Evidence],
    chosen: list[tuple[Question, str]],
    end: int,
) -> Item:
    """The passages once, and behind them every question with its answer."""
    prompt: tuple[int, ...] = ()
    branches = []
    for question, answer in chosen:
        *before, last = answer_prompt(tokenizer, question["question"], evidence)
        prompt = tuple(token for span in before for token in span.ids)
        ids = (*last.ids, *tokenizer.encode(answer), end)
        branches.append(Branch(ids, len(last.ids)))
    return Item(kind, prompt, tuple(branches))


def swap(question: str, other: str, text: str, chance: Random) -> str | None:
    """`question` with one of its names or numbers exchanged for one that `text` has not."""
    for pattern in (_NUMBER, _NAME):
        mine = pattern.findall(question[1:])
        theirs = [t for t in dict.fromkeys(pattern.findall(other)) if t.lower() not in text]
        if mine and theirs:
            return question[0] + question[1:].replace(chance.choice(mine), chance.choice(theirs), 1)
    return None


def sort_questions(row: Question, shown: list[str]) -> tuple[list[Question], list[Question]]:
    """Those the shown passages answer, and those they do not."""
    answered, refused = [], []
    whole = any(text == row["context"] for text in shown)
    for question in row["qas"]:
        spans = [answer for answer in question["answers"] if answer.strip()]
        if not spans:
            refused.append(question)
        elif whole or any(pick_answer(spans) in text for text in shown):
            answered.append(question)
        elif not row["source"].startswith(FREE_FORM):
            refused.append(question)
    return answered, refused


def pick_answer(answers: list[str]) -> str:
    """The answer most people gave; of several the shortest."""
    counts = Counter(answer.strip() for answer in answers if answer.strip())
    most = max(counts.values(), default=0)
    return min((answer for answer, n in counts.items() if n == most), key=len, default="")


def placed(text: str, page: int) -> Evidence:
    """A text as if it stood on a page of some document."""
    return Evidence("", page, None, None, None, 0, len(text), text, 0.0)


def end_of_turn(tokenizer: Tokenizer) -> int:
    """The token that ends an answer."""
    end = tokenizer.token_id("<|im_end|>")
    return end if end is not None else min(tokenizer.eos_ids)
