"""Teaches the compressive memory: what is read with it should be what full attention reads.

The base model with its whole text in view is the teacher, the same model with a short window
and its memory the student; the loss is the Kullback-Leibler divergence of what they expect
next. Only the feature maps, gates and lengths move. Windows differ from step to step, so that
the memory is needed, and some texts begin with what another text left in the memory, so that
it is not trusted too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.errors import SourceError
from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.compressive import SHUT
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.load import is_memory
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus

CHARACTERS = 6  # of a token, at most: texts are cut a little longer than they need be


@dataclass(frozen=True)
class Course:
    """What a step is made of."""

    tokens: tuple[int, ...] = (2048, 3072, 4096)
    segments: tuple[int, ...] = (256, 512)
    carried: tuple[int, ...] = (32, 128)
    asked: int = 1024  # tokens of a text whose successors are compared
    books: float = 0.75  # of the texts; the others are documentation and code
    other_memory: float = 0.3  # begin with another text's memory
    held_out: int = 2  # training texts that tell which heads help
    watched: int = 3  # books that are watched
    watched_tokens: tuple[int, int] = (2048, 6144)  # from, to


@dataclass
class MemoryTask:
    """A task for the `Trainer` that moves the memory's parameters: its model, texts, measure."""

    decoder: Decoder
    tokenizer: Tokenizer
    train: Corpus
    dev: Corpus
    course: Course
    seed: int = 0

    @cached_property
    def watched(self) -> Watched:
        return Watched(self.decoder, self.tokenizer, self.dev, self.course)

    def draw(self, corpus: Corpus, chance: Random) -> Tensor:
        """ids [1, N] of a stretch of one text."""
        tokens, longest = chance.choice(self.course.tokens), list[int]()
        for _ in range(100):
            books = chance.random() < self.course.books
            text = chance.choice(corpus.books if books else corpus.texts)
            start = chance.randrange(max(len(text) - tokens * CHARACTERS, 1))
            ids = self.tokenizer.encode(text[start : start + tokens * CHARACTERS])[:tokens]
            longest = max(longest, ids, key=len)
            if len(longest) == tokens:
                return torch.tensor([ids], device=self.decoder.device)
        raise SourceError(f"no text has {tokens} tokens", where=corpus.folder)

    def evaluate(self) -> dict[str, Any]:
        """What of the distance from the window to full attention is closed on unseen books."""
        return self.watched.closed()


class Distilling(MemoryTask):
    """One loss a text: how far the student's expectations are from the teacher's."""

    def losses(self, step: int) -> Iterator[Tensor]:
        """One text: the divergence of the student from the teacher, in nats a token."""
        chance = Random(f"{self.seed}:{step}:distilling")
        ids = self.draw(self.train.taught, chance)
        usual = self.decoder.config
        config = replace(
            usual,
            segment=chance.choice(self.course.segments),
            carried=chance.choice(self.course.carried),
        )
        at = chance.sample(range(config.segment, ids.shape[1]), self.course.asked)
        index = torch.tensor(sorted(at), device=ids.device)
        with torch.no_grad():
            wanted = self._logits(full_attention(self.decoder, ids)[0, index])
        self._use(config)
        start = self.decoder.empty_memory()
        if chance.random() < self.course.other_memory:
            start = self._sums_of(self.draw(self.train.taught, chance))
        hidden, _ = self.decoder._read(ids, start, False)
        found = self._logits(hidden[0, index])
        yield functional.kl_div(found, wanted, log_target=True, reduction="batchmean")
        self._use(usual)

    def _logits(self, hidden: Tensor) -> Tensor:
        return functional.log_softmax(self.decoder.logits(hidden).float(), -1)

    def _use(self, config: MemoryConfig) -> None:
        self.decoder.config = config
        for attention in self.decoder.attentions:
            attention.config = config

    @torch.no_grad()
    def _sums_of(self, ids: Tensor) -> Memory:
        """A memory that holds nothing but the sums of another text.

        The first segment is read as if it began a document; they are there from the second.
        """
        empty = self.decoder.empty_memory()
        others = self.decoder.settled(self.decoder.read(ids, empty))
        layers = (
            replace(mine, matrix=theirs.matrix, norm=theirs.norm)
            for mine, theirs in zip(empty.layers, others.layers, strict=True)
        )
        return replace(empty, layers=tuple(layers))


class Watched:
    """Unseen books, each with its loss by the window alone and by full attention."""

    def __init__(self, decoder: Decoder, tokenizer: Tokenizer, dev: Corpus, course: Course) -> None:
        self.decoder, self.tokenizer, self.dev, self.course = decoder, tokenizer, dev, course

    @cached_property
    def books(self) -> list[tuple[Tensor, float, float]]:
        """(ids [1, N], loss by the window alone, loss by full attention) of each."""
        found = []
        for text in self.dev.books[: self.course.watched]:
            ids = self.tokenizer.encode(text[20_000:120_000])[: self.course.watched_tokens[1]]
            row = torch.tensor([ids], device=self.decoder.device)
            with torch.no_grad(), shut(self.decoder.attentions):
                full = self._loss(full_attention(self.decoder, row), row)
                found.append((row, self._read(row), full))
        return found

    def closed(self) -> dict[str, float]:
        """Share of the distance from the window to full attention closed, book by book."""
        found = {}
        for number, (ids, window, full) in enumerate(self.books):
            with torch.no_grad():
                loss = self._read(ids)
            found[f"closed_{number}"] = round((window - loss) / (window - full), 4)
        return found

    def _read(self, ids: Tensor) -> float:
        hidden, _ = self.decoder._read(ids, self.decoder.empty_memory(), False)
        return self._loss(hidden, ids)

    def _loss(self, hidden: Tensor, ids: Tensor) -> float:
        """Mean loss of the tokens after those that are skipped."""
        first, total = self.course.watched_tokens[0], 0.0
        for at in range(first, ids.shape[1] - 1, 256):
            following = ids[0, at + 1 : at + 257]
            logits = self.decoder.logits(hidden[0, at : at + len(following)]).float()
            total += float(functional.cross_entropy(logits, following, reduction="sum"))
        return total / (ids.shape[1] - 1 - first)


@contextmanager
def shut(attentions: Sequence[InfiniAttention]) -> Iterator[None]:
    """Within this, the matrices of `attentions` are not read."""
    gates = [attention.gate.data for attention in attentions]
    for attention in attentions:
        attention.gate.data = torch.full_like(attention.gate, SHUT)
        attention.forget_gate()
    try:
        yield
    finally:
        for attention, gate in zip(attentions, gates, strict=True):
            attention.gate.data = gate
            attention.forget_gate()


def full_attention(decoder: Decoder, ids: Tensor) -> Tensor:
    """Last hidden states [1, N, width] of ids that all see all before them."""
    return decoder.ask(ids, None, KVCache(decoder.shape.depth))


def memory_parameters(decoder: Decoder) -> dict[str, nn.Parameter]:
    """What is taught, by name: feature maps, gates and lengths of every layer."""
    return {name: p for name, p in decoder.named_parameters() if is_memory(name)}


def begin(decoder: Decoder, seed: int = 0, opening: float = 0.0) -> None:
    """Open the gates to `opening`, with maps that point anywhere and weigh next to nothing."""
    generator = torch.Generator().manual_seed(seed)
    for attention in decoder.attentions:
        if attention.features is not None:
            attention.features.begin(generator)
        attention.gate.data.fill_(opening)
        attention.forget_gate()
