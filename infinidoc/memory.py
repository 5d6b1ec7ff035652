"""The compressive memory as a value: what each attention layer keeps of all it has read.

Knows tensors and the update rules of Infini-attention (arXiv 2404.07143, equations 7-9);
knows no model, no text and no file. Shapes: B batch, S segments, K key/value heads,
H query heads (H = K * G), T tokens of a segment, D head dimension, F feature dimension.
The sums are float32, whatever the model computes in: sums over a book do not fit less.
Tokens that are held exactly (sinks, carried, kept) are float16, or kept ones four bits a number.
No token is in the sums and held exactly where they are read: the sinks never enter the
sums, carried tokens enter them when they leave, kept ones are subtracted (`Far`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from infinidoc.rounding import scales

NORM_FLOOR = 1e-10  # keeps a read of an empty memory at zero instead of 0/0
CHOICES = {
    "update": ("linear", "delta"),
    "features": ("exp", "elu"),
    "gate": ("joint", "scalar"),
    "kept_bits": (16, 4),
}


@dataclass(frozen=True)
class MemoryConfig:
    """How a memory is built; part of the identity of every saved memory.

    `segment` and `carried` count tokens: each segment attends to itself, to the last
    `carried` tokens of the segment before it and to the first `sinks` tokens of the
    document, all exactly; everything else it knows through the memory.

    `features` are learned exponentials ("exp", `feature_count` of them) or the paper's ELU + 1
    ("elu"). The `gate` is one softmax over what is exact and what is in the memory ("joint")
    or the paper's number a head ("scalar", equation 10).
    """

    segment: int = 512
    sinks: int = 4
    carried: int = 128
    update: str = "linear"  # or "delta"
    features: str = "exp"  # or "elu"
    feature_count: int = 128  # F of "exp"
    gate: str = "joint"  # or "scalar"
    layers: tuple[int, ...] | None = None  # the layers that have a memory; None: all
    kept: int = 0  # tokens whose keys and values stay exactly, whatever else is read
    kept_bits: int = 16  # of a number of those: float16, or 4
    kept_from: int = 8  # the first layer that keeps them; there they are chosen
    kept_before: int = 6  # neighbours a token worth keeping brings along
    kept_after: int = 2

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}")
        if self.segment < self.sinks + self.carried:
            raise ValueError("a segment must be at least as long as sinks + carried tokens")

    def feature_size(self, head_size: int) -> int:
        """F, the width of a key after the feature map."""
        return self.feature_count if self.features == "exp" else head_size

    @property
    def identity(self) -> dict[str, Any]:
        """What of this a saved memory depends on, as JSON has it; nothing that once went unsaid."""
        said = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        if self.kept_bits == 16:
            del said["kept_bits"]
        return said

    def keeps(self, layer: int) -> bool:
        """Whether this layer keeps chosen tokens exactly."""
        return self.kept > 0 and layer >= self.kept_from

    def has_memory(self, layer: int) -> bool:
        return self.layers is None or layer in self.layers


def feature_map(x: Tensor) -> Tensor:
    """sigma(x) = ELU(x) + 1 [..., D] (paper, equation 7); the learned map has a module."""
    return functional.elu(x) + 1.0


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

    keys [..., K, T, F] are features, values [..., K, T, D]. Delta subtracts what the memory
    already answers to each key.
    """
    if rule == "delta":
        values = values - retrieve(matrix, norm, keys)
    return matrix + keys.transpose(-1, -2) @ values, norm + keys.sum(-2)


