"""A model that says what a test wrote down for it, and a tokenizer one can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from infinidoc.answering.answer import AnswerStream, is_refusal
from infinidoc.answering.generate import Piece


class Letters:
    """A tokenizer of bytes, for which 0 is the end."""

    eos_ids = frozenset({0})

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


class Looping:
    """A model that always likes the same letters best, the first of them most."""

    adapter, device = None, "cpu"
    ends = Letters.eos_ids

    def __init__(self, letters: str) -> None:
        self.letters, self.tokenizer, self.reader = letters, Letters(), self
        self.asked = 0

    def ask(self, *_: object) -> torch.Tensor:
        self.asked += 1
        return torch.zeros(1, 1, 1)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        scores = torch.zeros(128)
        scores[0] = -10.0
        for rank, letter in enumerate(reversed(self.letters), 1):
            scores[ord(letter)] = 10.0 * rank
        return scores[None, None]


def replying(
    monkeypatch: pytest.MonkeyPatch, reply: Callable[[str], str], unended: bool = False
) -> list[str]:
    """Have the model answer `reply(passages)`, and go on if `unended`; returns the passages it
    was given."""
    read: list[str] = []

    def write(self: AnswerStream) -> Iterator[Piece]:
        texts = [passage.text for passage in self.evidence]
        read.extend(texts)
        self.tokens_read = 7
        text = reply(" ".join(texts))
        yield Piece(text, -0.1, refuses=is_refusal(text))
        if unended:
            yield Piece("", -0.1, unended=True)

    monkeypatch.setattr(AnswerStream, "_write", write)
    return read
