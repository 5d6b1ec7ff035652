"""Matrices in eight or four bits: numbers, and how much one of them is.

Eight bits have one scale a row. Four bits have one for every `GROUP` columns, that one of a
few which loses least (least squares), and two numbers a byte. What was rounded once is not
changed by rounding it again. Among named tensors the scales of NAME are NAME.scale. Rows R,
columns C.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

GROUP = 64  # columns that share a scale, in four bits
CLIPPED = (1.0, 0.87, 0.75)  # of a group's largest value that 7 stands for
EIGHT, FOUR = 127, 7  # the largest number
SCALE = ".scale"


def quantized(values: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """`values` [R, C] as numbers and scales: int8 [R, C] and float32 [R, 1], or uint8
    [R, C / 2] and float16 [R, C / GROUP]. C must be a multiple of `GROUP` for four bits."""
    if bits == 8:
        scale = values.abs().amax(1, keepdim=True).clamp(min=1e-9) / EIGHT
        return (values / scale).round().to(torch.int8), scale
    groups = values.view(len(values), -1, GROUP)
    numbers, scale = _least_squares(groups)
    whole = (numbers + FOUR + 1).to(torch.uint8).view(len(values), -1, 2)
    return whole[..., 0] | whole[..., 1] << 4, scale.half().squeeze(-1)


def restored(numbers: Tensor, scale: Tensor) -> Tensor:
    """The values [R, C], float32, of what `quantized` gave."""
    if numbers.dtype == torch.int8:
        return numbers.float() * scale
    pairs = torch.stack([numbers & 15, numbers >> 4], -1).float() - (FOUR + 1)
    return (pairs.view(*scale.shape, GROUP) * scale.float().unsqueeze(-1)).flatten(1)


def packed(name: str, values: Tensor, bits: int) -> dict[str, Tensor]:
    """A matrix [R, C] as the two tensors it is held as."""
    numbers, scale = quantized(values, bits)
    return {name: numbers, name + SCALE: scale}


def unpacked(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Named tensors as they are used: matrices restored, what is not rounded as it is."""
    return {
        name: restored(tensor, tensors[name + SCALE]) if name + SCALE in tensors else tensor
        for name, tensor in tensors.items()
        if not name.endswith(SCALE)
    }


class PackedRows(nn.Module):
    """A table of vectors that stays in four bits: only the rows that are looked up are restored."""

    def __init__(self, numbers: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.numbers, self.scale = numbers, scale

    def forward(self, ids: Tensor) -> Tensor:
        """The vectors [..., C] of `ids` [...]."""
        rows = ids.flatten()
        return restored(self.numbers[rows], self.scale[rows]).unflatten(0, ids.shape)


def as_stored(values: Tensor, bits: int) -> Tensor:
    """What is left of `values` once they were stored in so many bits."""
    return restored(*quantized(values, bits))


def _least_squares(groups: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers [R, G, GROUP] and scales [R, G, 1] of `groups`, rounded as they will be stored."""
    largest = groups.abs().amax(-1, keepdim=True).clamp(min=1e-6)
    tries = (_rounded(groups, largest * clipped) for clipped in CLIPPED)
    lost, numbers, scales = next(tries)
    for other, tried, scale in tries:
        better = other < lost
        lost = torch.where(better, other, lost)
        numbers, scales = torch.where(better, tried, numbers), torch.where(better, scale, scales)
    return numbers, scales


def _rounded(groups: Tensor, largest: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The squared error, numbers and scales if the largest number stands for `largest`."""
    scale = (largest / FOUR).half().float()
    numbers = (groups / scale).round().clamp(-FOUR, FOUR)
    return (numbers * scale - groups).square().sum(-1, keepdim=True), numbers, scale
