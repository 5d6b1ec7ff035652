"""A model that says what a test wrote down for it, and a tokenizer one can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from infinidoc.answering.answer import AnswerStream, is_refusal
from infinidoc.answering.generate import Piece


class Letters:
    """A tokenizer of bytes, for which 0 is the end."""

    eos_ids = frozenset({0})

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


def replying(monkeypatch: pytest.MonkeyPatch, reply: Callable[[str], str]) -> list[str]:
    """Have the model answer `reply(passages)`; returns the passages it was given."""
    read: list[str] = []

    def write(self: AnswerStream) -> Iterator[Piece]:
        texts = [passage.text for passage in self.evidence]
        read.extend(texts)
        self.tokens_read = 7
        text = reply(" ".join(texts))
        yield Piece(text, -0.1, refuses=is_refusal(text))

    monkeypatch.setattr(AnswerStream, "_write", write)
    return read