@dataclass(frozen=True)
class LayerMemory:
    """What one layer keeps: the compressive state and a few exact keys and values.

    matrix [B, K, F, D] and norm [B, K, F] (F = 0 for a layer without memory), float32;
    sink, carried and kept keys/values [B, K, n, D], before RoPE, float16, n = 0 until there
    are any; kept ones of four bits are rows of bytes (`rounding.py`). The matrix holds
    every token read but the sinks and the carried ones.
    """

    matrix: Tensor
    norm: Tensor
    sink_keys: Tensor
    sink_values: Tensor
    carried_keys: Tensor
    carried_values: Tensor
    kept_keys: Tensor
    kept_values: Tensor

    @classmethod
    def empty(
        cls,
        batch: int,
        heads: int,
        features: int,
        size: int,
        device: torch.device | str = "cpu",
        row: int | None = None,
    ) -> LayerMemory:
        """`row`: bytes of a kept key where those are no float16."""

        def zeros(*shape: int) -> Tensor:
            return torch.zeros(batch, heads, *shape, device=device)

        exact = [zeros(0, size).half() for _ in range(6)]
        if row:
            exact[4:] = [zeros(0, row).to(torch.uint8) for _ in range(2)]
        return cls(zeros(features, size), zeros(features), *exact)

    def choose(self, index: Tensor) -> LayerMemory:
        """Only the kept tokens at `index` [B, m], in its order."""
        if len(index) == 1:  # whole rows are copied: many times faster than a gather
            keys, values = (x.index_select(2, index[0]) for x in (self.kept_keys, self.kept_values))
            return replace(self, kept_keys=keys, kept_values=values)
        shape = (*self.kept_keys.shape[:2], index.shape[1], self.kept_keys.shape[3])
        at = index[:, None, :, None].expand(shape)
        keys, values = (x.gather(2, at) for x in (self.kept_keys, self.kept_values))
        return replace(self, kept_keys=keys, kept_values=values)

    def is_shaped_as(self, empty: LayerMemory) -> bool:
        """Whether the sums are shaped as in `empty`, and keys as their values."""
        pairs = ("sink_keys", "sink_values"), ("carried_keys", "carried_values")
        for keys, values in (*pairs, ("kept_keys", "kept_values")):
            shape, wanted = getattr(self, keys).shape, getattr(empty, keys).shape
            if shape != getattr(self, values).shape or len(shape) != len(wanted):
                return False
            if (*shape[:2], *shape[3:]) != (*wanted[:2], *wanted[3:]):
                return False
            if getattr(self, keys).dtype != getattr(empty, keys).dtype:
                return False
        return self.matrix.shape == empty.matrix.shape and self.norm.shape == empty.norm.shape

    def to(self, device: torch.device | str) -> LayerMemory:
        return LayerMemory(*(tensor.to(device) for tensor in self.tensors().values()))

    def detach(self) -> LayerMemory:
        return LayerMemory(*(tensor.detach() for tensor in self.tensors().values()))

    def tensors(self) -> dict[str, Tensor]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Far(NamedTuple):
    """What a layer's matrix holds beside the exact tokens of a window: matrix, norm, tokens."""

    matrix: Tensor
    norm: Tensor
    tokens: int


class Kept(NamedTuple):
    """The tokens kept exactly: scores and document positions [B, n], in document order."""

    scores: Tensor
    positions: Tensor

    @classmethod
    def none(cls, batch: int = 1, device: torch.device | str = "cpu") -> Kept:
        empty = torch.zeros(batch, 0, device=device)
        return cls(empty, empty.long())

    def to(self, device: torch.device | str) -> Kept:
        return Kept(self.scores.to(device), self.positions.to(device))


