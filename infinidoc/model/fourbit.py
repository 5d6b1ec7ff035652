"""Matrices by their four bits, for writing: one row at a time only the weights' bytes count.

A model that was made from a 4-bit file (groups of 32 weights, sixteen evenly spaced values
each) has them still after they were decoded. Here they are found again and packed as the
processor wants them.
"""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 32  # weights with one step and one lowest value
LEVELS = 15  # steps between the lowest and the highest of sixteen values
WHOLE = 64  # and columns of a matrix: the kernel takes whole blocks of them
NEAR = 1e-3  # of a step: how exactly a value must be on its level
ROUNDING = 1e-6  # of the largest value: float32


class FourBit:
    """One packed matrix [out, in] with its steps and zeros [in / GROUP, out, 2], bfloat16."""

    def __init__(self, packed: Tensor, scales: Tensor) -> None:
        self.packed, self.scales = packed, scales

    @property
    def nbytes(self) -> int:
        return self.packed.nbytes + self.scales.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """x [rows, in] -> [rows, out], multiplied in bfloat16."""
        rows = x.to(torch.bfloat16)
        out: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
            rows, self.packed, GROUP, self.scales
        )
        return out


def pack_fourbit(weight: Tensor) -> FourBit | None:
    """`weight` [out, in] packed, or None if it never was of four bits."""
    rows, columns = weight.shape
    if rows % WHOLE or columns % WHOLE:
        return None
    groups = weight.float().view(rows, columns // GROUP, GROUP)
    low, high = groups.amin(-1), groups.amax(-1)
    numbers, step = torch.zeros_like(groups, dtype=torch.int32), torch.zeros_like(low)
    left = torch.ones_like(low, dtype=torch.bool)
    for levels in range(LEVELS, 0, -1):  # a group need not use both its ends
        numbers[left], step[left], exact = _on_levels(groups[left], low[left], high[left], levels)
        left[left.clone()] = ~exact
        if not left.any():
            break
    if left.any():
        return None
    packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(numbers.view(rows, columns), 1)
    scales = torch.stack([step, low + 8 * step], -1).transpose(0, 1).contiguous()
    return FourBit(packed, scales.to(torch.bfloat16))


def _on_levels(
    groups: Tensor, low: Tensor, high: Tensor, levels: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The level of each weight, the step, and whether so many levels say a group exactly."""
    step = (high - low) / levels
    safe = torch.where(step > 0, step, torch.ones_like(step))
    numbers = ((groups - low.unsqueeze(-1)) / safe.unsqueeze(-1)).round()
    missed = (numbers * step.unsqueeze(-1) + low.unsqueeze(-1) - groups).abs().amax(-1)
    largest = torch.maximum(low.abs(), high.abs())
    return numbers.int(), step, missed <= NEAR * step + ROUNDING * largest
