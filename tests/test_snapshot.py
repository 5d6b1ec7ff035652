"""A memory comes back from bytes bit for bit, or not at all."""

from __future__ import annotations

import pytest
import torch

from infinidoc.errors import LibraryError, MismatchError
from infinidoc.memory import Memory
from infinidoc.snapshot import pack, read_header, unpack
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


def test_a_newer_format_is_refused(memory: Memory) -> None:
    blob = pack(memory, {"identity": IDENTITY})
    newer = blob.replace(b'\\"format\\": 2', b'\\"format\\": 9')
    assert newer != blob
    with pytest.raises(LibraryError, match="newer"):
        read_header(newer)
