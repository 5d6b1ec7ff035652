"""A question behind its passages: each read with a memory of its own, all in one pass."""

from __future__ import annotations

import pytest
import torch

from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model.decoder import Decoder
from tests import tiny

VARIANTS = {
    "joint": MemoryConfig(segment=64, sinks=2, carried=4, kept=16, kept_from=1),
    "scalar": MemoryConfig(segment=64, sinks=2, carried=4, features="elu", gate="scalar"),
}
PARTS = [
    torch.randint(3, 259, (1, n), generator=torch.Generator().manual_seed(n))
    for n in (9, 70, 1, 33)
]


@pytest.fixture(params=VARIANTS)
def model(request: pytest.FixtureRequest) -> Decoder:
    return tiny.decoder(VARIANTS[request.param], gate=0.5)


@torch.inference_mode()
def memories(model: Decoder) -> list[Memory | None]:
    """One of another text for each part; of the second nothing is known."""

    def of(seed: int) -> Memory:
        ids = torch.randint(3, 259, (1, 256), generator=torch.Generator().manual_seed(seed))
        return model.settled(model.read(ids, model.empty_memory()))

    return [of(1), None, of(2), of(3)]


@torch.inference_mode()
def test_in_one_pass_is_one_after_the_other(model: Decoder) -> None:
    held = memories(model)
    apart, together = model.open_cache(held[-1]), model.open_cache(held[-1])
    expected = torch.cat([model.ask(*part, apart) for part in zip(PARTS, held, strict=True)], 1)
    found = model.ask_each(list(zip(PARTS, held, strict=True)), together)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=2e-5)
    assert together.length == apart.length
    for mine, theirs in zip(together.layers, apart.layers, strict=True):
        assert mine is not None
        assert theirs is not None
        torch.testing.assert_close(mine.keys, theirs.keys, atol=2e-5, rtol=2e-5)


@torch.inference_mode()
def test_every_part_reads_its_own_memory(model: Decoder) -> None:
    held = memories(model)
    usual = model.ask_each(list(zip(PARTS, held, strict=True)), model.open_cache(None))
    held[2] = held[0]
    other = model.ask_each(list(zip(PARTS, held, strict=True)), model.open_cache(None))
    changed = (usual - other).abs().amax(-1)[0] > 1e-6
    assert not changed[:79].any()
    assert changed[79:].any()
