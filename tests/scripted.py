"""A model that says what a test wrote down for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from infinidoc.answering.answer import AnswerStream, is_refusal
from infinidoc.answering.generate import Piece


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
