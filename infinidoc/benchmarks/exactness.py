"""The gate before every figure of speed: fast attention must be what the naive one is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from infinidoc.errors import ModelError
from infinidoc.memory import MemoryConfig
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.decoder import Linear
from infinidoc.model.naive import naive_infini_attention, taught
from infinidoc.model.precision import matrix_type
from infinidoc.model.rotary import Rotation

WIDTH, SIZE = 32, 8
SEGMENT = {torch.float32: 16, torch.bfloat16: 80}  # more than FEW tokens: the narrow way
NEAR = {torch.float32: 1e-5, torch.bfloat16: 0.02}  # of the largest: eight bits of mantissa


def refuse_if_wrong(device: str = "cpu") -> None:
    """Raise unless the fast attention on `device` gives what the naive one gives.

    So in float32, and in the type the matrices have there.
    """
    for kind in dict.fromkeys((torch.float32, matrix_type(device))):
        torch.manual_seed(0)
        segment = SEGMENT[kind]
        attention = _attention(MemoryConfig(segment=segment, sinks=2, carried=4))
        hidden = torch.randn(1, 3 * segment + 2, WIDTH)  # three segments and a piece of one
        with torch.no_grad():
            truth = _naive(attention, hidden)
            fast = _fast(_narrowed(attention, kind), hidden, device)
        worst = float((fast - truth).abs().max() / truth.abs().max())
        if worst > NEAR[kind]:
            raise ModelError(
                f"the fast attention differs from the naive one by {worst:.2g} in {kind}: "
                "nothing is reported",
                where=device,
            )


def _attention(config: MemoryConfig) -> InfiniAttention:
    """Four query heads, two key heads, gates open."""
    base = nn.Module()
    for name, out in (("q_proj", WIDTH), ("k_proj", WIDTH // 2), ("v_proj", WIDTH // 2)):
        setattr(base, name, linear := Linear(WIDTH, out, bias=False))
        nn.init.normal_(linear.weight, std=WIDTH**-0.5)
    base.o_proj, base.head_dim, base.scaling = nn.Identity(), SIZE, SIZE**-0.5  # type: ignore[assignment]
    attention = InfiniAttention(base, config, 0).eval()
    nn.init.normal_(attention.gate)
    assert attention.features is not None
    for parameter in attention.features.parameters():
        nn.init.normal_(parameter, std=0.5)
    return attention


def _narrowed(attention: InfiniAttention, kind: torch.dtype) -> InfiniAttention:
    for projection in (attention.q_proj, attention.k_proj, attention.v_proj):
        projection.to(kind)
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
        taught(attention),
        attention.config,
    )
    return truth.transpose(0, 1).reshape(hidden.shape[1], -1)
