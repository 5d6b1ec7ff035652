"""The fast attention is held to the naive one, and to what Infini-attention promises."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from infinidoc.memory import MemoryConfig
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.naive import naive_infini_attention
from infinidoc.model.rotary import Rotation
from tests import tiny

SIZE, HEADS, KEY_HEADS, WIDTH = 8, 4, 2, 32


class Base(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj = torch.nn.Linear(WIDTH, HEADS * SIZE, bias=False)
        self.k_proj = torch.nn.Linear(WIDTH, KEY_HEADS * SIZE, bias=False)
        self.v_proj = torch.nn.Linear(WIDTH, KEY_HEADS * SIZE, bias=False)
        self.o_proj = torch.nn.Identity()
        self.head_dim, self.scaling = SIZE, SIZE**-0.5


def make(config: MemoryConfig, gate: float = 0.3) -> InfiniAttention:
    torch.manual_seed(0)
    attention = InfiniAttention(Base(), config, 0)
    torch.nn.init.normal_(attention.gate, mean=gate)
    if attention.write_gate is not None:
        torch.nn.init.normal_(attention.write_gate.weight)
    return attention.eval()


def rotation() -> Rotation:
    return Rotation(SIZE, {"rope_theta": 10_000.0}, "cpu")


def naive(attention: InfiniAttention, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The truth for one document [N, width] through the same projections."""
    rotate = rotation()
    keys, values = attention._keys_values(hidden.unsqueeze(0))
    queries = attention._queries(hidden.unsqueeze(0))
    write = None
    if attention.write_gate is not None:
        write = torch.sigmoid(attention.write_gate(hidden)).T
    out, matrix, norm = naive_infini_attention(
        queries[0],
        keys[0],
        values[0],
        lambda x, at: rotate(x, torch.tensor(at)),
        attention.gate,
        attention.config,
        write,
    )
    return out.transpose(0, 1).reshape(hidden.shape[0], -1), matrix, norm


