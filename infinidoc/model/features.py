"""Learned feature maps: what of a query and of a key the compressive memory goes by.

phi(x) = exp(W x + b), one W and b per head, for queries and keys before RoPE. With them
phi_q(q) . phi_k(k) stands for exp(q . k / sqrt(D)), the weight exact attention would give.
`training/transfer.py` teaches them. Shapes: H query heads, K key/value heads, D head
dimension, F features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LARGEST = 20.0  # of an exponent: a book of its exponentials still fits float32
NEARLY_SHUT = -5.0  # bias of both maps before teaching: the memory weighs next to nothing
SPREAD = 0.25  # deviation of W x before teaching, for x of deviation one


class Features(nn.Module):
    """phi_q and phi_k of one layer."""

    def __init__(
        self, heads: int, key_heads: int, size: int, count: int, device: torch.device
    ) -> None:
        super().__init__()

        def zeros(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(*shape, device=device))

        self.query_weight, self.query_bias = zeros(heads, size, count), zeros(heads, 1, count)
        self.key_weight, self.key_bias = zeros(key_heads, size, count), zeros(key_heads, 1, count)

    def of_queries(self, x: Tensor, kind: torch.dtype) -> Tensor:
        """[..., H, T, D] -> [..., H, T, F], multiplied and given as `kind`."""
        return _exponentials(x, self.query_weight, self.query_bias, kind)

    def of_keys(self, x: Tensor, kind: torch.dtype) -> Tensor:
        """[..., K, T, D] -> [..., K, T, F], multiplied and given as `kind`."""
        return _exponentials(x, self.key_weight, self.key_bias, kind)

    def begin(self, generator: torch.Generator) -> None:
        """The state from which teaching begins: random directions, nearly shut."""
        with torch.no_grad():
            for weight in (self.query_weight, self.key_weight):
                drawn = torch.randn(weight.shape, generator=generator)
                weight.copy_(drawn * SPREAD / weight.shape[1] ** 0.5)
            for bias in (self.query_bias, self.key_bias):
                bias.fill_(NEARLY_SHUT)


def _exponentials(x: Tensor, weight: Tensor, bias: Tensor, kind: torch.dtype) -> Tensor:
    shape, weight, bias = x.shape, weight.to(kind), bias.to(kind)
    x = x.to(kind).reshape(-1, *shape[-2:])  # the heads of one text after those of another
    times = len(x) // len(weight)
    exponents = torch.baddbmm(bias.repeat(times, 1, 1), x, weight.repeat(times, 1, 1))
    exponents = exponents.view(*shape[:-1], -1)
    if torch.is_grad_enabled():
        return exponents.clamp(max=LARGEST).exp()
    return exponents.clamp_(max=LARGEST).exp_()
