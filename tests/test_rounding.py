"""Keys and values in four bits a number."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.memory import MemoryConfig
from infinidoc.rounding import pack_rows, row_bytes, scales, unpack_rows
from infinidoc.snapshot import pack, unpack
from infinidoc.store.tensors import what_is_wrong
from tests import tiny

CONFIG = MemoryConfig(segment=16, sinks=2, carried=4, kept=24, kept_from=1, kept_bits=4)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([8, 16, 64, 80, 96, 128, 256]), st.integers(0, 9), st.floats(0.01, 100.0))
def test_a_vector_comes_back_nearly(size: int, count: int, spread: float) -> None:
    x = torch.randn(2, count, size, generator=torch.Generator().manual_seed(size)) * spread
    rows = pack_rows(x)
    assert rows.shape == (2, count, row_bytes(size))
    assert rows.dtype == torch.uint8
    lost = (unpack_rows(rows).float() - x).norm() / x.norm().clamp_min(1e-9)
    assert float(lost) < 0.16


def test_a_channel_that_stands_out_drowns_no_other() -> None:
    x = torch.randn(200, 64, generator=torch.Generator().manual_seed(0))
    x[:, 7] *= 20.0
    others = [channel for channel in range(64) if channel != 7]
    back = unpack_rows(pack_rows(x)).float()
    plain = (x / (scale := x.abs().amax(-1, keepdim=True) / 7)).round() * scale
    assert (back - x)[:, others].norm() < 0.7 * (plain - x)[:, others].norm()


def test_what_keys_share_costs_no_precision() -> None:
    centre = torch.randn(1, 64, generator=torch.Generator().manual_seed(1)) * 8
    x = centre + torch.randn(200, 64, generator=torch.Generator().manual_seed(0))
    with_centre = (unpack_rows(pack_rows(x, centre), centre).float() - x).norm()
    assert with_centre < 0.3 * (unpack_rows(pack_rows(x)).float() - x).norm()


def test_nothing_is_nothing() -> None:
    assert not unpack_rows(pack_rows(torch.zeros(3, 8))).any()


def test_a_memory_of_four_bits_is_a_quarter_and_comes_back_bit_for_bit() -> None:
    model = tiny.decoder(CONFIG, gate=0.5)
    ids = torch.randint(3, 259, (1, 160), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        memory = model.read(ids, model.empty_memory())
    kept = memory.layers[1].kept_keys
    assert (kept.shape[2:], kept.dtype) == ((24, row_bytes(8)), torch.uint8)
    blob = pack(memory, {"identity": {"model": "tiny"}})
    assert what_is_wrong(blob) is None
    back, _ = unpack(blob, {"model": "tiny"}, model.empty_memory())
    assert back.digest() == memory.digest()


def test_interrupted_reading_goes_on_bit_for_bit() -> None:
    model = tiny.decoder(CONFIG, gate=0.5)
    ids = torch.randint(3, 259, (1, 192), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        straight = model.empty_memory()
        for block in ids.split(64, 1):
            straight = model.read(block, straight)
        again = model.read(ids[:, :64], model.empty_memory())
        again = unpack(pack(again, {"identity": {}}), {})[0]
        for block in ids[:, 64:].split(64, 1):
            again = model.read(block, again)
    assert again.digest() == straight.digest()


@pytest.mark.parametrize("scale", [float("nan"), float("inf")])
def test_a_scale_that_is_no_number_is_found(scale: float) -> None:
    model = tiny.decoder(CONFIG, gate=0.5)
    with torch.no_grad():
        memory = model.read(torch.arange(64).unsqueeze(0), model.empty_memory())
    rows = memory.layers[1].kept_keys
    rows[0, 0, 3, -2:] = torch.tensor([scale]).half().view(torch.uint8)
    assert not scales(rows).isfinite().all()
    assert not memory.is_finite
    assert what_is_wrong(pack(memory, {"identity": {}})) == "it holds what is no number"


def test_memories_of_float16_keep_their_identity() -> None:
    assert "kept_bits" not in MemoryConfig(kept=1024).identity
    assert MemoryConfig(kept=1024, kept_bits=4).identity["kept_bits"] == 4


def test_a_text_that_is_kept_whole_is_saved_without_the_sums_of_what_is_kept() -> None:
    """The sums come back from the kept rows, to rounding; layers that keep nothing have theirs."""
    model = tiny.decoder(CONFIG, gate=0.5)
    ids = torch.randint(3, 259, (1, 20), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        whole = model.settled(model.read(ids, model.empty_memory()))
        saved = model.without_sums_of_kept(whole)
        back = model.with_sums_of_kept(saved)
        longer = model.settled(model.read(ids.repeat(1, 8)[:, :128], model.empty_memory()))
    keeping = [layer.kept_keys.shape[2] > 0 for layer in whole.layers]
    assert sorted(set(keeping)) == [False, True]
    for keeps, layer, kept, again in zip(
        keeping, whole.layers, saved.layers, back.layers, strict=True
    ):
        assert bool(kept.matrix.any()) != keeps
        rounded = layer.matrix if keeps else layer.matrix.bfloat16()
        torch.testing.assert_close(again.matrix, rounded, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(again.norm, layer.norm, rtol=1e-4, atol=1e-5)
    assert model.without_sums_of_kept(longer) is longer
