"""Rotary positions (RoPE, arXiv 2104.09864) as the Llama family applies them.

Knows frequencies and positions inside a window; a document's own length never shows here.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from infinidoc.errors import ModelError


class Rotation:
    """Rotates queries or keys [..., N, D] to integer positions: [..., N], or a range of N."""

    def __init__(self, size: int, parameters: dict[str, Any], device: torch.device | str) -> None:
        theta = float(parameters.get("rope_theta", 10_000.0))
        partial = float(parameters.get("partial_rotary_factor", 1.0))
        if partial != 1.0:
            raise ModelError("rotary positions on a part of each head are not supported")
        exponents = torch.arange(0, size, 2, dtype=torch.int64).float() / size
        self.frequencies = _scaled(1.0 / theta**exponents, parameters).to(device)
        self._known: dict[torch.dtype, tuple[Tensor, Tensor]] = {}  # of positions from 0

    def __call__(self, x: Tensor, positions: Tensor | range) -> Tensor:
        cosine, sine = self._tables(positions, x.dtype)
        half = x.shape[-1] // 2
        rotated, turned = x * cosine, x * sine
        rotated[..., :half].sub_(turned[..., half:])
        rotated[..., half:].add_(turned[..., :half])
        return rotated

    def turn(self, position: int) -> Tensor:
        """The matrix [D, D] that rotates rows [..., D] to one position, float32."""
        cosine, sine = self._tables(range(position, position + 1), torch.float32)
        half = sine.shape[-1] // 2
        signed = torch.cat((-sine[0, :half], sine[0, half:]))
        return cosine[0].diag() + signed.diag().roll(half, 0)

    def _tables(self, positions: Tensor | range, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Cosines and sines [..., N, D] of the positions, as `dtype`."""
        last = positions.stop if isinstance(positions, range) else int(positions.max()) + 1
        cosine, sine = self._known.get(dtype, (self.frequencies, self.frequencies))
        if dtype not in self._known or cosine.shape[0] < last:
            every = torch.arange(max(2 * last, 1024), device=self.frequencies.device)
            angles = every.float().unsqueeze(1) * self.frequencies.unsqueeze(0)
            doubled = torch.cat((angles, angles), dim=-1)
            cosine, sine = doubled.cos().to(dtype), doubled.sin().to(dtype)
            self._known[dtype] = cosine, sine
        if isinstance(positions, range):
            return cosine[positions.start : last], sine[positions.start : last]
        return cosine[positions], sine[positions]


def _scaled(frequencies: Tensor, parameters: dict[str, Any]) -> Tensor:
    """Long-context variants that only rescale the frequencies."""
    kind = parameters.get("rope_type", parameters.get("type", "default"))
    if kind in ("default", None):
        return frequencies
    factor = float(parameters.get("factor", 1.0))
    if kind == "linear":
        return frequencies / factor
    if kind == "llama3":
        return _llama3(frequencies, parameters, factor)
    raise ModelError(f"rotary scaling {kind!r} is not supported", hint="known: linear, llama3")


def _llama3(frequencies: Tensor, parameters: dict[str, Any], factor: float) -> Tensor:
    """Llama 3.1: slow waves divided by `factor`, fast ones kept, a ramp between."""
    low, high = float(parameters["low_freq_factor"]), float(parameters["high_freq_factor"])
    trained = float(parameters["original_max_position_embeddings"])
    waves = 2 * math.pi / frequencies
    slowed = torch.where(waves > trained / low, frequencies / factor, frequencies)
    ramp = (trained / waves - low) / (high - low)
    smooth = (1 - ramp) * slowed / factor + ramp * slowed
    between = ~(waves < trained / high) & ~(waves > trained / low)
    return torch.where(between, smooth, slowed)
