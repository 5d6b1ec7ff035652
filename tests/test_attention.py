"""The fast attention is held to the naive one, and to what Infini-attention promises."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from infinidoc.memory import MemoryConfig
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.naive import naive_infini_attention, taught
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
    torch.nn.init.normal_(attention.length, mean=4.0)
    if attention.features is not None:
        for parameter in attention.features.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    return attention.eval()


def rotation() -> Rotation:
    return Rotation(SIZE, {"rope_theta": 10_000.0}, "cpu")


def naive(attention: InfiniAttention, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The truth for one document [N, width] through the same projections."""
    rotate = rotation()
    keys, values = attention._keys_values(hidden.unsqueeze(0))
    queries = attention._queries(hidden.unsqueeze(0))
    out, matrix, norm = naive_infini_attention(
        queries[0],
        keys[0],
        values[0],
        lambda x, at: rotate(x, torch.tensor(at)),
        taught(attention),
        attention.config,
    )
    return out.transpose(0, 1).reshape(hidden.shape[0], -1), matrix, norm


PAPER = MemoryConfig(segment=64, sinks=0, carried=0, features="elu", gate="scalar")
OURS = MemoryConfig(segment=64, sinks=4, carried=16, feature_count=12)
VARIANTS = {
    "paper-linear": PAPER,
    "paper-delta": replace(PAPER, update="delta"),
    "sinks": replace(PAPER, sinks=4),
    "carried": replace(PAPER, sinks=4, carried=16),
    "ours": OURS,
    "ours-delta": replace(OURS, update="delta"),
    "learned, scalar gate": replace(OURS, gate="scalar"),
    "paper's features, joint gate": replace(OURS, features="elu"),
    "nothing exact before the segment": replace(OURS, sinks=0, carried=0),
    "kept in four bits": replace(OURS, kept=24, kept_from=0, kept_bits=4),
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
    attention = make(VARIANTS["ours-delta"])
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
    attention = make(replace(PAPER, segment=4), gate=30.0)
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
    attention = make(replace(OURS, update=update))
    hidden = torch.randn(1, 64 * 4, WIDTH, requires_grad=True)
    out, _ = attention.read(hidden, rotation(), attention.empty_memory(), seen=0)
    assert out is not None
    out[:, -64:].sum().backward()
    assert hidden.grad is not None
    assert hidden.grad[0, 10:40].abs().sum() > 0  # three segments earlier, not a sink
    assert attention.features is not None
    for parameter in (*attention.features.parameters(), attention.gate, attention.length):
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0


@pytest.mark.parametrize("bits", [16, 4])
def test_no_token_is_read_twice(bits: int) -> None:
    """The memory a question reads beside its kept tokens never saw those, the sinks or more."""
    attention = make(replace(OURS, kept=24, kept_from=0, kept_bits=bits))
    hidden, kept = torch.randn(1, 200, WIDTH), torch.tensor([5, 6, 70, 150, 198])
    with torch.no_grad():
        _, memory = attention.read(hidden, rotation(), attention.empty_memory(), seen=0)
        memory = attention.settled(memory, 200)
        far = attention.far(memory, 200, memory, kept)
        keys, values = attention._keys_values(hidden)
        others = torch.tensor([at for at in range(4, 200) if at not in kept.tolist()])
        exact = (x[:, :, others].half() for x in (keys, values))
        keys, values = attention.kept(*attention.as_kept(*exact))
        features, values = attention._key_features(keys), values.float()
        matrix = features.transpose(-1, -2) @ values
    assert far.tokens == len(others) == 191
    torch.testing.assert_close(far.matrix, matrix, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(far.norm, features.sum(-2), atol=1e-4, rtol=1e-4)


def test_a_shut_gate_and_an_empty_memory_leave_local_attention_alone() -> None:
    hidden = torch.randn(1, 64, WIDTH)
    opened, shut = make(OURS), make(OURS)
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
