"""Writes one token: the same layers as the decoder's, in as few and as small steps as they allow.

For one row nothing counts but the bytes of the matrices and the number of calls. The
matrices are read in the four bits they were made from (`fourbit`), those with one input as
one, and the low-rank changes of those as one; the window grows as the decoder's own does, and
the memory is read beside it where its gates are open.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from infinidoc.memory import NORM_FLOOR, Far
from infinidoc.model.decoder import Decoder, Layer
from infinidoc.model.fourbit import FourBit
from infinidoc.model.kv_cache import KVCache, LayerCache
from infinidoc.model.lora import LowRank
from infinidoc.model.rotary import Rotation

JOINED = {  # matrices that are read as one
    "self_attn.qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attn.out": ("self_attn.o_proj",),
    "mlp.gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "mlp.down": ("mlp.down_proj",),
}


@dataclass(frozen=True)
class Matrix:
    """A packed matrix [out, in] and what was taught beside it: A [in, n r] and B.

    B [n r, out], or of n matrices of one size [n, r, out / n]: no zeros are multiplied.
    """

    packed: FourBit
    a: Tensor | None
    b: Tensor | None

    @classmethod
    def of(cls, packed: FourBit, projections: list[Any]) -> Matrix:
        taught = [p for p in projections if isinstance(p, LowRank)]
        if not taught:
            return cls(packed, None, None)
        blocks = [
            p.b * p.scale if isinstance(p, LowRank) else torch.zeros(p.out_features, 0)
            for p in projections
        ]
        down = torch.cat([p.a for p in taught]).t().contiguous()
        if len({block.shape for block in blocks}) == 1:
            return cls(packed, down, torch.stack([block.t() for block in blocks]))
        return cls(packed, down, torch.block_diag(*blocks).t().contiguous())

    def __call__(self, x: Tensor) -> Tensor:
        """x [1, in] -> [1, out], float32."""
        out = self.packed(x).float()
        if self.a is None or self.b is None:
            return out
        inner = torch.mm(x, self.a)
        if self.b.dim() == 2:
            return torch.addmm(out, inner, self.b)
        parts = len(self.b)
        apart = torch.baddbmm(out.view(parts, 1, -1), inner.view(parts, 1, -1), self.b)
        return apart.view(1, -1)

    @property
    def nbytes(self) -> int:
        taught = 0 if self.a is None or self.b is None else self.a.nbytes + self.b.nbytes
        return self.packed.nbytes + taught


class QuantizedLayer:
    """One layer: what the decoder's `Layer.ask` gives for one row."""

    def __init__(self, layer: Layer, packed: dict[str, FourBit]) -> None:
        attention = layer.self_attn
        self.heads, self.shared = attention.heads, attention.key_heads
        self.size, self.scaling = attention.head_dim, attention.scaling
        self.memory = attention
        self.before, self.between = layer.input_layernorm, layer.post_attention_layernorm
        self.qkv, self.out, self.gate_up, self.down = (
            Matrix.of(packed[name], [layer.get_submodule(part) for part in parts])
            for name, parts in JOINED.items()
        )

    def __call__(
        self, x: Tensor, cosine: Tensor, sine: Tensor, past: LayerCache, far: Far | None
    ) -> Tensor:
        """x [1, width], the position's cosines and signed sines [D]; `past` grows by a token."""
        heads, shared = self.heads, self.shared
        qkv = self.qkv(_normed(x, self.before)).view(-1, self.size)
        turned = qkv[: heads + shared]
        turned = torch.addcmul(turned * cosine, turned.roll(self.size // 2, -1), sine)
        keys = turned[heads:].view(1, shared, 1, self.size)
        past.extended(keys, qkv[heads + shared :].view(1, shared, 1, self.size))
        attended, mass = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            turned[:heads].view(1, shared, -1, self.size), past.keys, past.values,
            scale=self.scaling,
        )  # fmt: skip
        if far is not None and far.tokens > 0 and not self.memory.is_shut:
            attended = self._remembered(attended, mass, qkv[:heads], far)
        x = x + self.out(attended.reshape(1, -1))
        gate, up = self.gate_up(_normed(x, self.between)).chunk(2, -1)
        return x + self.down(functional.silu(gate) * up)

    def _remembered(self, local: Tensor, mass: Tensor, queries: Tensor, far: Far) -> Tensor:
        """What `InfiniAttention._mix` gives for one token of the joint gate.

        local [1, K, G, D], its mass [1, K, G], queries [H, D] before RoPE.
        """
        memory, features = self.memory, self.memory.features
        assert features is not None
        wanted = features.of_queries(queries.unsqueeze(1), torch.float32)
        wanted = wanted.view(self.shared, -1, wanted.shape[-1])
        held = wanted @ far.norm[0].unsqueeze(-1)  # [K, G, 1]
        found = (wanted @ far.matrix[0]) / held.clamp_min(NORM_FLOOR)
        longer = (math.log(far.tokens) - memory.length).clamp_min(0.0)
        opening = (memory.gate - longer).view(self.shared, -1, 1) + held.log()
        opening = torch.sigmoid(opening - mass[0].unsqueeze(-1))
        return local + opening * (found - local)


class Writer:
    """All layers of a decoder that reads no memory, or one through the joint gate."""

    def __init__(self, decoder: Decoder, packed: dict[str, FourBit]) -> None:
        """`packed` by "layers.N." and the names of JOINED."""
        self.layers = [
            QuantizedLayer(layer, {name: packed[f"layers.{index}.{name}"] for name in JOINED})
            for index, layer in enumerate(decoder._layers())
        ]
        self.nbytes = sum(
            matrix.nbytes
            for layer in self.layers
            for matrix in (layer.qkv, layer.out, layer.gate_up, layer.down)
        )

    @staticmethod
    def fits(decoder: Decoder) -> bool:
        """Whether the decoder is of the plain Llama kind that this writes for."""
        shape = decoder.shape
        plain = not (shape.bias_qkv or shape.bias_out or shape.bias_mlp or shape.norm_heads)
        plain = plain and not (shape.norm_after or shape.norm_offset or shape.score_cap)
        config = decoder.config
        plain = plain and (decoder.is_shut or (config.features, config.gate) == ("exp", "joint"))
        return plain and shape.activation in ("silu", "swish") and not any(shape.windows)

    def ask(
        self, x: Tensor, rotations: list[Rotation], cache: KVCache, far: Sequence[Far | None]
    ) -> Tensor:
        """The embedding of the next token -> its last hidden state, both [1, 1, width]."""
        position = torch.tensor([cache.length], device=x.device)
        tables: dict[int, tuple[Tensor, Tensor]] = {}
        hidden = x[0]
        for index, (layer, rotation) in enumerate(zip(self.layers, rotations, strict=True)):
            if id(rotation) not in tables:
                tables[id(rotation)] = rotation.turn(position)
            past = cache.layers[index] or LayerCache()
            hidden = layer(hidden, *tables[id(rotation)], past, far[index])
            cache.layers[index] = past
        return hidden.unsqueeze(0)


def _normed(x: Tensor, norm: Any) -> Tensor:
    return functional.rms_norm(x, (x.shape[-1],), norm.weight, norm.epsilon)
