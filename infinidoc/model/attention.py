"""Infini-attention (arXiv 2404.07143) as a module that takes the place of `layer.self_attn`.

It reuses the projections and norms of the attention it replaces. Local attention is
causal and exact, with RoPE, inside a segment; the memory is read and written before RoPE.
Whole segments go through together: with the linear rule the memory before each segment is
an exclusive prefix sum, with the delta rule only the small state is sequential.

A token is written when it leaves the exact window, so nothing is read twice. What is near
and exact and what is far and compressed share one softmax: the gate knows the mass of both.

Shapes: B batch, S segments, H query heads, K key/value heads, G = H / K, T tokens of a
segment, N tokens of a call, D head dimension, F feature dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from infinidoc.memory import Far, LayerMemory, MemoryConfig
from infinidoc.model.compressive import CompressiveMemory
from infinidoc.model.kv_cache import AttentionMask, LayerCache
from infinidoc.model.rotary import Rotation
from infinidoc.model.softmax import attend, attend_with_mass, bias_of

STRETCH = 128  # queries that attend together: shorter ones waste less above the diagonal
TILE = 32  # keys: the kernel of narrow types takes half as long again for a broken last tile


class InfiniAttention(CompressiveMemory):
    """Attention to a segment, to what is carried into it, and to the compressive memory."""

    def __init__(self, base: Any, config: MemoryConfig, index: int) -> None:
        """`base` is any Llama-like attention: q_proj, k_proj, v_proj, o_proj, maybe norms."""
        super().__init__(base, config, index)
        self.q_proj, self.k_proj, self.v_proj = base.q_proj, base.k_proj, base.v_proj
        self.o_proj = base.o_proj
        self.q_norm = getattr(base, "q_norm", None)
        self.k_norm = getattr(base, "k_norm", None)
        self.scaling: float = base.scaling
        self.softcap: float | None = getattr(base, "attn_logit_softcapping", None)
        self.sliding_window: int | None = getattr(base, "sliding_window", None)

    @property
    def matrices(self) -> torch.dtype:
        """The number type of the projections."""
        kind: torch.dtype = self.q_proj.weight.dtype
        return kind

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
        exact = keys.half(), values.half()  # as they are carried
        rows = self.as_kept(*exact)
        before = self._write(*self.kept(*rows), memory, seen)
        memory_after = replace(memory, matrix=before[-1][0], norm=before[-1][1])
        memory_after = self._carry(self._keep(memory_after, *rows), *exact, seen)
        if last:
            return None, memory_after
        queries = _split(self._queries(hidden), segments).contiguous()  # [B, S, H, T, D]
        reads = seen > 0 and not self.is_shut
        sinks, carried = memory.sink_keys.shape[2] if seen else 0, memory.carried_keys.shape[2]
        window_keys, window_values = (
            _windows(sink[:, :, :sinks], carried_in, kept, own, segments)
            for sink, carried_in, kept, own in (
                (memory.sink_keys, memory.carried_keys, exact[0], keys),
                (memory.sink_values, memory.carried_values, exact[1], values),
            )
        )
        out, mass = self._attend_locally(
            queries, window_keys, window_values, rotation, sinks, carried,
            reads and self.config.gate == "joint",
        )  # fmt: skip
        if reads:
            matrices, norms = (torch.stack(x, 1) for x in zip(*before[:-1], strict=True))
            far = seen - carried - memory.sink_keys.shape[2]
            tokens = torch.arange(far, far + length, segment, device=hidden.device)
            out = self._mix(out, mass, queries, matrices, norms, tokens)
        return self._project(out), memory_after

    def _keep(self, memory: LayerMemory, keys: Tensor, values: Tensor) -> LayerMemory:
        """Keep all of a block, as it is kept, for now: the decoder chooses."""
        if not self.config.keeps(self.index):
            return memory
        return replace(
            memory,
            kept_keys=torch.cat([memory.kept_keys, keys], 2),
            kept_values=torch.cat([memory.kept_values, values], 2),
        )

    def _carry(self, memory: LayerMemory, keys: Tensor, values: Tensor, seen: int) -> LayerMemory:
        """Keep the document's first keys as sinks and the last keys for the next segment.

        keys and values [B, K, N, D], float16.
        """
        carried, sinks = self.config.carried, self.config.sinks
        if seen == 0:
            memory = replace(
                memory,
                sink_keys=keys[:, :, :sinks].clone(),
                sink_values=values[:, :, :sinks].clone(),
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
        sinks: int,
        carried: int,
        weighed: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """Exact attention of each segment to its `_windows` -> [B, S, H, T, D].

        If `weighed`, also the mass of what each query saw, [B, S, H, T]. Query heads that
        share keys are rows of one product: no key is copied.
        """
        length, before = queries.shape[3], keys.shape[3] - queries.shape[3]
        every = range(keys.shape[3])
        queries = rotation(queries, every[before:]).unflatten(2, (self.key_heads, -1))
        keys, out, mass = rotation(keys, every), [], []
        kind = min(queries.dtype, self.matrices, key=lambda kind: kind.itemsize)
        for low in range(0, length, STRETCH):
            rows = queries[..., low : low + STRETCH, :]
            shape, seen = rows.shape, before + low + rows.shape[-2]
            bias = _local_bias(
                range(before + low, seen), before - sinks - carried, sinks, self.sliding_window,
                shape[3], kind, rows.device,
            )  # fmt: skip
            part, weight = self._softmax(
                rows.flatten(3, 4), keys[..., :seen, :], values[..., :seen, :], bias, weighed
            )
            out.append(part.view(shape).flatten(2, 3).transpose(2, 3))
            mass += [] if weight is None else [weight.view(shape[:-1]).flatten(2, 3)]
        # token after token, as they are projected
        return torch.cat(out, 2).transpose(2, 3), torch.cat(mass, -1) if mass else None

    def _window_mask(self, length: int, before: int, device: torch.device) -> Tensor | None:
        """[T, before + T], True where a token may look; None means plain causal."""
        window = self.sliding_window
        if before == 0 and (window is None or length <= window):
            return None
        return _may_look(range(before, before + length), 0, 0, window, device)

    # -- asking: a window that grows token by token; the memory is only read ---------------

    def ask(
        self,
        hidden: Tensor,
        rotation: Rotation,
        far: Sequence[tuple[int, Far | None]],
        past: LayerCache | None,
        layout: AttentionMask | None = None,
    ) -> tuple[Tensor, LayerCache]:
        """New tokens [B, N, width] of a window whose earlier tokens are in `past`.

        `far` is what the memory holds beside the window for the first so many tokens, for the
        next, and so on to N; nothing if it is empty. A `layout` places the tokens freely and
        keeps the window as it is.
        """
        keys, values = self._keys_values(hidden)
        queries = self._queries(hidden)
        past = past or LayerCache()
        reads = not self.is_shut and any(held is not None and held.tokens > 0 for _, held in far)
        weighed = reads and self.config.gate == "joint"
        if layout is not None:
            out, mass = self._branches(queries, keys, values, rotation, past, layout, weighed)
        else:
            out, mass = self._extend(queries, keys, values, rotation, past, weighed)
        if reads:
            out = self._mix_each(out, mass, queries, far)
        return self._project(out.unsqueeze(1)), past

    def _mix_each(
        self,
        local: Tensor,
        mass: Tensor | None,
        queries: Tensor,
        far: Sequence[tuple[int, Far | None]],
    ) -> Tensor:
        """`_mix` for each stretch of tokens with what the memory holds for it: [B, H, N, D]."""
        lengths = [length for length, _ in far]
        masses = [None] * len(far) if mass is None else mass.unsqueeze(1).split(lengths, 3)
        stretches = zip(*(x.unsqueeze(1).split(lengths, 3) for x in (local, queries)), strict=True)
        mixed = []
        for (_, held), (near, wanted), weight in zip(far, stretches, masses, strict=True):
            if held is not None and held.tokens > 0:
                tokens = torch.tensor([held.tokens], device=near.device)
                states = held.matrix.unsqueeze(1), held.norm.unsqueeze(1)
                near = self._mix(near, weight, wanted, *states, tokens)
            mixed.append(near.squeeze(1))
        return mixed[0] if len(mixed) == 1 else torch.cat(mixed, 2)

    def _extend(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        rotation: Rotation,
        past: LayerCache,
        weighed: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """Attention to the window and, causally, to the new tokens, which join it."""
        start, length = past.length, keys.shape[2]
        positions = torch.arange(start, start + length, device=keys.device) + past.skipped
        past.extended(rotation(keys, positions), values)
        sees_all = length == 1 and self.sliding_window is None
        mask = None if sees_all else self._window_mask(length, start, keys.device)
        rotated = rotation(queries, positions)
        return self._softmax(rotated, past.keys, past.values, mask, weighed, causal=length > 1)

    def _branches(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        rotation: Rotation,
        past: LayerCache,
        layout: AttentionMask,
        weighed: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """Attention where `layout` says who sees whom: [B, H, N, D]."""
        positions = layout.positions.unsqueeze(1)  # the same for every head
        queries, keys = rotation(queries, positions), rotation(keys, positions)
        if past.length:
            keys = torch.cat([past.keys.expand(keys.shape[0], -1, -1, -1), keys], 2)
            values = torch.cat([past.values.expand(values.shape[0], -1, -1, -1), values], 2)
        mask = layout.mask[..., layout.mask.shape[-1] - keys.shape[2] :]
        return self._softmax(queries, keys, values, mask, weighed, causal=False)

    def open_cache(
        self, rotation: Rotation, memory: LayerMemory, places: int, dtype: torch.dtype
    ) -> LayerCache:
        """A window that begins with the document's sinks and kept tokens, `places` in all.

        They stand close together in document order; a layer that keeps nothing leaves
        their places empty, so that every layer counts positions alike.
        """
        kept = self.kept(memory.kept_keys, memory.kept_values)
        keys = torch.cat([memory.sink_keys, kept[0]], 2).to(dtype)
        values = torch.cat([memory.sink_values, kept[1]], 2).to(dtype)
        positions = torch.arange(keys.shape[2], device=keys.device)
        window = LayerCache().extended(rotation(keys, positions), values)
        window.skipped = places - window.length
        return window

    # -- shared ------------------------------------------------------------------------------

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
        weighed: bool,
        causal: bool = True,
    ) -> tuple[Tensor, Tensor | None]:
        """Softmax attention over any leading dimensions, and if `weighed` its mass."""
        how: dict[str, Any] = {
            "scale": self.scaling, "causal": causal, "cap": self.softcap, "kind": self.matrices,
        }  # fmt: skip
        if weighed:
            return attend_with_mass(queries, keys, values, mask, **how)
        return attend(queries, keys, values, mask, **how), None

    def _project(self, out: Tensor) -> Tensor:
        """[B, S, H, T, D] -> [B, S * T, width]."""
        batch, segments, _, length, _ = out.shape
        return self.o_proj(out.transpose(2, 3).reshape(batch, segments * length, -1))


def _split(x: Tensor, segments: int) -> Tensor:
    """[B, heads, S * T, D] -> [B, S, heads, T, D]."""
    batch, heads, length, size = x.shape
    return x.view(batch, heads, segments, length // segments, size).transpose(1, 2)


def _windows(sinks: Tensor, carried: Tensor, exact: Tensor, own: Tensor, segments: int) -> Tensor:
    """Keys, or values, that each segment attends to: [filling | sinks | carried | itself].

    The first two, and `exact` and `own` of the block, are [B, K, n, D], all float16 but
    `own`; [B, S, K, n, D] of the type of `own` comes out.
    """
    before = sinks.shape[2] + carried.shape[2]
    filling = own.new_zeros(1, 1, 1, _filling(before, own.dtype), own.shape[-1])
    last = _split(exact, segments)[:, :-1, :, exact.shape[2] // segments - carried.shape[2] :]
    carried = torch.stack([carried, *last.unbind(1)], 1).to(own.dtype)
    sinks = sinks.unsqueeze(1).to(own.dtype)
    each = (own.shape[0], segments, own.shape[1], -1, -1)
    return torch.cat([filling.expand(each), sinks.expand(each), carried, _split(own, segments)], 3)


def _filling(before: int, dtype: torch.dtype) -> int:
    """Empty places before so many keys, for whole tiles."""
    return -before % TILE if dtype.itemsize < torch.float32.itemsize else 0


def _may_look(
    at: range, filling: int, sinks: int, window: int | None, device: torch.device
) -> Tensor:
    """[len(at), at.stop], True where the tokens `at` these places may look.

    There is nothing in the first `filling` places; the `sinks` after them are always seen.
    """
    rows = torch.arange(at.start, at.stop, device=device).unsqueeze(1)
    to = torch.arange(at.stop, device=device).unsqueeze(0)
    mask = (to <= rows) & (to >= filling)
    if window is not None:
        mask &= (to > rows - window) | (to < filling + sinks)
    return mask


@lru_cache(maxsize=64)
def _local_bias(
    at: range, filling: int, sinks: int, window: int | None,
    groups: int, dtype: torch.dtype, device: torch.device,
) -> Tensor:  # fmt: skip
    """`_may_look` as what is added to scores, for each of `groups` heads: [groups * T, N]."""
    with torch.inference_mode(False):
        mask = _may_look(at, filling, sinks, window, device).repeat(groups, 1)
        return bias_of(mask, dtype)
