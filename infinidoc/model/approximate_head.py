"""The head of a model for few rows: every logit roughly from eight bits, the best exactly.

What is written next is among the best, and those are computed from the weights themselves;
the others only matter in sums, where eight bits are enough.
"""

from __future__ import annotations

import torch
from torch import Tensor

BEST = 128  # logits of a row that are exact
TOP = 127  # the largest of eight bits
WHOLE = 64  # the kernel reads whole blocks of so many rows and columns, there or not


class ApproximateHead:
    """A head [vocabulary, width] beside its rows in eight bits and their scales, bfloat16."""

    def __init__(self, weight: Tensor, eight: Tensor, scales: Tensor) -> None:
        self.weight, self.eight, self.scales = weight, eight, scales

    @staticmethod
    def takes(weight: Tensor) -> bool:
        """Whether a head has whole blocks only."""
        return not any(size % WHOLE for size in weight.shape)

    @property
    def nbytes(self) -> int:
        return self.eight.nbytes + self.scales.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """x [..., width] -> logits [..., vocabulary] in float32."""
        rows = x.reshape(-1, x.shape[-1])
        narrow = rows.to(torch.bfloat16)
        rough = torch.ops.aten._weight_int8pack_mm(narrow, self.eight, self.scales).float()
        best = highest(rough, BEST)
        picked = self.weight.index_select(0, best.view(-1)).float().view(*best.shape, -1)
        exact = torch.bmm(picked, rows.float().unsqueeze(-1)).squeeze(-1)
        return rough.scatter_(-1, best, exact).view(*x.shape[:-1], -1)


def highest(x: Tensor, count: int) -> Tensor:
    """Where the `count` largest of each row [rows, N] are, in no order; N whole blocks.

    They are in the blocks with the largest maxima, so few values are sorted.
    """
    blocks = x.view(len(x), -1, WHOLE)
    count = min(count, x.shape[-1])
    first = blocks.amax(-1).topk(min(count, blocks.shape[1]), sorted=False).indices
    held = blocks.gather(1, first.unsqueeze(-1).expand(-1, -1, WHOLE)).flatten(1)
    found = held.topk(count, sorted=False).indices
    return first.gather(1, found // WHOLE) * WHOLE + found % WHOLE


def eight_bits(weight: Tensor) -> tuple[Tensor, Tensor]:
    """`weight` [rows, columns] as int8, and the scale of each row."""
    scales = weight.abs().amax(1).clamp_min(1e-12) / TOP
    return (weight / scales.unsqueeze(1)).round().to(torch.int8), scales.to(torch.bfloat16)
