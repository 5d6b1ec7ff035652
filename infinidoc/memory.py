"""The compressive memory as a value: what each attention layer keeps of all it has read.

Knows tensors and the update rules of Infini-attention (arXiv 2404.07143, equations 7-9);
knows no model, no text and no file. Shapes: B batch, S segments, K key/value heads,
H query heads (H = K * G), T tokens of a segment, D head dimension, F feature dimension.
All state is float32, whatever the model computes in: sums over a book do not fit less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor
from torch.nn import functional

NORM_FLOOR = 1e-10  # keeps a read of an empty memory at zero instead of 0/0


@dataclass(frozen=True)
class MemoryConfig:
    """How a memory is built; part of the identity of every saved memory.

    `segment` and `carried` count tokens: each segment attends to itself, to the last
    `carried` tokens of the segment before it and to the first `sinks` tokens of the
    document, all exactly; everything else it knows through the memory.
    """

    segment: int = 512
    sinks: int = 4
    carried: int = 128
    update: str = "linear"  # or "delta"
    features: str = "elu"  # or "dpfp"
    dpfp_order: int = 3
    write_gate: bool = False
    layers: tuple[int, ...] | None = None  # the layers that have a memory; None: all

    def __post_init__(self) -> None:
        if self.update not in ("linear", "delta") or self.features not in ("elu", "dpfp"):
            raise ValueError(f"unknown update {self.update!r} or feature map {self.features!r}")
        if self.segment < self.sinks + self.carried:
            raise ValueError("a segment must be at least as long as sinks + carried tokens")

    def feature_size(self, head_size: int) -> int:
        """F, the width of a key after the feature map."""
        return head_size if self.features == "elu" else 2 * head_size * self.dpfp_order

    def has_memory(self, layer: int) -> bool:
        return self.layers is None or layer in self.layers


def feature_map(x: Tensor, config: MemoryConfig) -> Tensor:
    """sigma(x) >= 0 [..., D] -> [..., F]: ELU + 1 (paper, eq 7) or DPFP (arXiv 2102.11174)."""
    if config.features == "elu":
        return functional.elu(x) + 1.0
    halves = torch.cat([functional.relu(x), functional.relu(-x)], dim=-1)
    rolled = [halves * halves.roll(j, dims=-1) for j in range(1, config.dpfp_order + 1)]
    return torch.cat(rolled, dim=-1)


def retrieve(matrix: Tensor, norm: Tensor, queries: Tensor) -> Tensor:
    """Equation 7: sigma(Q) M / sigma(Q) z.

    matrix [..., K, F, D], norm [..., K, F], queries [..., K, N, F] -> [..., K, N, D].
    An empty memory gives exactly zero.
    """
    weight = (queries @ norm.unsqueeze(-1)).clamp_min(NORM_FLOOR)
    return (queries @ matrix) / weight


def update(
    matrix: Tensor, norm: Tensor, keys: Tensor, values: Tensor, rule: str
) -> tuple[Tensor, Tensor]:
    """Equation 8 (linear) or 9 (delta): the memory after one segment.

    keys [..., K, T, F] are features (already scaled by any write gate), values
    [..., K, T, D]. Delta subtracts what the memory already answers to each key.
    """
    if rule == "delta":
        values = values - retrieve(matrix, norm, keys)
    return matrix + keys.transpose(-1, -2) @ values, norm + keys.sum(-2)


@dataclass(frozen=True)
class LayerMemory:
    """What one layer keeps: the compressive state and a few exact keys and values.

    matrix [B, K, F, D] and norm [B, K, F] (F = 0 for a layer without memory); sink and
    carried keys/values [B, K, n, D], before RoPE, n = 0 until there are any.
    """

    matrix: Tensor
    norm: Tensor
    sink_keys: Tensor
    sink_values: Tensor
    carried_keys: Tensor
    carried_values: Tensor

    @classmethod
    def empty(
        cls, batch: int, heads: int, features: int, size: int, device: torch.device | str = "cpu"
    ) -> LayerMemory:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(batch, heads, *shape, device=device)

        exact = [zeros(0, size) for _ in range(4)]
        return cls(zeros(features, size), zeros(features), *exact)

    def to(self, device: torch.device | str) -> LayerMemory:
        return LayerMemory(*(tensor.to(device) for tensor in self.tensors().values()))

    def detach(self) -> LayerMemory:
        return LayerMemory(*(tensor.detach() for tensor in self.tensors().values()))

    def tensors(self) -> dict[str, Tensor]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Memory:
    """The memory of a document: every layer's, and how much has been read into it."""

    layers: tuple[LayerMemory, ...]
    tokens_seen: int = 0
    segments_seen: int = 0

    @property
    def is_empty(self) -> bool:
        return self.tokens_seen == 0

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for _, tensor in self.named_tensors())

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor by its saved name, in a fixed order."""
        for index, layer in enumerate(self.layers):
            for name, tensor in layer.tensors().items():
                yield f"layers.{index}.{name}", tensor

    def digest(self) -> str:
        """SHA-256 over the tensors alone: equal memories have equal digests."""
        total = hashlib.sha256()
        for name, tensor in self.named_tensors():
            total.update(f"{name}{tuple(tensor.shape)}".encode())
            total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return total.hexdigest()

    def without_carried(self) -> Memory:
        """The memory for asking: constant state and sinks, without the last segment's keys."""

        def strip(layer: LayerMemory) -> LayerMemory:
            return replace(
                layer,
                carried_keys=layer.carried_keys[:, :, :0],
                carried_values=layer.carried_values[:, :, :0],
            )

        return replace(self, layers=tuple(strip(layer) for layer in self.layers))

    def to(self, device: torch.device | str) -> Memory:
        return replace(self, layers=tuple(layer.to(device) for layer in self.layers))

    def detach(self) -> Memory:
        return replace(self, layers=tuple(layer.detach() for layer in self.layers))
