"""Exact softmax attention, each size and number type by the way that is fastest for it.

Shapes: H query heads, K key/value heads, G = H / K, T queries, N keys, D head dimension;
leading dimensions are free. Query head h reads the keys of head h // G. The mass of a query
is the logarithm of the sum of its exponentiated scores: what a joint softmax with other
keys needs to know of these.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

FEW = 64  # queries: fewer are gathered by key head, for copying the keys would cost more


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

    `mask` [..., T, N] is True where a query may look, or what is added to scores (`bias_of`);
    without one and `causal`, query t sees the first t keys. Many queries are multiplied as
    `kind` where the processor is faster at it (`precision.matrix_type`). `cap` bounds the
    scores (Gemma 2).
    """
    if queries.device.type == "cpu" or cap is not None:
        return attend_with_mass(
            queries, keys, values, mask, scale=scale, causal=causal, cap=cap, kind=kind
        )[0]
    shape, causal = queries.shape, causal and mask is None
    queries, keys, values, mask = _flat(queries, keys, values, mask)
    bias = None if mask is None else bias_of(mask, queries.dtype)
    out = functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=bias, is_causal=causal, scale=scale
    )
    return out.reshape(shape)


def attend_with_mass(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None,
    *,
    scale: float,
    causal: bool = True,
    cap: float | None = None,
    kind: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """`attend`, and each query's mass [..., H, T] in float32; both can be learned through."""
    shape, wide = queries.shape, queries.dtype
    if is_narrow(queries, kind) and (shape[-2] > FEW or torch.is_grad_enabled()):
        queries, keys, values = (x.to(kind) for x in (queries, keys, values))
    causal = causal and mask is None and shape[-2] > 1
    if causal and (shape[-2] <= FEW or cap is not None or queries.device.type != "cpu"):
        mask, causal = _causal(queries), False
    queries, keys, values, mask = _flat(queries, keys, values, mask)
    bias = None if mask is None else bias_of(mask, queries.dtype)
    if cap is not None or queries.device.type != "cpu":
        out, mass = _explicit(queries, keys, values, bias, scale, cap)
    else:
        apply: Any = _Fused.apply
        out, mass = apply(queries, keys, values, bias, scale, causal)
    return out.reshape(shape).to(wide), mass.reshape(shape[:-1])


def is_narrow(x: Tensor, kind: torch.dtype) -> bool:
    """Whether matrices are multiplied in a narrower type than `x` has."""
    return x.dtype.itemsize > kind.itemsize


def _flat(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """[b, g, T, D], twice [b, g, N, D] and a mask for them, b being leading times key heads.

    No key is copied: a few queries of heads that share keys become rows of one product
    (g = 1), many look at the same keys head after head (g = G).
    """
    shared, groups = keys.shape[:-2], queries.shape[-3] // keys.shape[-3]
    if mask is not None and mask.dim() > 2:  # [..., 1, T, N]: once for every key head, or for all
        is_one = mask.numel() == mask.shape[-2] * mask.shape[-1]
        mask = (
            mask[(0,) * (mask.dim() - 2)] if is_one else mask.expand(*shared, -1, -1).flatten(0, -3)
        )
        mask = mask if is_one else mask.unsqueeze(1)
    queries = queries.reshape(-1, groups, *queries.shape[-2:])
    keys, values = (x.reshape(-1, 1, *x.shape[-2:]) for x in (keys, values))
    if queries.shape[-2] <= FEW:
        queries = queries.flatten(1, 2).unsqueeze(1)
        mask = None if mask is None else torch.cat([mask] * groups, -2)
        return queries, keys, values, mask
    each = (-1, groups, -1, -1)
    return queries, keys.expand(each), values.expand(each), mask


class _Fused(torch.autograd.Function):
    """Torch's fused kernel for the CPU with its log-sum-exp, which torch cannot learn through."""

    @staticmethod
    def forward(
        ctx: Any,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        bias: Tensor | None,
        scale: float,
        causal: bool,
    ) -> tuple[Tensor, Tensor]:
        """[B, H, T, D] and [B, H, N, D] -> outputs and masses [B, H, T]."""
        out, mass = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            queries, keys, values, 0.0, causal, attn_mask=bias, scale=scale
        )
        ctx.save_for_backward(queries, keys, values, bias, out, mass)
        ctx.scale, ctx.causal = scale, causal
        return out, mass

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """d mass / d score = p, so a mass adds its gradient where the softmax takes its own."""
        queries, keys, values, bias, out, mass = ctx.saved_tensors
        of_out, of_mass = gradients
        if ctx.causal:
            bias = bias_of(_causal(queries), queries.dtype)
        scores = queries @ keys.transpose(-1, -2)
        scores.mul_(ctx.scale)
        if bias is not None:
            scores.add_(bias)
        shares = scores.sub_(mass.unsqueeze(-1).to(scores.dtype)).exp_()
        of_out = of_out.to(out.dtype)
        taken = (of_out.float() * out.float()).sum(-1) - of_mass
        of_values = shares.transpose(-1, -2) @ of_out
        of_scores = of_out @ values.transpose(-1, -2)
        of_scores.sub_(taken.unsqueeze(-1).to(of_scores.dtype)).mul_(shares).mul_(ctx.scale)
        return of_scores @ keys, of_scores.transpose(-1, -2) @ queries, of_values, None, None, None


def _explicit(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    bias: Tensor | None,
    scale: float,
    cap: float | None,
) -> tuple[Tensor, Tensor]:
    """Attention with its scores in memory: where no fused kernel gives the mass, or caps scores."""
    scores = queries @ keys.transpose(-1, -2) * scale
    if cap is not None:
        scores = torch.tanh(scores / cap) * cap
    if bias is not None:
        scores = scores + bias
    mass = torch.logsumexp(scores.float(), -1)
    return torch.softmax(scores, -1, dtype=torch.float32).to(queries.dtype) @ values, mass


def bias_of(mask: Tensor, kind: torch.dtype) -> Tensor:
    """What is added to scores where `mask` [..., T, N] is False: [b or 1, 1, T, N].

    A mask of numbers is that already.
    """
    if mask.dtype == torch.bool:
        bias = torch.zeros(mask.shape, dtype=kind, device=mask.device)
        mask = bias.masked_fill_(~mask, torch.finfo(kind).min / 2)
    return (mask if mask.dim() == 4 else mask[None, None]).to(kind)


def _causal(queries: Tensor) -> Tensor:
    """[T, T], True where a query may look."""
    length = queries.shape[-2]
    return torch.ones(length, length, dtype=torch.bool, device=queries.device).tril()
