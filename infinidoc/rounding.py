"""Kept keys and values in four bits a number: rows of bytes, each a vector and its scale.

A vector is turned by a Hadamard matrix first, which spreads what stands out in a few channels
over all of them (QuaRot, arXiv 2404.00456); one scale a vector is enough then. Keys share most of
their length, which is taken off before (`centre`). A row is D / 2 bytes of numbers and two of
the scale, float16. Shapes: D head dimension.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

LARGEST = 7  # of a number; 8 is zero
CLIPPED = 0.9  # of a vector's largest number that LARGEST stands for
SCALE_BYTES = 2


def row_bytes(size: int) -> int:
    """Bytes of a row of `size` numbers."""
    return size // 2 + SCALE_BYTES


def pack_rows(x: Tensor, centre: Tensor | None = None) -> Tensor:
    """Vectors [..., D] as rows of bytes [..., D / 2 + 2]."""
    x = x.float() if centre is None else x.float() - centre
    x = x @ _hadamard(x.shape[-1], x.device)
    scale = (x.abs().amax(-1, keepdim=True) * (CLIPPED / LARGEST)).clamp_min(1e-6).half()
    numbers = (x / scale.float()).round_().clamp_(-LARGEST, LARGEST).add_(LARGEST + 1)
    low, high = numbers.to(torch.uint8).unflatten(-1, (2, -1)).unbind(-2)
    return torch.cat([low | high << 4, scale.view(torch.uint8)], -1)


def unpack_rows(rows: Tensor, centre: Tensor | None = None) -> Tensor:
    """The vectors [..., D], float16, of what `pack_rows` gave."""
    numbers, scale = rows[..., :-SCALE_BYTES], scales(rows)
    x = torch.cat([numbers & 15, numbers >> 4], -1).float().sub_(LARGEST + 1)
    x = (x * scale.float()) @ _hadamard(x.shape[-1], x.device)
    return (x if centre is None else x + centre).half()


def scales(rows: Tensor) -> Tensor:
    """The scales [..., 1], float16, of rows."""
    return rows[..., -SCALE_BYTES:].contiguous().view(torch.float16)


@lru_cache
def _hadamard(size: int, device: torch.device) -> Tensor:
    """An orthogonal symmetric matrix [D, D] of equal numbers; in blocks if D is no power of 2."""
    with torch.inference_mode(False):
        block = torch.ones(1, 1)
        while size % (2 * len(block)) == 0:
            block = torch.cat([torch.cat([block, block], 1), torch.cat([block, -block], 1)])
        whole = torch.block_diag(*[block / len(block) ** 0.5] * (size // len(block)))
        return whole.to(device)
