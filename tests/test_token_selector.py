"""Tokens kept exactly: which ones, that none of the future is among them, that asking sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.memory import Kept, Memory, MemoryConfig
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.token_selector import TokenSelector
from tests import tiny

CONFIG = MemoryConfig(segment=16, sinks=2, carried=4, kept=12, kept_from=1, kept_before=2)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return tiny.decoder(CONFIG)


def ids(length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(3, 259, (1, length), generator=torch.Generator().manual_seed(seed))


def read(decoder: Decoder, tokens: torch.Tensor, block: int = 32) -> Memory:
    memory = decoder.empty_memory()
    with torch.no_grad():
        for at in range(0, tokens.shape[1], block):
            memory = decoder.read(tokens[:, at : at + block], memory)
    return memory


def scored(scores: list[float], config: MemoryConfig, kept: Kept | None = None) -> Kept:
    """What a keeper keeps whose scores are given."""
    selector = TokenSelector(1, config)
    selector.forward = lambda hidden: hidden[..., 0]  # type: ignore[method-assign]
    seen = 0 if kept is None else int(kept.positions.max()) + 1
    hidden = torch.tensor(scores, dtype=torch.float32).view(1, -1, 1)
    return selector.choose(hidden, kept or Kept.none(), seen)[0]


def test_the_best_are_kept_in_document_order_and_earlier_ones_win_ties() -> None:
    alone = replace(CONFIG, kept=3, kept_before=0, kept_after=0)
    assert scored([1, 5, 2, 5, 5, 5], alone).positions.tolist() == [[1, 3, 4]]


def test_neighbours_come_along() -> None:
    config = replace(CONFIG, kept=4, kept_before=2, kept_after=1)
    assert scored([0, 0, 0, 0, 9, 0, 0], config).positions.tolist() == [[2, 3, 4, 5]]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 59))
@settings(max_examples=60, deadline=None)
def test_block_by_block_keeps_what_one_pass_keeps(scores: list[int], cut: int) -> None:
    config = replace(CONFIG, kept=5, kept_before=0, kept_after=0)
    whole = scored([float(x) for x in scores], config)
    first, rest = scores[:cut], scores[cut:]
    parts = scored([float(x) for x in first], config)
    if rest:
        selector = TokenSelector(1, config)
        selector.forward = lambda hidden: hidden[..., 0]  # type: ignore[method-assign]
        hidden = torch.tensor([float(x) for x in rest]).view(1, -1, 1)
        parts, _ = selector.choose(hidden, parts, len(first))
    assert torch.equal(whole.positions, parts.positions)


def test_the_memory_stays_the_same_size(decoder: Decoder) -> None:
    sizes = {read(decoder, ids(length)).nbytes for length in (64, 320, 640)}
    assert len(sizes) == 1


def test_kept_keys_are_those_of_their_positions(decoder: Decoder) -> None:
    memory = read(decoder, ids(96))
    everything = tiny.decoder(replace(CONFIG, kept=96))
    everything.load_state_dict(decoder.state_dict())
    whole = read(everything, ids(96))
    assert whole.kept.positions.tolist() == [list(range(96))]
    at = memory.kept.positions[0]
    assert torch.equal(memory.layers[1].kept_keys, whole.layers[1].kept_keys[:, :, at])
    assert memory.layers[0].kept_keys.shape[2] == 0


def test_reading_on_from_a_border_keeps_the_same(decoder: Decoder) -> None:
    tokens = ids(160)
    memory = read(decoder, tokens[:, :64])
    with torch.no_grad():
        for at in (64, 96, 128):
            memory = decoder.read(tokens[:, at : at + 32], memory)
    assert memory.digest() == read(decoder, tokens).digest()


def test_as_of_a_place_nothing_later_is_kept(decoder: Decoder) -> None:
    later = read(decoder, ids(320))
    early = decoder.empty_memory().keeping(later, 100)
    assert 0 < early.kept.positions.shape[1] < 12
    assert int(early.kept.positions.max()) < 100
    assert early.layers[1].kept_keys.shape[2] == early.kept.positions.shape[1]


def test_what_is_kept_does_not_depend_on_what_follows(decoder: Decoder) -> None:
    """Perturb the text after token 100: the tokens kept before it are the same, bit for bit."""
    tokens = ids(320)
    changed = tokens.clone()
    changed[:, 128:] = ids(192, seed=5)
    one, two = (decoder.empty_memory().keeping(read(decoder, t), 96) for t in (tokens, changed))
    shared = set(one.kept.positions[0].tolist()) & set(two.kept.positions[0].tolist())
    for at in shared:
        i, j = (m.kept.positions[0].tolist().index(at) for m in (one, two))
        keys = one.layers[1].kept_keys[:, :, i], two.layers[1].kept_keys[:, :, j]
        assert torch.equal(*keys)


def test_asking_sees_a_document_that_is_kept_whole() -> None:
    """All tokens kept in all layers, one segment: the window is the document itself."""
    config = MemoryConfig(
        segment=32, sinks=0, carried=0, kept=32, kept_from=0, kept_before=0, kept_after=0
    )
    decoder = tiny.decoder(config)
    document, question = ids(32), ids(7, seed=3)
    with torch.no_grad():
        window = decoder.open_cache(decoder.read(document, decoder.empty_memory()))
        ours = decoder.ask(question, None, window)
        plain = KVCache(decoder.shape.depth)
        decoder.ask(document, None, plain)
        theirs = decoder.ask(question, None, plain)
    assert window.length == plain.length == 39
    torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=1e-2)  # kept ones are float16


def test_a_memory_that_keeps_nothing_opens_an_empty_window() -> None:
    decoder = tiny.decoder()
    memory = read(decoder, ids(64))
    assert decoder.open_cache(memory).length == 0
    assert decoder.open_cache(None).length == 0