@dataclass(frozen=True)
class Memory:
    """The memory of a document: every layer's, and how much has been read into it."""

    layers: tuple[LayerMemory, ...]
    kept: Kept
    tokens_seen: int = 0
    segments_seen: int = 0

    @property
    def is_empty(self) -> bool:
        return self.tokens_seen == 0

    @property
    def device(self) -> torch.device:
        return self.kept.scores.device

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for _, tensor in self.named_tensors())

    @property
    def is_finite(self) -> bool:
        """Whether every value is a number: no NaN, no infinity."""
        numbers = (scales(t) if t.dtype == torch.uint8 else t for _, t in self.named_tensors())
        return all(bool(tensor.isfinite().all()) for tensor in numbers)

    def is_shaped_as(self, empty: Memory) -> bool:
        """Whether this can be a memory of the model whose empty memory is `empty`."""
        if len(self.layers) != len(empty.layers) or self.kept.scores.shape[:1] != (1,):
            return False
        count = self.kept.scores.shape[1:]
        kept = self.kept.positions.shape == (1, *count) and len(count) == 1
        return kept and all(
            mine.is_shaped_as(theirs) and mine.kept_keys.shape[2] in (0, *count)
            for mine, theirs in zip(self.layers, empty.layers, strict=True)
        )

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor by its saved name, in a fixed order."""
        for index, layer in enumerate(self.layers):
            for name, tensor in layer.tensors().items():
                yield f"layers.{index}.{name}", tensor
        yield "kept.scores", self.kept.scores
        yield "kept.positions", self.kept.positions

    def digest(self) -> str:
        """SHA-256 over the tensors alone: equal memories have equal digests."""
        total = hashlib.sha256()
        for name, tensor in self.named_tensors():
            total.update(f"{name}{tuple(tensor.shape)}".encode())
            total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return total.hexdigest()

    @property
    def carried(self) -> int:
        """Tokens that are carried exactly into the next segment, and are in no matrix yet."""
        return self.layers[0].carried_keys.shape[2]

    def without_kept(self) -> Memory:
        """The memory without the tokens kept exactly."""
        bare = self._without("kept_keys", "kept_values")
        return replace(bare, kept=Kept.none(self.kept.scores.shape[0], self.kept.scores.device))

    def sums(self) -> Memory:
        """The matrices alone, in half their bytes: what a snapshot of a settled memory is."""
        bare = self.without_kept()._without(
            "sink_keys", "sink_values", "carried_keys", "carried_values"
        )
        layers = (replace(layer, matrix=layer.matrix.bfloat16()) for layer in bare.layers)
        return replace(bare, layers=tuple(layers))

    def _without(self, *names: str) -> Memory:
        def strip(layer: LayerMemory) -> LayerMemory:
            return replace(layer, **{name: getattr(layer, name)[:, :, :0] for name in names})

        return replace(self, layers=tuple(strip(layer) for layer in self.layers))

    def choose(self, index: Tensor) -> Memory:
        """Only the kept tokens at `index` [B, m], in its order."""
        kept = Kept(self.kept.scores.gather(1, index), self.kept.positions.gather(1, index))
        layers = tuple(
            layer.choose(index) if layer.kept_keys.shape[2] else layer for layer in self.layers
        )
        return replace(self, layers=layers, kept=kept)

    def repeated(self, batch: int) -> Memory:
        """`batch` times the memory of one document, sharing its bytes."""
        layers = (
            LayerMemory(*(x.expand(batch, *x.shape[1:]) for x in layer.tensors().values()))
            for layer in self.layers
        )
        kept = Kept(*(x.expand(batch, -1) for x in self.kept))
        return replace(self, layers=tuple(layers), kept=kept)

    def keeping(self, other: Memory, before: int) -> Memory:
        """This state with the tokens that a later one kept of the first `before` tokens.

        Kept tokens never change once read, so nothing of what followed is in them.
        """
        early = other.choose((other.kept.positions[0] < before).nonzero().T)
        layers = tuple(
            replace(
                mine,
                sink_keys=theirs.sink_keys,
                sink_values=theirs.sink_values,
                kept_keys=theirs.kept_keys,
                kept_values=theirs.kept_values,
            )
            for mine, theirs in zip(self.layers, early.layers, strict=True)
        )
        return replace(self, layers=layers, kept=early.kept)

    def to(self, device: torch.device | str) -> Memory:
        layers = tuple(layer.to(device) for layer in self.layers)
        return replace(self, layers=layers, kept=self.kept.to(device))

    def detach(self) -> Memory:
        return replace(self, layers=tuple(layer.detach() for layer in self.layers))
