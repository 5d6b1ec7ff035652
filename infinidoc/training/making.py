"""What the steps of a run are made of, made ahead by other processes where that pays.

A step's texts depend on the seed and the step's number alone and need no model, so any
process may make them, in any order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from random import Random

import torch

from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.items import Item
from infinidoc.training.reading import ReadingItems, end_of_turn
from infinidoc.training.remembering import Ids, question_item, random_story
from infinidoc.training.stories import Stories
from infinidoc.training.summarizing import SummaryItems


@dataclass(frozen=True)
class Mixture:
    """What a step is made of."""

    reading: int = 3  # contexts with their questions
    summaries: float = 0.4  # that join them, on average
    stories: int = 1  # memories that are made and asked
    story_tokens: tuple[int, ...] = (768, 1536, 2048)
    facts: int = 20  # of a story, less than
    focused: bool = False  # questions on a story are asked as `ask` does, each for itself
    other_memory: float = 0.3  # how often passages come with a memory of something else
    bank_blocks: int = 16
    together: int = 1  # items that go through the model at once
    stories_together: int = 1  # of one length, read at once
    watched_contexts: int = 10
    makers: int = 0  # processes that make texts ahead


@dataclass(frozen=True)
class Made:
    """The texts of one step: groups of items, and groups of (text to read, its questions)."""

    items: list[list[Item]]
    stories: list[list[tuple[Ids, Item]]]


class Maker:
    """Makes the texts of any step."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, mixture: Mixture, seed: int) -> None:
        self.tokenizer, self.mixture, self.seed = tokenizer, mixture, seed
        self.reading = ReadingItems(corpus, tokenizer)
        self.summaries = SummaryItems(corpus, tokenizer) if mixture.summaries else None
        self.stories, self.end = Stories(corpus), end_of_turn(tokenizer)

    def __call__(self, step: int) -> Made:
        chance = Random(f"{self.seed}:{step}")
        return Made(self._items(chance), list(self._stories(chance)))

    def _items(self, chance: Random) -> list[list[Item]]:
        made = [self.reading.item(chance) for _ in range(self.mixture.reading)]
        if self.summaries:
            count = int(self.mixture.summaries + chance.random())
            made += [self.summaries.item(chance) for _ in range(count)]
        made.sort(key=len)  # alike in length, less padding
        groups = -(-len(made) // self.mixture.together)
        borders = [len(made) * number // max(groups, 1) for number in range(groups + 1)]
        return [made[low:high] for low, high in zip(borders, borders[1:], strict=False)]

    def _stories(self, chance: Random) -> Iterator[list[tuple[Ids, Item]]]:
        for _ in range(0, self.mixture.stories, self.mixture.stories_together):
            tokens = chance.choice(self.mixture.story_tokens)
            group: list[tuple[Ids, Item]] = []
            for _ in range(self.mixture.stories_together):
                story = random_story(self.stories, chance, tokens, self.mixture.facts)
                item = question_item(self.tokenizer, story, self.end)
                group.append((self.tokenizer.encode(story.text), item))
            yield group


def made_ahead(maker: Callable[[int], Made], first: int, processes: int) -> Callable[[int], Made]:
    """`maker` for steps asked for in order from `first`, each begun long before.

    Where processes cannot be forked it is `maker` itself.
    """
    global _maker
    if "fork" not in get_all_start_methods():
        return maker
    _maker = maker  # what the processes inherit: nothing is sent but steps and what they hold
    pool = ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=_alone)
    coming: deque[Future[Made]] = deque()
    following = first

    def take(step: int) -> Made:
        nonlocal following
        while following < step + 2 * processes:
            coming.append(pool.submit(_make, following))
            following += 1
        return coming.popleft().result()

    return take


_maker: Callable[[int], Made] | None = None


def _alone() -> None:
    """One thread each: those of the process that was forked are not there any more."""
    torch.set_num_threads(1)


def _make(step: int) -> Made:
    assert _maker is not None
    return _maker(step)
