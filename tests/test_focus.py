"""Of many kept tokens, those that a question is about."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model import focus
from infinidoc.model.decoder import Decoder
from infinidoc.model.focus import focused, in_focus
from tests import tiny

CONFIG = MemoryConfig(segment=64, sinks=2, carried=4, kept=64, kept_from=1, kept_bits=4)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> tuple[Decoder, Memory]:
    """A model, and what it remembers of 256 tokens; questions see 16 kept ones."""
    monkeypatch.setattr(focus, "HEADS", 3)
    model = tiny.decoder(CONFIG, gate=0.5)
    ids = torch.randint(3, 259, (1, 256), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return model, model.settled(model.read(ids, model.empty_memory()))


def test_a_question_is_asked_of_the_tokens_it_looks_at(read: tuple[Decoder, Memory]) -> None:
    """A kept key that is what the question's own query points along is in focus."""
    model, memory = read
    question = torch.tensor([[40, 41, 42]])
    usual = set(focused(model, question, memory, 16).kept.positions[0].tolist())
    left_out = next(at for at in range(64) if int(memory.kept.positions[0, at]) not in usual)
    attention = model.attentions[1]
    keys, values = attention.kept(memory.layers[1].kept_keys, memory.layers[1].kept_values)
    with torch.no_grad():
        cache = model.open_cache(memory)
        x, _ = model.layers[0].ask(  # type: ignore[operator]
            model.embed(question), model.rotations[0], (), cache.layers[0]
        )
        hidden = model.layers[1].input_layernorm(x)  # type: ignore[operator]
        query = attention._queries(hidden)[0, :, -1].unflatten(0, (2, 2)).mean(1)
    past = cache.layers[1]
    assert past is not None
    place = torch.tensor([past.length])
    turned = model.rotations[1](query.unsqueeze(1), place)  # as it looks at the window
    back = model.rotations[1](turned, -torch.tensor([2 + left_out]))  # as a key there must be
    keys[0, :, left_out] = 40 * (back / back.norm(dim=-1, keepdim=True))[:, 0].half()
    rows = attention.as_kept(keys, values)
    layer = replace(memory.layers[1], kept_keys=rows[0], kept_values=rows[1])
    changed = replace(memory, layers=(memory.layers[0], layer))
    found = focused(model, question, changed, 16).kept.positions[0].tolist()
    assert len(found) == 16
    assert int(memory.kept.positions[0, left_out]) in found
    assert found == sorted(found)


def test_looking_leaves_the_window_as_it_was(read: tuple[Decoder, Memory]) -> None:
    model, memory = read
    cache = model.open_cache(memory)
    first = in_focus(model, torch.tensor([[40, 41, 42]]), cache, 16)
    again = in_focus(model, torch.tensor([[40, 41, 42]]), cache, 16)
    assert cache.length == 2 + 64
    assert torch.equal(first, again)


def test_few_kept_tokens_are_all_seen(read: tuple[Decoder, Memory]) -> None:
    model, memory = read
    few = memory.choose(torch.arange(10).unsqueeze(0))
    assert focused(model, torch.tensor([[40]]), few, 16) is few


def test_what_is_out_of_focus_is_still_in_the_matrices(read: tuple[Decoder, Memory]) -> None:
    """Asked with few kept tokens, the matrix gives back those alone."""
    model, memory = read
    small = focused(model, torch.tensor([[40, 41]]), memory, 16)
    far = model.far(memory, model.open_cache(small))[1]
    assert far is not None
    assert far.tokens == 256 - 2 - 16


def test_a_kept_token_that_is_a_sink_is_in_no_matrix_and_is_not_taken_out() -> None:
    """Of a text that is kept whole nothing is far: the matrices less what is kept are empty."""
    model = tiny.decoder(CONFIG, gate=0.5)
    ids = torch.randint(3, 259, (1, 40), generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        memory = model.settled(model.read(ids, model.empty_memory()))
        assert memory.kept.positions[0].tolist() == list(range(40))
        far = model.far(memory, model.open_cache(memory))[1]
    assert far is not None
    assert far.tokens == 0
    torch.testing.assert_close(far.matrix, torch.zeros_like(far.matrix), rtol=0, atol=1e-3)
    torch.testing.assert_close(far.norm, torch.zeros_like(far.norm), rtol=0, atol=1e-3)
