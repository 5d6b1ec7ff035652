"""The compressive memory of one layer: how it is written, and how queries read it.

Equations 7-10 of arXiv 2404.07143, on queries and keys before RoPE. A token is written when
it leaves the exact window, so nothing is read twice; what is near and exact and what is far
and compressed share one softmax. `naive.py` is the truth this is held to.

Shapes: B batch, S segments, H query heads, K key/value heads, G = H / K, T tokens of a
segment, N tokens of a call, D head dimension, F feature dimension.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from infinidoc.memory import (
    NORM_FLOOR,
    Far,
    LayerMemory,
    MemoryConfig,
    feature_map,
    update,
)
from infinidoc.model.features import Features
from infinidoc.rounding import pack_rows, row_bytes, unpack_rows

SHUT = float("-inf")  # sigmoid(-inf) is exactly 0: the base model, bit for bit
LENGTH = 1200.0  # tokens: n0 before teaching; what is read longer counts as so many


class CompressiveMemory(nn.Module):
    """Feature maps, gates (beta) and lengths (ln n0) of one layer, one of each a query head."""

    def __init__(self, base: Any, config: MemoryConfig, index: int) -> None:
        """`base` is the attention whose queries and keys it goes by."""
        super().__init__()
        self.config, self.index = config, index
        self.has_memory = config.has_memory(index)
        self.head_dim: int = base.head_dim
        self.heads = base.q_proj.out_features // base.head_dim
        self.key_heads = base.k_proj.out_features // base.head_dim
        device = base.q_proj.weight.device
        self.gate = nn.Parameter(torch.full((self.heads,), SHUT, device=device))
        starts = torch.full((self.heads,), math.log(LENGTH), device=device)
        self.length = nn.Parameter(starts)
        self.features: Features | None = None
        if config.features == "exp" and self.has_memory:
            sizes = self.heads, self.key_heads, self.head_dim, config.feature_count
            self.features = Features(*sizes, device)
        self._shut: bool | None = None
        self.centre: Tensor
        self.rounds = config.keeps(index) and config.kept_bits == 4
        if self.rounds:  # what kept keys share
            centre = torch.zeros(self.key_heads, 1, self.head_dim, device=device)
            self.register_buffer("centre", centre)

    @property
    def matrices(self) -> torch.dtype:
        """The number type in which features are multiplied."""
        raise NotImplementedError

    def empty_memory(self, batch: int = 1) -> LayerMemory:
        features = self.config.feature_size(self.head_dim) if self.has_memory else 0
        device = self.gate.device
        row = row_bytes(self.head_dim) if self.rounds else None
        return LayerMemory.empty(batch, self.key_heads, features, self.head_dim, device, row)

    @property
    def is_shut(self) -> bool:
        """Whether every gate is exactly shut, so that reading the memory would change nothing."""
        if not self.has_memory:
            return True
        if self._shut is None or self.training:
            self._shut = bool((self.gate.detach() == SHUT).all())
        return self._shut

    def forget_gate(self) -> None:
        """Look at the gates again: their values were loaded or changed in place."""
        self._shut = None

    # -- keeping ---------------------------------------------------------------------------

    def as_kept(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [B, K, n, D], float16, as a memory holds those that are kept."""
        return (pack_rows(keys, self.centre), pack_rows(values)) if self.rounds else (keys, values)

    def kept(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Kept keys and values [B, K, n, D] as they are read, float16."""
        if not self.rounds:
            return keys, values
        return unpack_rows(keys, self.centre), unpack_rows(values)

    def _rounded(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """What is left of keys and values once they were kept."""
        return self.kept(*self.as_kept(keys, values))

    # -- writing ---------------------------------------------------------------------------

    def _write(
        self, keys: Tensor, values: Tensor, memory: LayerMemory, seen: int
    ) -> list[tuple[Tensor, Tensor]]:
        """(M, z) before each segment and after all: [B, K, F, D] and [B, K, F].

        keys and values [B, K, N, D], float16, are as they are kept, so that they can be
        subtracted. A token is written when it leaves the exact window of the segment to come:
        those carried here first, the last ones of the block not yet.
        """
        matrix, norm = memory.matrix, memory.norm
        step = min(self.config.segment, keys.shape[2])
        segments = keys.shape[2] // step
        if not self.has_memory:
            return [(matrix, norm)] * (segments + 1)
        carried = self._rounded(memory.carried_keys, memory.carried_values)
        keys, values = (torch.cat(both, 2) for both in zip(carried, (keys, values), strict=True))
        end = keys.shape[2] - self.config.carried
        begin = self.config.sinks if seen == 0 else 0
        borders = [begin, *range(step, end, step), end] if end > begin else [begin, begin]
        features, values = self._key_features(keys[:, :, : borders[-1]]), values.float()
        before = [(matrix, norm)]
        for low, high in pairwise(borders):
            if high > low:
                matrix, norm = update(
                    matrix, norm, features[:, :, low:high], values[:, :, low:high],
                    self.config.update,
                )  # fmt: skip
            before.append((matrix, norm))
        return before

    def settled(self, memory: LayerMemory, seen: int) -> LayerMemory:
        """`memory` of `seen` tokens with what is carried written too: nothing is carried on."""
        keys, values = memory.carried_keys, memory.carried_values
        first = max(self.config.sinks - (seen - keys.shape[2]), 0)  # no sink is ever written
        matrix, norm = memory.matrix, memory.norm
        if self.has_memory and keys.shape[2] > first:
            keys, values = self._rounded(keys[:, :, first:], values[:, :, first:])
            written = self._key_features(keys), values.float()
            matrix, norm = update(matrix, norm, *written, self.config.update)
        return replace(
            memory, matrix=matrix, norm=norm,
            carried_keys=memory.carried_keys[:, :, :0],
            carried_values=memory.carried_values[:, :, :0],
        )  # fmt: skip

    def far(self, memory: LayerMemory, seen: int, exact: LayerMemory, index: Tensor) -> Far:
        """What a settled memory of `seen` tokens holds beside the tokens a window has exactly.

        Those are the kept tokens of `exact` at `index` [m], all written in `memory`. A sum
        gives them back; the delta rule is none, and keeps them.
        """
        tokens = max(seen - self.config.sinks, 0)
        if not exact.kept_keys.shape[2] or not len(index) or self.config.update == "delta":
            return Far(memory.matrix, memory.norm, tokens)
        matrix, norm = self._sums(exact.kept_keys[:, :, index], exact.kept_values[:, :, index])
        norm = (memory.norm - norm).clamp_min(0.0)
        return Far(memory.matrix - matrix, norm, tokens - len(index))

    def with_sums_of_kept(self, memory: LayerMemory, index: Tensor) -> LayerMemory:
        """`memory` with the sums of its kept tokens at `index` [m], and of nothing else."""
        if not self.has_memory or not memory.kept_keys.shape[2]:
            return memory
        matrix, norm = self._sums(memory.kept_keys[:, :, index], memory.kept_values[:, :, index])
        return replace(memory, matrix=matrix, norm=norm)

    def _sums(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """M [B, K, F, D] and z [B, K, F] of kept keys and values, as a memory holds them."""
        keys, values = self.kept(keys, values)
        features = self._key_features(keys)
        return features.transpose(-1, -2) @ values.float(), features.sum(-2)

    def _key_features(self, keys: Tensor) -> Tensor:
        """What is written of keys [..., K, T, D]: [..., K, T, F], float32."""
        if self.features is None:
            return feature_map(keys.float())
        return self.features.of_keys(keys, self.matrices).float()

    def _query_features(self, queries: Tensor) -> Tensor:
        """What queries [..., H, T, D] ask for: [..., H, T, F]."""
        if self.features is None:
            return feature_map(queries.float())
        return self.features.of_queries(queries, self.matrices)

    # -- reading ---------------------------------------------------------------------------

    def _mix(
        self,
        local: Tensor,
        mass: Tensor | None,
        queries: Tensor,
        states: Tensor,
        norms: Tensor,
        tokens: Tensor,
    ) -> Tensor:
        """Equation 10: g A_mem + (1 - g) A_dot, per query head.

        Query head h reads the memory of key/value head h // G. local and queries
        [B, S, H, T, D], mass [B, S, H, T], states [B, S, K, F, D] with `tokens` [S] in them.
        g is sigmoid(beta) for the scalar gate; for the joint one it is the share that the
        memory has of one softmax: sigmoid(beta + ln(phi(q) z) - mass - ln max(1, tokens / n0)).
        """
        batch, segments, heads = queries.shape[:3]
        wanted = self._query_features(queries)
        wanted = wanted.reshape(batch, segments, self.key_heads, -1, wanted.shape[-1])
        both = torch.cat([states, norms.unsqueeze(-1)], -1).to(wanted.dtype)
        found, held = (wanted @ both).view(*local.shape[:-1], -1).split(local.shape[-1], -1)
        held = held.float()  # 0 if nothing is in the memory: its share is exactly 0 then
        opening = self.gate.float().view(-1, 1, 1)
        if mass is not None:
            longer = tokens.float().clamp_min(1.0).log().unsqueeze(1) - self.length.float()
            opening = opening + held.log() - mass.unsqueeze(-1)
            opening = opening - longer.clamp_min(0.0).view(1, segments, heads, 1, 1)
        share = torch.sigmoid(opening)
        far = (share / held.clamp_min(NORM_FLOOR)).to(local.dtype)
        return torch.addcmul(local * (1.0 - share).to(local.dtype), found.to(local.dtype), far)