PLAIN = MemoryConfig(segment=64, sinks=0, carried=0)
VARIANTS = {
    "paper-linear": PLAIN,
    "paper-delta": replace(PLAIN, update="delta"),
    "sinks": replace(PLAIN, sinks=4),
    "carried": replace(PLAIN, sinks=4, carried=16),
    "dpfp": replace(PLAIN, features="dpfp"),
    "write-gate": replace(PLAIN, write_gate=True),
    "all": MemoryConfig(64, 4, 16, "delta", "dpfp", 2, True),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("length", [1, 63, 64, 65, 1000])
def test_fast_equals_naive(variant: str, length: int) -> None:
    attention = make(VARIANTS[variant])
    hidden = torch.randn(length, WIDTH)
    with torch.no_grad():
        truth, matrix, norm = naive(attention, hidden)
        fast, memory = attention.read(
            hidden.unsqueeze(0), rotation(), attention.empty_memory(), seen=0
        )
    assert fast is not None
    torch.testing.assert_close(fast[0], truth, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(memory.matrix[0], matrix, atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(memory.norm[0], norm, atol=1e-3, rtol=1e-4)


def test_whole_equals_by_segments() -> None:
    """Tolerance 1e-5: matrix products of other shapes add up in another order."""
    attention = make(VARIANTS["all"])
    hidden = torch.randn(2, 300, WIDTH)
    with torch.no_grad():
        whole, after = attention.read(hidden, rotation(), attention.empty_memory(2), seen=0)
        memory, pieces = attention.empty_memory(2), []
        for start in range(0, 300, 64):
            piece, memory = attention.read(
                hidden[:, start : start + 64], rotation(), memory, seen=start
            )
            pieces.append(piece)
    assert whole is not None
    torch.testing.assert_close(
        torch.cat([p for p in pieces if p is not None], 1), whole, atol=1e-5, rtol=1e-5
    )
    for ours, theirs in zip(memory.tensors().values(), after.tensors().values(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("token", [0, 70, 150])
def test_nothing_before_a_changed_token_moves(variant: str, token: int) -> None:
    attention = make(VARIANTS[variant])
    hidden = torch.randn(1, 200, WIDTH)
    changed = hidden.clone()
    changed[0, token] += 1.0
    with torch.no_grad():
        first, _ = attention.read(hidden, rotation(), attention.empty_memory(), seen=0)
        second, _ = attention.read(changed, rotation(), attention.empty_memory(), seen=0)
    assert first is not None
    assert second is not None
    assert torch.equal(first[:, :token], second[:, :token])
    assert not torch.equal(first[:, token:], second[:, token:])


def test_query_heads_read_their_own_key_heads_memory() -> None:
    """With a memory in key head 1 only, query heads 2 and 3 alone find something."""
    attention = make(replace(PLAIN, segment=4), gate=30.0)
    torch.nn.init.constant_(attention.gate, 30.0)
    memory = attention.empty_memory()
    matrix, norm = memory.matrix.clone(), memory.norm.clone()
    matrix[:, 1], norm[:, 1] = 1.0, 1.0
    memory = replace(memory, matrix=matrix, norm=norm)
    with torch.no_grad():
        out, _ = attention.read(torch.randn(1, 4, WIDTH), rotation(), memory, seen=4)
    assert out is not None
    found = out.view(4, HEADS, SIZE).abs().amax((0, 2)) > 0.1
    assert found.tolist() == [False, False, True, True]


@pytest.mark.parametrize("update", ["linear", "delta"])
def test_gradient_reaches_the_write_path_through_all_segments(update: str) -> None:
    config = replace(VARIANTS["all"], update=update)
    attention = make(config)
    hidden = torch.randn(1, 64 * 4, WIDTH, requires_grad=True)
    out, _ = attention.read(hidden, rotation(), attention.empty_memory(), seen=0)
    assert out is not None
    out[:, -64:].sum().backward()
    assert hidden.grad is not None
    assert hidden.grad[0, 10:40].abs().sum() > 0  # three segments earlier, not a sink
    assert attention.write_gate is not None
    assert attention.write_gate.weight.grad is not None
    assert attention.write_gate.weight.grad.abs().sum() > 0
    assert attention.gate.grad is not None
    assert attention.gate.grad.abs().min() > 0


def test_a_shut_gate_and_an_empty_memory_leave_local_attention_alone() -> None:
    hidden = torch.randn(1, 64, WIDTH)
    opened, shut = make(PLAIN), make(PLAIN)
    torch.nn.init.constant_(shut.gate, float("-inf"))
    with torch.no_grad():
        first, _ = opened.read(hidden, rotation(), opened.empty_memory(), seen=0)
        second, _ = shut.read(hidden, rotation(), shut.empty_memory(), seen=0)
    assert first is not None
    assert second is not None
    assert torch.equal(first, second)


def test_layers_without_memory_keep_none() -> None:
    model = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4, layers=(1,)), gate=0.5)
    memory = model.read(torch.arange(40).unsqueeze(0), model.empty_memory())
    assert memory.layers[0].matrix.numel() == 0
    assert memory.layers[1].matrix.abs().sum() > 0


def test_banks_read_with_even_power_are_one_memory() -> None:
    from infinidoc.benchmarks.banks import give_banks

    ids = torch.randint(0, 259, (2, 7 * 16), generator=torch.Generator().manual_seed(2))
    for write_gate in (False, True):
        config = MemoryConfig(segment=16, sinks=2, carried=4, write_gate=write_gate)
        model = tiny.decoder(config, gate=0.3)
        with torch.no_grad():
            whole, _ = model._read(ids, model.empty_memory(2), False)
            powers = give_banks(model)
            banked, memory = model._read(ids, model.empty_memory(2), False)
            torch.testing.assert_close(banked, whole, rtol=1e-4, atol=1e-4)
            for power in powers:
                power.fill_(1.0)
            sharp, _ = model._read(ids, model.empty_memory(2), False)
        assert memory.layers[0].matrix.shape[2] == 16 * SIZE
        assert not torch.allclose(sharp, whole)
