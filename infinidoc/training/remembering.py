"""Items that teach to answer from the memory alone: read a story, put it away, ask.

A memory is made as `ingest` makes it, by the base model and without gradients, beginning
from what other books left behind (state passing, arXiv 2507.02782); the questions are
asked as `ask --mode memory` asks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import torch
from torch import Tensor

from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.focus import focused
from infinidoc.model.lora import unchanged
from infinidoc.tokens import Tokenizer
from infinidoc.training.items import Item
from infinidoc.training.reading import end_of_turn, shared_item
from infinidoc.training.stories import Stories, Story

Ids = Sequence[int]
CHARACTERS = 4  # of a token, about
FACT = 38  # tokens of a story for each of its facts, at least
ASKED = 28  # questions on a story, at most
BANK_FACTOR = 4  # the bank keeps this many times what a memory keeps


class MemoryItems:
    """Stories read into memories, and the questions on them."""

    def __init__(self, decoder: Decoder, tokenizer: Tokenizer, stories: Stories) -> None:
        self.decoder, self.tokenizer, self.stories = decoder, tokenizer, stories
        self.end = end_of_turn(tokenizer)
        self.block = decoder.config.segment * 4
        self.bank: Memory | None = None

    def memory(self, texts: Sequence[Ids], start: Memory | None = None) -> Memory:
        """What is remembered after reading each text, block by block, as `ingest` does.

        Shorter texts go on with the beginnings of longer ones, so that all end together.
        """
        longest = max(texts, key=len)
        ids = torch.tensor([[*text, *longest[: len(longest) - len(text)]] for text in texts])
        return self._read(ids.to(self.decoder.device), start or self.decoder.empty_memory())

    @torch.no_grad()
    def _read(self, ids: Tensor, memory: Memory) -> Memory:
        memory = memory.repeated(len(ids))
        with unchanged(self.decoder):
            for block in ids.split(self.block, 1):
                memory = self.decoder.read(block, memory)
        return memory

    def fill_bank(self, chance: Random, blocks: int) -> None:
        """Read other books into a memory that keeps more than usual, to begin stories from."""
        selector = self.decoder.selector
        assert selector is not None
        usual, selector.count = selector.count, selector.count * BANK_FACTOR
        self.bank = self.decoder.empty_memory()
        for _ in range(blocks):
            text = self.stories.filler(chance, self.block * 8)
            ids = self.tokenizer.encode(text)[: self.block]
            if len(ids) == self.block:  # stories begin at a block's border
                self.bank = self._read(torch.tensor([ids], device=self.decoder.device), self.bank)
        selector.count = usual

    def beginning(self, chance: Random) -> Memory:
        """An empty memory, or a random part of what other books left."""
        selector = self.decoder.selector
        if self.bank is None or selector is None or chance.random() < 0.2:
            return self.decoder.empty_memory()
        held = self.bank.kept.positions.shape[1]
        count = chance.randrange(0, selector.count + 1)
        run = 32  # neighbours stay together, as in a real memory
        starts = sorted(
            chance.sample(range(0, held - run, run), min(count // run, held // run - 1))
        )
        index = [at for start in starts for at in range(start, start + run)]
        return self.bank.choose(torch.tensor([index], dtype=torch.long, device=self.bank.device))


def random_story(stories: Stories, chance: Random, tokens: int, facts: int = 20) -> Story:
    """A story of any kind, about so many tokens long, with fewer than so many facts."""
    kind, size = chance.random(), tokens * CHARACTERS
    if kind < 0.5:
        return stories.facts(chance, size, chance.randrange(4, max(min(facts, tokens // FACT), 5)))
    if kind < 0.75:
        return stories.questions(chance, size, chance.randrange(2, 5))
    return stories.babi(chance, size // 2, chance.choice((0, 0, 1, 2)))


def question_item(tokenizer: Tokenizer, story: Story, end: int) -> Item:
    """The story's questions, asked of nothing but a memory."""
    asked = [({"question": question}, answer) for question, answer in story.asked[:ASKED]]
    return shared_item(tokenizer, story.kind, [], asked, end)


def asked_from(items: MemoryItems, story: Story, memory: Memory) -> Iterator[tuple[Any, Any]]:
    """(wanted answer, reply) of every question of `story`, asked of `memory`."""
    from infinidoc.training.replies import replies

    item, decoder = question_item(items.tokenizer, story, items.end), items.decoder
    for (_, answer), branch in zip(story.asked, item.branches, strict=False):
        ids = torch.tensor([branch.ids[: branch.answer]], device=decoder.device)
        window = decoder.open_cache(focused(decoder, ids, memory))
        (reply,) = replies(decoder, items.tokenizer, replace(item, branches=(branch,)), window)
        yield answer, reply
