"""Infini-attention (arXiv 2404.07143) as a module that takes the place of `layer.self_attn`.

It reuses the projections and norms of the attention it replaces. Local attention is
causal and exact, with RoPE, inside a segment; the memory is read and written before RoPE.
Whole segments go through together: with the linear rule the memory before each segment is
an exclusive prefix sum, with the delta rule only the small state is sequential.

Shapes: B batch, S segments, H query heads, K key/value heads, G = H / K, T tokens of a
segment, N tokens of a call, D head dimension, F feature dimension.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from infinidoc.memory import LayerMemory, MemoryConfig, feature_map, retrieve, update
from infinidoc.model.rotary import Rotation
from infinidoc.model.softmax import attend, for_queries, is_narrow
from infinidoc.model.window import KeyValues, Layout

STRETCH = 256  # queries that attend together: shorter ones waste less above the diagonal
SHUT = float("-inf")  # sigmoid(-inf) is exactly 0: the base model, bit for bit


class InfiniAttention(nn.Module):
    """Attention to a segment, to what is carried into it, and to the compressive memory."""

    def __init__(self, base: Any, config: MemoryConfig, index: int) -> None:
        """`base` is any Llama-like attention: q_proj, k_proj, v_proj, o_proj, maybe norms."""
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = base.q_proj, base.k_proj, base.v_proj
        self.o_proj = base.o_proj
        self.q_norm = getattr(base, "q_norm", None)
        self.k_norm = getattr(base, "k_norm", None)
        self.head_dim: int = base.head_dim
        self.heads = base.q_proj.out_features // base.head_dim
        self.key_heads = base.k_proj.out_features // base.head_dim
        self.scaling: float = base.scaling
        self.softcap: float | None = getattr(base, "attn_logit_softcapping", None)
        self.sliding_window: int | None = getattr(base, "sliding_window", None)
        self.config, self.index = config, index
        self.has_memory = config.has_memory(index)
        device = base.q_proj.weight.device
        self.gate = nn.Parameter(torch.full((self.heads,), SHUT, device=device))
        self.write_gate: nn.Linear | None = None
        if config.write_gate and self.has_memory:
            self.write_gate = nn.Linear(base.q_proj.in_features, self.key_heads, device=device)
            nn.init.zeros_(self.write_gate.weight)
            nn.init.zeros_(self.write_gate.bias)
        self._shut: bool | None = None

    @property
    def matrices(self) -> torch.dtype:
        """The number type of the projections."""
        kind: torch.dtype = self.q_proj.weight.dtype
        return kind

    def empty_memory(self, batch: int = 1) -> LayerMemory:
        features = self.config.feature_size(self.head_dim) if self.has_memory else 0
        device = self.q_proj.weight.device
        return LayerMemory.empty(batch, self.key_heads, features, self.head_dim, device)

    # -- reading: whole segments, the memory is read and written -------------------------

    def read(
        self, hidden: Tensor, rotation: Rotation, memory: LayerMemory, seen: int, last: bool = False
    ) -> tuple[Tensor | None, LayerMemory]:
        """One block: hidden [B, N, width], N whole segments (or one, shorter, at the end).

        `seen` counts the tokens already in `memory`. With `last` nothing reads this
        layer's output, so only the memory is computed and the output is None.
        """
        length = hidden.shape[1]
        segment = min(self.config.segment, length)
        if seen == 0 and length > segment:  # the first segment has nothing before it
            first, memory = self.read(hidden[:, :segment], rotation, memory, 0, last)
            rest, memory = self.read(hidden[:, segment:], rotation, memory, segment, last)
            return (None if first is None or rest is None else torch.cat([first, rest], 1)), memory
        whole = length - length % segment
        if whole < length:
            first, memory = self.read(hidden[:, :whole], rotation, memory, seen, last)
            rest, memory = self.read(hidden[:, whole:], rotation, memory, seen + whole, last)
            return (None if first is None or rest is None else torch.cat([first, rest], 1)), memory

        keys, values = self._keys_values(hidden)
        segments = length // segment
        split_keys = _split(keys, segments)  # [B, S, K, T, D]
        split_values = _split(values, segments)
        states, norms, memory_after = self._write(hidden, split_keys, split_values, memory)
        memory_after = self._carry(memory_after, keys, values, seen)
        if last:
            return None, memory_after
        queries = _split(self._queries(hidden), segments)  # [B, S, H, T, D]
        out = self._attend_locally(queries, split_keys, split_values, rotation, memory, seen)
        if seen > 0 and not self.is_shut:
            out = self._mix(out, queries, states, norms)
        return self._project(out), memory_after

    def _write(
        self, hidden: Tensor, keys: Tensor, values: Tensor, memory: LayerMemory
    ) -> tuple[Tensor, Tensor, LayerMemory]:
        """The memory before each segment, [B, S, K, F, D] and [B, S, K, F], and after all."""
        if not self.has_memory:
            return memory.matrix, memory.norm, memory
        features = self._features(keys)
        if self.write_gate is not None:
            strength = torch.sigmoid(
                self.write_gate(hidden.to(self.write_gate.weight.dtype)).float()
            )  # [B, N, K]
            batch, segments, heads, length, _ = keys.shape
            split = strength.view(batch, segments, length, heads).permute(0, 1, 3, 2)
            features = features * split.unsqueeze(-1)
        matrix, norm = memory.matrix, memory.norm
        matrices, norms = [], []
        for segment in range(keys.shape[1]):
            matrices.append(matrix)
            norms.append(norm)
            matrix, norm = update(
                matrix, norm, features[:, segment], values[:, segment].float(), self.config.update
            )
        after = replace(memory, matrix=matrix, norm=norm)
        return torch.stack(matrices, 1), torch.stack(norms, 1), after

    def _features(self, keys: Tensor) -> Tensor:
        """What is written of keys [B, S, K, T, D]: [B, S, K, T, F]."""
        return feature_map(keys.float(), self.config)

    def _carry(self, memory: LayerMemory, keys: Tensor, values: Tensor, seen: int) -> LayerMemory:
        """Keep the document's first keys as sinks and the last keys for the next segment."""
        carried, sinks = self.config.carried, self.config.sinks
        keys, values = keys.float(), values.float()
        if seen == 0:
            memory = replace(
                memory,
                sink_keys=keys[:, :, :sinks].clone(),
                sink_values=values[:, :, :sinks].clone(),
            )
        if self.config.keeps(self.index):  # all of them for now: the decoder chooses
            memory = replace(
                memory,
                kept_keys=torch.cat([memory.kept_keys, keys.half()], 2),
                kept_values=torch.cat([memory.kept_values, values.half()], 2),
            )
        if keys.shape[2] < carried:  # a short last segment: what it lacks is before it
            keys = torch.cat([memory.carried_keys, keys], 2)
            values = torch.cat([memory.carried_values, values], 2)
        from_end = max(keys.shape[2] - carried, 0)
        return replace(
            memory,
            carried_keys=keys[:, :, from_end:].clone(),
            carried_values=values[:, :, from_end:].clone(),
        )

    def _attend_locally(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        rotation: Rotation,
        memory: LayerMemory,
        seen: int,
    ) -> Tensor:
        """Exact attention of each segment to [sinks | carried | itself] -> [B, S, H, T, D]."""
        batch, segments, _, length, _ = queries.shape
        carried = memory.carried_keys.shape[2]
        sinks = memory.sink_keys.shape[2] if seen > 0 else 0
        before = sinks + carried
        if before == 0:
            positions = torch.arange(length, device=queries.device)
            rotated = rotation(keys, positions)
            mask = self._window_mask(length, 0, queries.device)
            return self._softmax(rotation(queries, positions), rotated, values, mask)
        dtype = keys.dtype
        last_keys = [keys[:, :-1, :, length - carried :]] if segments > 1 else []
        last_values = [values[:, :-1, :, length - carried :]] if segments > 1 else []
        carried_keys = torch.cat([memory.carried_keys.to(dtype).unsqueeze(1), *last_keys], 1)
        carried_values = torch.cat([memory.carried_values.to(dtype).unsqueeze(1), *last_values], 1)
        shape = (batch, segments, -1, -1, -1)
        all_keys = torch.cat(
            [memory.sink_keys.to(dtype).unsqueeze(1).expand(shape), carried_keys, keys], 3
        )
        all_values = torch.cat(
            [memory.sink_values.to(dtype).unsqueeze(1).expand(shape), carried_values, values], 3
        )
        positions = torch.arange(before + length, device=queries.device)
        mask = self._window_mask(length, before, queries.device, sinks)
        assert mask is not None
        queries, all_keys = rotation(queries, positions[before:]), rotation(all_keys, positions)
        if not is_narrow(queries, self.matrices):  # once for all stretches
            all_keys, all_values = (for_queries(x, self.heads) for x in (all_keys, all_values))
        out = []
        for low in range(0, length, STRETCH):
            high = min(low + STRETCH, length)
            seen_keys, seen_values = (x[..., : before + high, :] for x in (all_keys, all_values))
            seen_mask = mask[low:high, : before + high]
            out.append(self._softmax(queries[..., low:high, :], seen_keys, seen_values, seen_mask))
        return torch.cat(out, -2) if len(out) > 1 else out[0]

    def _window_mask(
        self, length: int, before: int, device: torch.device, sinks: int = 0
    ) -> Tensor | None:
        """[T, before + T], True where a token may look; None means plain causal."""
        window = self.sliding_window
        if before == 0 and (window is None or length <= window):
            return None
        at = torch.arange(before, before + length, device=device).unsqueeze(1)
        to = torch.arange(before + length, device=device).unsqueeze(0)
        mask = to <= at
        if window is not None:
            mask &= (to > at - window) | (to < sinks)
        return mask

    # -- asking: a window that grows token by token; the memory is only read ---------------

    def ask(
        self,
        hidden: Tensor,
        rotation: Rotation,
        memory: LayerMemory | None,
        past: KeyValues | None,
        layout: Layout | None = None,
    ) -> tuple[Tensor, KeyValues]:
        """New tokens [B, N, width] of a window whose earlier tokens are in `past`.

        A `layout` places the tokens freely and keeps the window as it is.
        """
        keys, values = self._keys_values(hidden)
        queries = self._queries(hidden)
        past = past or KeyValues()
        if layout is not None:
            out = self._branches(queries, keys, values, rotation, past, layout)
        else:
            out = self._extend(queries, keys, values, rotation, past)
        if memory is not None and self.has_memory and not self.is_shut:
            state, norm = memory.matrix.unsqueeze(1), memory.norm.unsqueeze(1)
            out = self._mix(out.unsqueeze(1), queries.unsqueeze(1), state, norm).squeeze(1)
        return self._project(out.unsqueeze(1)), past

    def _extend(
        self, queries: Tensor, keys: Tensor, values: Tensor, rotation: Rotation, past: KeyValues
    ) -> Tensor:
        """Attention to the window and, causally, to the new tokens, which join it."""
        start, length = past.length, keys.shape[2]
        positions = torch.arange(start, start + length, device=keys.device) + past.skipped
        past.extended(rotation(keys, positions), values)
        sees_all = length == 1 and self.sliding_window is None
        mask = None if sees_all else self._window_mask(length, start, keys.device)
        rotated = rotation(queries, positions)
        return self._softmax(rotated, past.keys, past.values, mask, causal=length > 1)

    def _branches(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        rotation: Rotation,
        past: KeyValues,
        layout: Layout,
    ) -> Tensor:
        """Attention where `layout` says who sees whom: [B, H, N, D]."""
        positions = layout.positions.unsqueeze(1)  # the same for every head
        queries, keys = rotation(queries, positions), rotation(keys, positions)
        if past.length:
            keys = torch.cat([past.keys.expand(keys.shape[0], -1, -1, -1), keys], 2)
            values = torch.cat([past.values.expand(values.shape[0], -1, -1, -1), values], 2)
        mask = layout.mask[..., layout.mask.shape[-1] - keys.shape[2] :]
        return self._softmax(queries, keys, values, mask, causal=False)

    def open_window(
        self, rotation: Rotation, memory: LayerMemory, places: int, dtype: torch.dtype
    ) -> KeyValues:
        """A window that begins with the document's sinks and kept tokens, `places` in all.

        They stand close together in document order; a layer that keeps nothing leaves
        their places empty, so that every layer counts positions alike.
        """
        keys = torch.cat([memory.sink_keys.to(dtype), memory.kept_keys.to(dtype)], 2)
        values = torch.cat([memory.sink_values.to(dtype), memory.kept_values.to(dtype)], 2)
        positions = torch.arange(keys.shape[2], device=keys.device)
        window = KeyValues().extended(rotation(keys, positions), values)
        window.skipped = places - window.length
        return window

    # -- shared ------------------------------------------------------------------------------

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

    def _keys_values(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        shape = (*hidden.shape[:2], self.key_heads, self.head_dim)
        keys = self.k_proj(hidden).view(shape)
        keys = keys if self.k_norm is None else self.k_norm(keys)
        return keys.transpose(1, 2), self.v_proj(hidden).view(shape).transpose(1, 2)

    def _queries(self, hidden: Tensor) -> Tensor:
        queries = self.q_proj(hidden).view(*hidden.shape[:2], self.heads, self.head_dim)
        queries = queries if self.q_norm is None else self.q_norm(queries)
        return queries.transpose(1, 2)

    def _softmax(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None,
        causal: bool = True,
    ) -> Tensor:
        """Softmax attention over any leading dimensions: queries [..., H, T, D]."""
        return attend(
            queries, keys, values, mask, scale=self.scaling, causal=causal, cap=self.softcap,
            kind=self.matrices,
        )  # fmt: skip

    def _mix(self, local: Tensor, queries: Tensor, states: Tensor, norms: Tensor) -> Tensor:
        """Equation 10: sigmoid(beta) A_mem + (1 - sigmoid(beta)) A_dot, per query head.

        Query head h reads the memory of key/value head h // G.
        """
        batch, segments, heads, length, size = queries.shape
        wanted = feature_map(queries.float(), self.config)
        wanted = wanted.reshape(batch, segments, self.key_heads, -1, wanted.shape[-1])
        found = retrieve(states, norms, wanted).view(batch, segments, heads, length, size)
        opening = torch.sigmoid(self.gate.float()).view(-1, 1, 1)
        return (opening * found + (1 - opening) * local.float()).to(local.dtype)

    def _project(self, out: Tensor) -> Tensor:
        """[B, S, H, T, D] -> [B, S * T, width]."""
        batch, segments, _, length, _ = out.shape
        return self.o_proj(out.transpose(2, 3).reshape(batch, segments * length, -1))


def _split(x: Tensor, segments: int) -> Tensor:
    """[B, heads, S * T, D] -> [B, S, heads, T, D]."""
    batch, heads, length, size = x.shape
    return x.view(batch, heads, segments, length // segments, size).transpose(1, 2)
