"""Exact softmax attention, each size and number type by the way that is fastest for it.

Shapes: H query heads, K key/value heads, G = H / K, T queries, N keys, D head dimension;
leading dimensions are free. Query head h reads the keys of head h // G.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

FEW = 64  # queries: fewer are gathered by key head, for copying the keys would cost more
STRETCH = 1024  # queries whose narrow scores are in memory at once


def attend(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None,
    *,
    scale: float,
    causal: bool = True,
    cap: float | None = None,
    kind: torch.dtype = torch.float32,
) -> Tensor:
    """softmax(Q K^T) V: queries [..., H, T, D], keys and values [..., K, N, D].

    `mask` [..., T, N] is True where a query may look; without one and `causal`, query t sees
    the first t keys. Many queries are multiplied as `kind` where the processor is faster at
    it (`precision.matrix_type`). `cap` bounds the scores (Gemma 2).
    """
    shape, causal = queries.shape, causal and mask is None
    if is_narrow(queries, kind) and shape[-2] > FEW and cap is None:
        return _narrow(queries * scale, keys, values, _causal(queries) if causal else mask, kind)
    if keys.shape[-3] != shape[-3]:
        if shape[-2] <= FEW and not (causal and shape[-2] > 1):
            # heads that share keys are rows of one product: no key is copied
            queries, causal = queries.reshape(*keys.shape[:-2], -1, shape[-1]), False
            mask = None if mask is None else _for_rows(mask, shape[-3] // keys.shape[-3])
        else:
            keys, values = (for_queries(x, shape[-3]) for x in (keys, values))
    queries, keys, values = (x.reshape(-1, *x.shape[-3:]) for x in (queries, keys, values))
    if cap is not None:
        out = _capped(queries, keys, values, _causal(queries) if causal else mask, scale, cap)
    else:
        out = functional.scaled_dot_product_attention(
            queries, keys, values, attn_mask=mask, is_causal=causal, scale=scale
        )
    return out.reshape(shape)


def is_narrow(x: Tensor, kind: torch.dtype) -> bool:
    """Whether matrices are multiplied in a narrower type than `x` has."""
    return x.dtype.itemsize > kind.itemsize


def for_queries(x: Tensor, heads: int) -> Tensor:
    """Keys or values [..., K, N, D] once per query head: [..., H, N, D]."""
    return x.repeat_interleave(heads // x.shape[-3], -3)


def _narrow(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, kind: torch.dtype
) -> Tensor:
    """Two products of `kind` with a softmax between: twice as fast as the fused float32 kernel.

    Heads that share keys are rows of one product.
    """
    length, (shared, seen, size) = queries.shape[-2], keys.shape[-3:]
    if length > STRETCH:
        parts = zip(
            queries.split(STRETCH, -2),
            [None] * -(-length // STRETCH) if mask is None else mask.split(STRETCH, -2),
            strict=True,
        )
        return torch.cat([_narrow(part, keys, values, own, kind) for part, own in parts], -2)
    rows = queries.to(kind).reshape(-1, queries.shape[-3] // shared * length, size)
    keys, values = (x.to(kind).reshape(-1, seen, size) for x in (keys, values))
    scores = torch.bmm(rows, keys.transpose(1, 2))
    if mask is not None:
        bias = torch.zeros(mask.shape, dtype=kind, device=mask.device)
        bias.masked_fill_(~mask, torch.finfo(kind).min / 2)
        bias = bias if mask.dim() == 2 else bias.unsqueeze(-3)
        scores.view(*queries.shape[:-3], shared, -1, length, seen).add_(bias)
    out = torch.bmm(torch.softmax(scores, -1), values)
    return out.reshape(queries.shape).to(queries.dtype)


def _causal(queries: Tensor) -> Tensor:
    """[T, T], True where a query may look."""
    length = queries.shape[-2]
    return torch.ones(length, length, dtype=torch.bool, device=queries.device).tril()


def _for_rows(mask: Tensor, groups: int) -> Tensor:
    """A mask [..., T, N] once for every head that shares its keys: [..., G * T, N]."""
    return mask.unsqueeze(-3).expand(*mask.shape[:-2], groups, -1, -1).flatten(-3, -2)


def _capped(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scale: float, cap: float
) -> Tensor:
    """Attention with capped scores, which the fused kernel cannot express."""
    scores = torch.tanh(queries @ keys.transpose(-1, -2) * scale / cap) * cap
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, -1, dtype=torch.float32).to(queries.dtype) @ values
