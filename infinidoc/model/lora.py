"""Low-rank changes to a decoder's matrices (LoRA, arXiv 2106.09685): W + scale * B A.

Each changed matrix is a `LowRank` beside the frozen base, while training and in use: adding
the product into copies of the matrices would cost every question more than it saves.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.model.decoder import FEW, Decoder

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LowRank(nn.Module):
    """A frozen linear layer and the change being learned: y = W x + scale * B (A x)."""

    def __init__(self, base: nn.Linear, a: nn.Parameter, b: nn.Parameter, scale: float) -> None:
        super().__init__()
        self.base, self.scale, self.active = base, scale, True
        self.a, self.b = a, b

    @classmethod
    def untaught(cls, base: nn.Linear, rank: int, scale: float) -> LowRank:
        """One that changes nothing yet: B is zero."""
        device = base.weight.device
        a = nn.Parameter(torch.empty(rank, base.in_features, device=device))
        nn.init.kaiming_uniform_(a, a=5**0.5)
        b = nn.Parameter(torch.zeros(base.out_features, rank, device=device))
        return cls(base, a, b, scale)

    @property
    def weight(self) -> Tensor:
        return self.base.weight

    def forward(self, x: Tensor) -> Tensor:
        if not self.active:
            return self.base(x)
        if x.numel() <= FEW * x.shape[-1]:  # float32 products of one row have less overhead
            change = functional.linear(functional.linear(x.to(self.a.dtype), self.a), self.b)
            return torch.add(self.base(x), change.to(x.dtype), alpha=self.scale)
        narrow = x.to(self.weight.dtype)
        change = functional.linear(narrow, self.a.to(narrow.dtype))
        change = functional.linear(change, self.b.to(narrow.dtype))
        return torch.add(self.base(narrow), change, alpha=self.scale).to(x.dtype)


def add_low_rank(decoder: Decoder, rank: int, scale: float) -> dict[str, nn.Parameter]:
    """Put a LowRank in place of every projection; returns its parameters by name.

    Names are `layers.N.<module>.<projection>.a` and `.b`, A [rank, in] and B [out, rank].
    """
    parameters: dict[str, nn.Parameter] = {}
    for name, parent, projection in _projections(decoder):
        low_rank = LowRank.untaught(getattr(parent, projection), rank, scale)
        setattr(parent, projection, low_rank)
        parameters[f"{name}.a"], parameters[f"{name}.b"] = low_rank.a, low_rank.b
    return parameters


@contextmanager
def unchanged(decoder: Decoder) -> Iterator[None]:
    """Within this, the decoder is the base model: that is how documents are read."""
    changes = [module for module in decoder.modules() if isinstance(module, LowRank)]
    for module in changes:
        module.active = False
    try:
        yield
    finally:
        for module in changes:
            module.active = True


def changed(decoder: Decoder, change: dict[str, Tensor], scale: float) -> Decoder:
    """A decoder that `change` [name.a, name.b] is added to; it shares all other weights."""
    kept = {id(parameter): parameter for parameter in decoder.parameters()}
    reader = copy.deepcopy(decoder, kept)  # modules are copied, weights are not
    for name, parent, projection in _projections(reader):
        if f"{name}.a" in change:
            base = getattr(parent, projection)
            there = (change[f"{name}.{part}"].to(decoder.device, decoder.dtype) for part in "ab")
            a, b = (nn.Parameter(tensor, requires_grad=False) for tensor in there)
            setattr(parent, projection, LowRank(base, a, b, scale))
    return reader


def _projections(decoder: Decoder) -> Iterator[tuple[str, nn.Module, str]]:
    """(name, module that holds it, attribute) of every projection of every layer."""
    for index, layer in enumerate(decoder.layers):
        for part in ("self_attn", "mlp"):
            module = getattr(layer, part)
            for projection in PROJECTIONS:
                if hasattr(module, projection):
                    yield f"layers.{index}.{part}.{projection}", module, projection
