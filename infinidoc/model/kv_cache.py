"""The KV cache of a question: exact keys and values that grow token by token.

Knows tensors and positions, no weights. Shapes: B batch, K key/value heads, N tokens,
D head dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from infinidoc.memory import Far, Memory


@dataclass(frozen=True)
class AttentionMask:
    """Where the tokens of a call stand and what each may see, for texts that branch.

    positions [B, N]; mask [B, 1, N, P + N], True where a token may look, P past tokens.
    A layer with fewer past tokens uses the mask's last columns.
    """

    positions: Tensor
    mask: Tensor

    @classmethod
    def tree(cls, parents: Sequence[int], past: int) -> AttentionMask:
        """Texts with common beginnings behind `past` tokens: each token follows its parent, an
        earlier one (-1: it is the first of a text), and sees that and what its parent sees."""
        own = torch.eye(len(parents), dtype=torch.bool)
        for at, parent in enumerate(parents):
            if parent >= 0:
                own[at] |= own[parent]
        positions = own.sum(1) - 1 + past
        mask = torch.cat([torch.ones(len(own), past, dtype=torch.bool), own], 1)
        return cls(positions.unsqueeze(0), mask[None, None])

    def to(self, device: torch.device | str) -> AttentionMask:
        return AttentionMask(self.positions.to(device), self.mask.to(device))


class LayerCache:
    """The exact keys (after RoPE) and values of one layer for a question, grown in place."""

    def __init__(self) -> None:
        self.length = 0
        self.skipped = 0  # positions that are taken but hold nothing here
        self._keys: Tensor | None = None
        self._values: Tensor | None = None

    @property
    def keys(self) -> Tensor:
        assert self._keys is not None
        return self._keys[:, :, : self.length]

    @property
    def values(self) -> Tensor:
        assert self._values is not None
        return self._values[:, :, : self.length]

    def extended(self, keys: Tensor, values: Tensor) -> LayerCache:
        """Add [B, K, N, D] at the end; room is doubled, so decoding copies rarely."""
        needed = self.length + keys.shape[2]
        if self._keys is None or self._values is None or needed > self._keys.shape[2]:
            self._grow(keys, max(2 * self.length, needed + 64))
        assert self._keys is not None
        assert self._values is not None
        self._keys[:, :, self.length : needed] = keys
        self._values[:, :, self.length : needed] = values
        self.length = needed
        return self

    def cut(self, length: int) -> None:
        """Forget everything after the first `length` tokens."""
        self.length = min(self.length, length)

    def _grow(self, like: Tensor, room: int) -> None:
        batch, heads, _, size = like.shape
        old = (self._keys, self._values)
        self._keys = like.new_zeros(batch, heads, room, size)
        self._values = like.new_zeros(batch, heads, room, size)
        if old[0] is not None and old[1] is not None:
            self._keys[:, :, : self.length] = old[0][:, :, : self.length]
            self._values[:, :, : self.length] = old[1][:, :, : self.length]


class KVCache:
    """The exact keys and values of a question's window, one LayerCache per layer.

    `opened` is the memory whose kept tokens it begins with, `read` the tokens of the prompt
    behind those; `far` what memories hold beside what is kept, by the memory's id, with the
    memory itself so that the id stays its own.
    """

    def __init__(self, depth: int) -> None:
        self.layers: list[LayerCache | None] = [None] * depth
        self.opened: Memory | None = None
        self.read: list[int] = []
        self.far: dict[int, tuple[Memory, list[Far]]] = {}

    @property
    def length(self) -> int:
        """Positions taken so far."""
        first = self.layers[0]
        return 0 if first is None else first.length + first.skipped

    def cut(self, length: int) -> None:
        """Forget everything after the first `length` positions."""
        for layer in self.layers:
            if layer is not None:
                layer.cut(length - layer.skipped)
