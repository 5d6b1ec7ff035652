"""What there is to learn, each with its losses and the scores that are watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor

from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.grounding.overlap import exact_match, f1
from infinidoc.model.decoder import Decoder
from infinidoc.model.focus import FOCUS, in_focus
from infinidoc.model.kv_cache import KVCache
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.items import Item, collate
from infinidoc.training.making import Made, Maker, Mixture, made_ahead
from infinidoc.training.objective import answer_loss
from infinidoc.training.reading import end_of_turn, placed, shared_item
from infinidoc.training.remembering import Ids, MemoryItems, asked_from
from infinidoc.training.replies import replies
from infinidoc.training.stories import Stories


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
        self.make: Callable[[int], Made] = Maker(train, tokenizer, mixture, seed)
        self.ahead = False
        self.remembering = MemoryItems(decoder, tokenizer, Stories(train))
        self.watched = gold_items(dev, tokenizer, mixture.watched_contexts)
        self.told = MemoryItems(decoder, tokenizer, Stories(dev, held_out=True))
        self.remembering.fill_bank(Random(f"{seed}:bank"), mixture.bank_blocks)

    def losses(self, step: int) -> Iterator[Tensor]:
        """Passages with and without a memory, then stories from the memory alone."""
        if self.mixture.makers and not self.ahead:
            self.make, self.ahead = made_ahead(self.make, step, self.mixture.makers), True
        made, chance = self.make(step), Random(f"{self.seed}:{step}:memory")
        for items in made.items:
            window = KVCache(self.decoder.shape.depth)
            if self.remembering.bank is not None and chance.random() < self.mixture.other_memory:
                window = self.decoder.open_cache(self.remembering.beginning(chance))
            yield self._loss(items, window)
        for group in made.stories:
            if self.mixture.focused:
                yield from self._focused(group, chance)
                continue
            texts, asked = zip(*group, strict=True)
            memory = self.remembering.memory(texts, self.remembering.beginning(chance))
            yield self._loss(asked, self.decoder.open_cache(memory))

    def _focused(self, group: Sequence[tuple[Ids, Item]], chance: Random) -> Iterator[Tensor]:
        """Stories one by one, every question with the kept tokens that it is about."""
        for text, item in group:
            memory = self.remembering.memory([text], self.remembering.beginning(chance))
            items = [Item(item.kind, item.prompt, (branch,)) for branch in item.branches]
            opened, cache = memory.repeated(len(items)), self.decoder.open_cache(memory)
            if memory.kept.positions.shape[1] > FOCUS:
                asked = ([branch.ids[: branch.answer]] for branch in item.branches)
                ids = (torch.tensor(one, device=self.decoder.device) for one in asked)
                index = [in_focus(self.decoder, question, cache) for question in ids]
                opened = opened.choose(torch.cat(index))
            yield self._loss(items, self.decoder.open_cache(opened))

    def _loss(self, items: Sequence[Item], window: KVCache) -> Tensor:
        batch = collate(items, window.length, self.decoder.device)
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
            memory = self.told.memory([self.tokenizer.encode(story.text)], start)
            for answer, reply in asked_from(self.told, story, memory):
                if answer != NOT_FOUND:
                    kinds.setdefault(story.kind, []).append(exact_match(reply.text, [answer]))
        return {f"recall_{k}": round(sum(v) / len(v), 3) for k, v in kinds.items()}


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
