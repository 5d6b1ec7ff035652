"""A small encoder with two outputs a token: is this the answer's start, its end.

BERT (arXiv 1810.04805), or MPNet (arXiv 2004.09297), which adds a bias for the distance of
two tokens to their attention score (T5, arXiv 1910.10683). Plain torch. The first token
stands for "nowhere": its outputs are what the others are measured against. Knows token ids
only. B texts, N tokens of the longest, W width, H heads, D head dim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.model.undrawn import UndrawnEmbedding, UndrawnLinear

FURTHEST = 128  # distances from here on share a bias
HIDDEN = -1e4  # added to the scores of padding


@dataclass(frozen=True)
class Shape:
    """The sizes of an encoder."""

    vocabulary: int = 30522
    positions: int = 512
    width: int = 384
    inner: int = 1536
    heads: int = 12
    depth: int = 6
    epsilon: float = 1e-12  # of the norms
    distances: int = 0  # biases for the distance of two tokens, both ways; 0: none


class EncoderLayer(nn.Module):
    """Attention in both directions and a feed-forward network, each normed after its sum."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.heads = shape.heads
        self.qkv = UndrawnLinear(width, 3 * width)
        self.out = UndrawnLinear(width, width)
        self.attention_norm = nn.LayerNorm(width, shape.epsilon)
        self.up = UndrawnLinear(width, shape.inner)
        self.down = UndrawnLinear(shape.inner, width)
        self.norm = nn.LayerNorm(width, shape.epsilon)

    def forward(self, x: Tensor, added: Tensor | None) -> Tensor:
        """`x` [B, N, W]; `added` to the scores, [B or 1, H or 1, N or 1, N]."""
        batch, length, width = x.shape
        split = (batch, length, 3, self.heads, width // self.heads)
        q, k, v = self.qkv(x).view(split).permute(2, 0, 3, 1, 4)
        if self.training:  # the fused product's way back is slow on a CPU
            seen = _attended(q, k, v, added)
        else:
            mask = None if added is None else added.to(q.dtype)
            seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        seen = self.out(seen.transpose(1, 2).reshape(batch, length, width))
        x = self.attention_norm(x + seen)
        return self.norm(x + self.down(functional.gelu(self.up(x))))


def _attended(q: Tensor, k: Tensor, v: Tensor, added: Tensor | None) -> Tensor:
    """Softmax attention, product by product."""
    batch, heads, length, size = q.shape
    q, k, v = (each.reshape(batch * heads, length, size) for each in (q, k, v))
    bias = q.new_zeros(1, 1, 1, length) if added is None else added.to(q.dtype)
    rows = bias.shape[2]
    bias = bias.expand(batch, heads, rows, length).reshape(-1, rows, length)
    scores = torch.baddbmm(bias, q * size**-0.5, k.transpose(1, 2))
    return (scores.softmax(-1) @ v).view(batch, heads, length, size)


class Encoder(nn.Module):
    """Token ids in, start and end scores out. Its weights are yet to be loaded or drawn."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.words: nn.Module = UndrawnEmbedding(shape.vocabulary, shape.width)
        self.positions = UndrawnEmbedding(shape.positions, shape.width)
        self.kinds = UndrawnEmbedding(2, shape.width)  # 0: the question, 1: the passage
        self.norm = nn.LayerNorm(shape.width, shape.epsilon)
        if shape.distances:
            self.distances = UndrawnEmbedding(shape.distances, shape.heads)
        self.layers = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.depth))
        self.head = UndrawnLinear(shape.width, 2)

    def forward(self, ids: Tensor, kinds: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Start and end scores [B, N] of `ids` [B, N], of which `lengths` [B] count.

        They are relative to the first token's, which has 0; padding has -inf.
        """
        places = torch.arange(ids.shape[1], device=ids.device)
        known = places < lengths[:, None]
        added = self._added(known)
        x = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds))
        for layer in self.layers:
            x = layer(x, added)
        scores = self.head(x).float()
        scores = (scores - scores[:, :1]).masked_fill(~known[..., None], float("-inf"))
        start, end = scores.unbind(-1)
        return start, end

    def _added(self, known: Tensor) -> Tensor | None:
        """What is added to attention scores, for `known` [B, N] tokens."""
        added = None if bool(known.all()) else torch.where(known, 0.0, HIDDEN)[:, None, None]
        if not self.shape.distances:
            return added
        length = known.shape[1]
        buckets = distance_buckets(length, self.shape.distances).to(known.device)
        biases = self.distances(buckets).permute(2, 0, 1)[None]
        return biases if added is None else biases + added


def distance_buckets(length: int, count: int, furthest: int = FURTHEST) -> Tensor:
    """Which of `count` biases a query and a key of `length` tokens share, [N, N].

    Half of them are for keys that come later. Of each half the first half is one distance
    each, the rest grow with its logarithm up to `furthest` (T5, arXiv 1910.10683, 2.1).
    """
    places = torch.arange(length)
    ahead = places[None] - places[:, None]
    half, exact = count // 2, count // 4
    far = ahead.abs().clamp(min=1).float()
    grown = exact + (torch.log(far / exact) / math.log(furthest / exact) * (half - exact)).long()
    bucket = torch.where(ahead.abs() < exact, ahead.abs(), grown.clamp(max=half - 1))
    return bucket + half * (ahead > 0)
