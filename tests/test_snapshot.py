"""A memory comes back from bytes bit for bit, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from infinidoc.errors import LibraryError, MismatchError
from infinidoc.memory import Memory
from infinidoc.model.kv_cache import KVCache
from infinidoc.snapshot import KEY, pack, read_header, unpack
from tests import tiny

IDENTITY = {"model": "tiny", "weights": "a" * 64}


@pytest.fixture(scope="module")
def memory() -> Memory:
    model = tiny.decoder(gate=0.0)
    with torch.no_grad():
        return model.read(torch.arange(64).unsqueeze(0), model.empty_memory())


def test_round_trip_is_bit_exact(memory: Memory) -> None:
    restored, header = unpack(pack(memory, {"identity": IDENTITY, "at": 7}), IDENTITY)
    assert restored.digest() == memory.digest()
    assert (restored.tokens_seen, restored.segments_seen) == (64, 4)
    assert header["at"] == 7


def test_sums_of_zeros_take_no_room() -> None:
    """An empty memory is a header; what it is like is known by whoever reads it."""
    empty = tiny.decoder(gate=0.0).empty_memory()
    blob = pack(empty, {"identity": IDENTITY})
    sums = sum(layer.matrix.nbytes + layer.norm.nbytes for layer in empty.layers)
    assert len(blob) < sums
    restored, header = unpack(blob, IDENTITY, empty)
    assert restored.digest() == empty.digest()
    assert header["format"] == 3


def test_a_file_that_says_it_is_whole_leaves_nothing_out() -> None:
    empty = tiny.decoder(gate=0.0).empty_memory()
    blob = pack(empty, {"identity": IDENTITY}).replace(b'\\"format\\": 3', b'\\"format\\": 2')
    with pytest.raises(LibraryError, match="damaged"):
        unpack(blob, IDENTITY, empty)
    with pytest.raises(LibraryError, match="damaged"):  # nobody says what was left out
        unpack(pack(empty, {"identity": IDENTITY}), IDENTITY)


def test_anyone_can_read_it_with_safetensors(memory: Memory) -> None:
    from safetensors.torch import load

    tensors = load(pack(memory, {"identity": IDENTITY}))
    assert torch.equal(tensors["layers.1.matrix"], memory.layers[1].matrix)


def test_another_model_is_refused_by_name(memory: Memory) -> None:
    blob = pack(memory, {"identity": IDENTITY})
    with pytest.raises(MismatchError, match="weights is aaaaaaaaaaaa…, not bbbbbbbbbbbb…"):
        unpack(blob, {**IDENTITY, "weights": "b" * 64})


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:5], lambda b: b"\xff" * len(b)])
def test_damage_is_said_plainly(memory: Memory, damage: object) -> None:
    blob = pack(memory, {"identity": IDENTITY})
    with pytest.raises(LibraryError, match="damaged"):
        unpack(damage(blob), IDENTITY)  # type: ignore[operator]


def test_what_is_no_number_or_no_memory_of_this_model_is_not_used(memory: Memory) -> None:
    unlike = replace(memory, layers=memory.layers[:1])
    with pytest.raises(LibraryError, match="not of this model's shape"):
        unpack(pack(unlike, {"identity": IDENTITY}), IDENTITY, memory)
    layer = memory.layers[1]
    broken = replace(layer, matrix=torch.full_like(layer.matrix, float("nan")))
    spoilt = replace(memory, layers=(memory.layers[0], broken))
    with pytest.raises(LibraryError, match="holds what is no number"):
        unpack(pack(spoilt, {"identity": IDENTITY}), IDENTITY)


@pytest.mark.parametrize("said", [b"[1]", b"7", b"null"])
def test_a_header_of_another_kind_is_damage(said: bytes) -> None:
    held = json.dumps({"__metadata__": {KEY: said.decode()}}).encode()
    with pytest.raises(LibraryError, match="damaged"):
        read_header(len(held).to_bytes(8, "little") + held)


def test_a_newer_format_is_refused(memory: Memory) -> None:
    blob = pack(memory, {"identity": IDENTITY})
    newer = blob.replace(b'\\"format\\": 2', b'\\"format\\": 9')
    assert newer != blob
    with pytest.raises(LibraryError, match="newer"):
        read_header(newer)


def test_a_snapshot_is_the_sums_alone_and_changes_what_is_read_at_its_place() -> None:
    model = tiny.decoder(gate=1.0)
    ids = torch.randint(3, 259, (1, 256), generator=torch.Generator().manual_seed(0))
    passage = ids[:, 100:120]
    heard = []
    with torch.no_grad():
        memory = model.empty_memory()
        for block in ids.split(64, 1):
            memory = model.read(block, memory)
            sums = model.settled(memory).sums()
            blob = pack(sums, {"identity": IDENTITY})
            assert sums.nbytes < 0.6 * memory.nbytes
            there, _ = unpack(blob, IDENTITY)
            heard.append(model.logits(model.ask(passage, there, KVCache(2))))
        whole = model.logits(model.ask(passage, model.settled(memory), KVCache(2)))
    assert not torch.allclose(heard[0], heard[-1], atol=1e-3)
    torch.testing.assert_close(heard[-1], whole, atol=0.2, rtol=0.05)  # half the bytes


def test_a_reading_that_goes_on_from_a_saved_memory_is_undisturbed() -> None:
    model = tiny.decoder(gate=1.0)
    ids = torch.randint(3, 259, (1, 320), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = resumed = empty = model.empty_memory()
        for block in ids.split(64, 1):
            whole = model.read(block, whole)
            saved = pack(resumed, {"identity": IDENTITY})
            resumed = model.read(block, unpack(saved, IDENTITY, empty)[0])
    assert resumed.digest() == whole.digest()
