"""What there is to learn, each with its losses and the scores that are watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from torch import Tensor

from infinidoc.answering.overlap import exact_match, f1
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.model.decoder import Decoder
from infinidoc.model.window import Window
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.items import Item, collate
from infinidoc.training.objective import answer_loss
from infinidoc.training.reading import ReadingItems, end_of_turn, placed, shared_item
from infinidoc.training.remembering import MemoryItems, asked_from
from infinidoc.training.replies import replies
from infinidoc.training.stories import Stories
from infinidoc.training.summarizing import SummaryItems


class Teaching:
    """Reading, summarizing and remembering in turn, by one model; a step has some of each.

    Watched by the answers it gives to development questions on paragraphs in front of it
    (reading) and on stories it has put away (remembering).
    """

    def __init__(
        self,
        decoder: Decoder,
        tokenizer: Tokenizer,
        train: Corpus,
        dev: Corpus,
        mixture: Mixture,
        seed: int = 0,
    ) -> None:
        self.decoder, self.tokenizer, self.seed = decoder, tokenizer, seed
        self.mixture = mixture
        self.reading = ReadingItems(train, tokenizer)
        self.summaries = SummaryItems(train, tokenizer) if mixture.summaries else None
        self.remembering = MemoryItems(decoder, tokenizer, Stories(train))
        self.watched = gold_items(dev, tokenizer, mixture.watched_contexts)
        self.told = MemoryItems(decoder, tokenizer, Stories(dev, held_out=True))
        self.remembering.fill_bank(Random(f"{seed}:bank"), mixture.bank_blocks)

    def losses(self, step: int) -> Iterator[Tensor]:
        """Passages with and without a memory, then stories from the memory alone."""
        chance = Random(f"{self.seed}:{step}")
        yield from self._with_passages(chance)
        for _ in range(self.mixture.stories):
            yield self._from_memory(chance)

    def _with_passages(self, chance: Random) -> Iterator[Tensor]:
        mixture = self.mixture
        made = [self.reading.item(chance) for _ in range(mixture.reading)]
        if self.summaries and chance.random() < mixture.summaries:
            made.append(self.summaries.item(chance))
        made.sort(key=len)  # alike in length, less padding
        for at in range(0, len(made), mixture.together):
            window = Window(self.decoder.shape.depth)
            if self.remembering.bank is not None and chance.random() < mixture.other_memory:
                window = self.decoder.open_window(self.remembering.beginning(chance))
            yield self._loss(made[at : at + mixture.together], window)

    def _from_memory(self, chance: Random) -> Tensor:
        tokens = chance.choice(self.mixture.story_tokens)
        story = self.remembering.story(chance, tokens)
        memory = self.remembering.memory(story.text, self.remembering.beginning(chance))
        item = self.remembering.item(story)
        return self._loss([item], self.decoder.open_window(memory))

    def _loss(self, items: list[Item], window: Window) -> Tensor:
        batch = collate(items, window.length).to(self.decoder.device)
        return answer_loss(self.decoder, batch, window)

    def evaluate(self) -> dict[str, float]:
        scores = reading_scores(self.decoder, self.tokenizer, self.watched)
        return {**scores, **self._recall()}

    def _recall(self) -> dict[str, float]:
        """Exact answers from the memory alone, in wordings and books never trained on."""
        if not self.mixture.stories:
            return {}
        chance = Random(17)
        kinds: dict[str, list[float]] = {}
        size = self.told.block * 4
        for task in (None, None, 0, 0, 1):
            if task is None:
                story = self.told.stories.facts(chance, size, 10)
            else:
                story = self.told.stories.babi(chance, size, task)
            start = self.remembering.beginning(chance)
            for answer, reply in asked_from(self.told, story, self.told.memory(story.text, start)):
                if answer != NOT_FOUND:
                    kinds.setdefault(story.kind, []).append(exact_match(reply.text, [answer]))
        return {f"recall_{k}": round(sum(v) / len(v), 3) for k, v in kinds.items()}


@dataclass(frozen=True)
class Mixture:
    """What a step is made of."""

    reading: int = 3  # contexts with their questions
    summaries: float = 0.4  # how often a summary joins them
    stories: int = 1  # memories that are made and asked
    story_tokens: tuple[int, ...] = (768, 1536, 2048)
    other_memory: float = 0.3  # how often passages come with a memory of something else
    bank_blocks: int = 16
    together: int = 1  # items that go through the model at once
    watched_contexts: int = 10


def gold_items(
    corpus: Corpus, tokenizer: Tokenizer, contexts: int, seed: int = 0
) -> list[tuple[dict[str, Any], Item]]:
    """Short contexts of every source in turn, each given whole, with all its questions."""
    by_source: dict[str, list[dict[str, Any]]] = {}
    for row in corpus.qa:
        if len(row["context"]) <= 4000 and not row["source"].startswith("pubmedqa"):
            by_source.setdefault(row["source"], []).append(row)
    chance = Random(seed)
    chosen: list[dict[str, Any]] = []
    for rows in by_source.values():
        chance.shuffle(rows)
    turn = 0
    while len(chosen) < contexts and any(turn < len(rows) for rows in by_source.values()):
        chosen += [rows[turn] for rows in by_source.values() if turn < len(rows)]
        turn += 1
    end = end_of_turn(tokenizer)

    def item(row: dict[str, Any]) -> Item:
        asked = [(q, (q["answers"] or [NOT_FOUND])[0]) for q in row["qas"]]
        return shared_item(tokenizer, "reading", [placed(row["context"], 1)], asked, end)

    return [(row, item(row)) for row in chosen[:contexts]]


def reading_scores(
    decoder: Decoder,
    tokenizer: Tokenizer,
    asked: list[tuple[dict[str, Any], Item]],
    threshold: float = 0.5,
) -> dict[str, float]:
    """F1 and EM on answerable questions, shares refused of both sorts."""
    answered: list[tuple[float, float, float]] = []
    refused: list[float] = []
    for row, item in asked:
        found = replies(decoder, tokenizer, item)
        for question, reply in zip(row["qas"], found, strict=True):
            if not question["answers"]:
                refused.append(float(reply.refusal > threshold))
                continue
            text = reply.at(threshold)
            wanted = question["answers"]
            answered.append((f1(text, wanted), exact_match(text, wanted), reply.refusal))
    count = max(len(answered), 1)
    return {
        "f1": round(sum(row[0] for row in answered) / count, 4),
        "em": round(sum(row[1] for row in answered) / count, 4),
        "wrongly_refused": round(sum(row[2] > threshold for row in answered) / count, 4),
        "rightly_refused": round(sum(refused) / max(len(refused), 1), 4),
        "questions": count + len(refused),
    }
