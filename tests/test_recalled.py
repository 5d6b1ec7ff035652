"""From the memory alone an answer is written twice, and the likelier draft is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from infinidoc.answering import recalled as room
from infinidoc.answering.generate import Piece
from infinidoc.answering.prompts import PromptPart
from infinidoc.answering.recalled import FEW, recalled
from infinidoc.memory import Memory
from tests import tiny

SPANS = [PromptPart((5, 6), None)]


@dataclass
class Script:
    """What the model writes from `FEW` kept tokens and from more, and what it was read with."""

    few: list[Piece]
    all: list[Piece]
    read: list[bool]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, Script]]:
    memory = tiny.decoder().empty_memory()

    def about(_l: Any, _s: Any, whole: Memory, count: int) -> Memory:
        assert count == FEW
        return replace(whole, tokens_seen=1)

    def run(few: list[Piece], every: list[Piece], **options: bool) -> tuple[str, Script]:
        script = Script(few, every, [])

        def draft(_l: Any, _s: Any, read: Memory | None, view: Memory, _m: int) -> list[Piece]:
            script.read.append(read is not None)
            return script.few if view.tokens_seen else script.all

        monkeypatch.setattr(room, "about", about)
        monkeypatch.setattr(room, "_draft", draft)
        pieces = recalled(None, SPANS, memory, 9, **options)  # type: ignore[arg-type]
        return "".join(piece.text for piece in pieces), script

    return run


def words(text: str, probability: float) -> list[Piece]:
    return [Piece(word, math.log(probability)) for word in text.split("|")]


@pytest.mark.parametrize(("few", "every"), [(0.9, 0.5), (0.5, 0.9)])
def test_the_likelier_draft_is_told(scripted: Any, few: float, every: float) -> None:
    told, _ = scripted(words("the| lamp", few), words("a| rope", every))
    assert told == ("the lamp" if few > every else "a rope")


def test_a_longer_draft_is_no_worse_for_its_length(scripted: Any) -> None:
    told, _ = scripted(words("in| the| old| mill", 0.8), words("here", 0.7))
    assert told == "in the old mill"


def test_an_empty_draft_loses(scripted: Any) -> None:
    told, _ = scripted([], words("a| rope", 0.01))
    assert told == "a rope"


def test_kept_tokens_alone_are_read_without_matrices(scripted: Any) -> None:
    _, script = scripted(words("a", 0.5), words("b", 0.4), matrices=False)
    assert script.read == [False, False]
    _, script = scripted(words("a", 0.5), words("b", 0.4))
    assert script.read == [True, True]
