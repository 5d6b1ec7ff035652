"""The gate before every figure of speed: fast attention must be what the naive one is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from infinidoc.errors import ModelError
from infinidoc.memory import MemoryConfig
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.naive import naive_infini_attention
from infinidoc.model.rotary import Rotation

WIDTH, SIZE, TOKENS = 32, 8, 50  # three segments and a piece of one
CONFIG = MemoryConfig(segment=16, sinks=2, carried=4)


def refuse_if_wrong(device: str = "cpu") -> None:
    """Raise unless the fast attention on `device` gives what the naive one gives."""
    torch.manual_seed(0)
    attention = _attention()
    hidden = torch.randn(1, TOKENS, WIDTH)
    with torch.no_grad():
        truth, fast = _naive(attention, hidden), _fast(attention, hidden, device)
    if not torch.allclose(fast, truth, atol=1e-5, rtol=1e-4):
        worst = float((fast - truth).abs().max())
        raise ModelError(
            f"the fast attention differs from the naive one by {worst:.2g}: nothing is reported",
            where=device,
        )


def _attention() -> InfiniAttention:
    """Four query heads, two key heads, gates open."""
    base = nn.Module()
    for name, out in (("q_proj", WIDTH), ("k_proj", WIDTH // 2), ("v_proj", WIDTH // 2)):
        setattr(base, name, nn.Linear(WIDTH, out, bias=False))
    base.o_proj, base.head_dim, base.scaling = nn.Identity(), SIZE, SIZE**-0.5  # type: ignore[assignment]
    attention = InfiniAttention(base, CONFIG, 0).eval()
    nn.init.normal_(attention.gate)
    return attention


def _fast(attention: InfiniAttention, hidden: Tensor, device: str) -> Tensor:
    attention.to(device)
    memory, rotation = attention.empty_memory(), Rotation(SIZE, {}, device)
    found, _ = attention.read(hidden.to(device), rotation, memory, 0)
    assert found is not None
    return found[0].cpu()


def _naive(attention: InfiniAttention, hidden: Tensor) -> Tensor:
    """The truth, on the CPU: [tokens, width]."""
    rotation = Rotation(SIZE, {}, "cpu")
    keys, values = attention._keys_values(hidden)
    truth, _, _ = naive_infini_attention(
        attention._queries(hidden)[0],
        keys[0],
        values[0],
        lambda x, at: rotation(x, torch.tensor(at)),
        attention.gate,
        attention.config,
    )
    return truth.transpose(0, 1).reshape(TOKENS, -1)
