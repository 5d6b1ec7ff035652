"""A small BERT encoder with two outputs a token: is this the answer's start, its end.

Plain torch, the shapes of all-MiniLM-L6-v2 (Apache-2.0; BERT, arXiv 1810.04805). The first
token ([CLS]) stands for "nowhere": its outputs are what the others are measured against.
Knows token ids only. B texts, N tokens of the longest, W width, H heads, D head dim.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.model.undrawn import UndrawnEmbedding, UndrawnLinear

EPSILON = 1e-12  # of the norms, as the encoder was made
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


class EncoderLayer(nn.Module):
    """Attention in both directions and a feed-forward network, each normed after its sum."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.heads = shape.heads
        self.qkv = UndrawnLinear(width, 3 * width)
        self.out = UndrawnLinear(width, width)
        self.attention_norm = nn.LayerNorm(width, EPSILON)
        self.up = UndrawnLinear(width, shape.inner)
        self.down = UndrawnLinear(shape.inner, width)
        self.norm = nn.LayerNorm(width, EPSILON)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """`x` [B, N, W]; `mask` [B, 1, 1, N] is True where a token may be looked at."""
        batch, length, width = x.shape
        split = (batch, length, 3, self.heads, width // self.heads)
        q, k, v = self.qkv(x).view(split).permute(2, 0, 3, 1, 4)
        if self.training:  # the fused product's way back is slow on a CPU
            seen = _attended(q, k, v, mask)
        else:
            seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        seen = self.out(seen.transpose(1, 2).reshape(batch, length, width))
        x = self.attention_norm(x + seen)
        return self.norm(x + self.down(functional.gelu(self.up(x))))


def _attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax attention, product by product."""
    batch, heads, length, size = q.shape
    q, k, v = (each.reshape(batch * heads, length, size) for each in (q, k, v))
    hidden = torch.zeros(batch, 1, 1, length) if mask is None else torch.where(mask, 0.0, HIDDEN)
    hidden = hidden.to(q.dtype).expand(batch, heads, 1, length).reshape(-1, 1, length)
    scores = torch.baddbmm(hidden, q * size**-0.5, k.transpose(1, 2))
    return (scores.softmax(-1) @ v).view(batch, heads, length, size)


class Encoder(nn.Module):
    """Token ids in, start and end scores out. Its weights are yet to be loaded or drawn."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.words = UndrawnEmbedding(shape.vocabulary, shape.width)
        self.positions = UndrawnEmbedding(shape.positions, shape.width)
        self.kinds = UndrawnEmbedding(2, shape.width)  # 0: the question, 1: the passage
        self.norm = nn.LayerNorm(shape.width, EPSILON)
        self.layers = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.depth))
        self.head = UndrawnLinear(shape.width, 2)

    def forward(self, ids: Tensor, kinds: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Start and end scores [B, N] of `ids` [B, N], of which `lengths` [B] count.

        They are relative to the first token's, which has 0; padding has -inf.
        """
        places = torch.arange(ids.shape[1], device=ids.device)
        known = places < lengths[:, None]
        mask = None if bool(known.all()) else known[:, None, None]
        x = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds))
        for layer in self.layers:
            x = layer(x, mask)
        scores = self.head(x).float()
        scores = (scores - scores[:, :1]).masked_fill(~known[..., None], float("-inf"))
        start, end = scores.unbind(-1)
        return start, end


def from_bert(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of an `Encoder` without its head, from a BERT checkpoint's tensors."""
    whole = {"word": "words", "position": "positions", "token_type": "kinds"}
    made = {
        f"{mine}.weight": tensors[f"embeddings.{theirs}_embeddings.weight"]
        for theirs, mine in whole.items()
    }
    parts = {
        "out": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm": "output.LayerNorm",
    }
    depth = 1 + max(int(name.split(".")[2]) for name in tensors if ".layer." in name)
    for kind in ("weight", "bias"):
        made[f"norm.{kind}"] = tensors[f"embeddings.LayerNorm.{kind}"]
        for index in range(depth):
            theirs, mine = f"encoder.layer.{index}", f"layers.{index}"
            qkv = [f"{theirs}.attention.self.{p}.{kind}" for p in ("query", "key", "value")]
            made[f"{mine}.qkv.{kind}"] = torch.cat([tensors[name] for name in qkv])
            for part, name in parts.items():
                made[f"{mine}.{part}.{kind}"] = tensors[f"{theirs}.{name}.{kind}"]
    return made
