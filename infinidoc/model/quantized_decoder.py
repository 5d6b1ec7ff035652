"""Writes a token, or checks a few guesses: the decoder's layers in as few steps as they allow.

For so few rows nothing counts but the bytes of the matrices and the number of calls. The
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
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.decoder import Decoder, Layer
from infinidoc.model.features import LARGEST
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

    def __call__(self, x: Tensor, onto: Tensor | None = None) -> Tensor:
        """x [N, in] -> [N, out], float32, added to `onto` [N, out] if there is one."""
        out = self.packed(x)
        out = out.float() if onto is None else onto + out
        if self.a is None or self.b is None:
            return out
        inner = torch.mm(x, self.a)
        if self.b.dim() == 2:
            return torch.addmm(out, inner, self.b)
        shape = (len(x), len(self.b), -1)
        each, inner = out.view(shape).transpose(0, 1), inner.view(shape).transpose(0, 1)
        return torch.baddbmm(each, inner, self.b).transpose(0, 1).reshape(len(x), -1)

    @property
    def nbytes(self) -> int:
        taught = 0 if self.a is None or self.b is None else self.a.nbytes + self.b.nbytes
        return self.packed.nbytes + taught


class RowNorm:
    """`Norm` of rows, of one in three calls: its size is a number, no tensor."""

    def __init__(self, norm: Any) -> None:
        self.weight, self.epsilon = norm.weight.detach(), norm.epsilon

    def __call__(self, x: Tensor) -> Tensor:
        """x [N, width], float32."""
        width = x.shape[-1]
        if len(x) == 1:
            size = float(torch.linalg.vector_norm(x))
            scale: Any = (size * size / width + self.epsilon) ** -0.5
        else:
            sizes = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
            scale = sizes.square_().div_(width).add_(self.epsilon).rsqrt_()
        return torch.mul(x, self.weight).mul_(scale)


class QuantizedLayer:
    """One layer: what the decoder's `Layer.ask` gives for a few rows."""

    def __init__(self, layer: Layer, packed: dict[str, FourBit]) -> None:
        attention = layer.self_attn
        self.heads, self.shared = attention.heads, attention.key_heads
        self.size, self.scaling = attention.head_dim, attention.scaling
        self.memory = attention
        self.before = RowNorm(layer.input_layernorm)
        self.between = RowNorm(layer.post_attention_layernorm)
        self.qkv, self.out, self.gate_up, self.down = (
            Matrix.of(packed[name], [layer.get_submodule(part) for part in parts])
            for name, parts in JOINED.items()
        )

    def __call__(self, x: Tensor, turns: Tensor, past: LayerCache, far: FarRow | None) -> Tensor:
        """x [N, width], the `turns` of their positions [N, D, D]; `past` grows by N tokens."""
        heads, shared, size = self.heads, self.shared, self.size
        qkv = self.qkv(self.before(x)).view(len(x), -1, size)
        turned = torch.bmm(qkv[:, : heads + shared], turns)
        past.extended(
            turned[:, heads:].transpose(0, 1).unsqueeze(0),
            qkv[:, heads + shared :].transpose(0, 1).unsqueeze(0),
        )
        attended, mass = self._attend(turned[:, :heads].view(len(x), shared, -1, size), past)
        if far is not None:
            attended = far.mixed(attended, mass, qkv[:, :heads])
        x = self.out(attended.reshape(len(x), -1), x)
        gate, up = self.gate_up(self.between(x)).chunk(2, -1)
        return self.down(functional.silu(gate).mul_(up), x)

    def _attend(self, queries: Tensor, past: LayerCache) -> tuple[Tensor, Tensor]:
        """Attention of the last N tokens of `past` to it, queries [N, K, G, D] -> the same and
        its mass [N, K, G]. Each row by itself: it needs no mask, and is as if it were alone."""
        attend = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
        keys, values, rows = past.keys, past.values, len(queries)
        if rows == 1:
            alone: tuple[Tensor, Tensor] = attend(queries, keys, values, scale=self.scaling)
            return alone
        found = []
        for row in range(rows):
            seen = past.length - rows + row + 1
            own = queries[row : row + 1], keys[:, :, :seen], values[:, :, :seen]
            found.append(attend(*own, scale=self.scaling))
        attended, mass = zip(*found, strict=True)
        return torch.cat(attended), torch.cat(mass)


class FarRow:
    """What a layer's matrix holds beside the window, as a few rows of the joint gate read it."""

    def __init__(self, memory: InfiniAttention, far: Far) -> None:
        features = memory.features
        assert features is not None
        self.weight, self.bias = features.query_weight, features.query_bias
        self.sums = torch.cat([far.matrix[0], far.norm[0].unsqueeze(-1)], -1).float()  # [K, F, D+1]
        longer = (math.log(far.tokens) - memory.length).clamp_min(0.0)
        self.opening = (memory.gate - longer).view(len(self.sums), -1, 1)

    @classmethod
    def of(cls, memory: InfiniAttention, far: Far | None) -> FarRow | None:
        """None where nothing is read."""
        return None if far is None or far.tokens <= 0 or memory.is_shut else cls(memory, far)

    def mixed(self, local: Tensor, mass: Tensor, queries: Tensor) -> Tensor:
        """What `InfiniAttention._mix` gives: local [N, K, G, D], its mass [N, K, G], queries
        [N, H, D] before RoPE."""
        wanted = torch.baddbmm(self.bias, queries.transpose(0, 1), self.weight)  # [H, N, F]
        wanted = wanted.clamp_max_(LARGEST).exp_().view(len(self.sums), -1, wanted.shape[-1])
        read = torch.bmm(wanted, self.sums).view(*local.shape[1:3], len(local), -1)
        found, held = read.permute(2, 0, 1, 3).tensor_split((local.shape[-1],), -1)
        share = torch.sigmoid(held.log() + self.opening - mass.unsqueeze(-1))
        return torch.lerp(local, found / held.clamp_min(NORM_FLOOR), share)


class QuantizedDecoder:
    """All layers of a decoder that reads no memory, or one through the joint gate.

    `most`: the rows that a packed matrix multiplies in less than twice the time of one.
    """

    most = 4

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
        self._known: tuple[Sequence[Far | None], list[FarRow | None]] = (), []

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
        """Embeddings of the next tokens -> their last hidden states, both [1, N, width]."""
        turns: dict[int, Tensor] = {}
        hidden, rows, places = x[0], self._rows(far), range(cache.length, cache.length + x.shape[1])
        for index, (layer, rotation) in enumerate(zip(self.layers, rotations, strict=True)):
            if id(rotation) not in turns:
                turns[id(rotation)] = torch.stack([rotation.turn(place) for place in places])
            past = cache.layers[index] or LayerCache()
            hidden = layer(hidden, turns[id(rotation)], past, rows[index])
            cache.layers[index] = past
        return hidden.unsqueeze(0)

    def _rows(self, far: Sequence[Far | None]) -> list[FarRow | None]:
        """What is read of `far`, token after token the same, made once."""
        if self._known[0] is not far:
            pairs = zip(self.layers, far, strict=True)
            self._known = far, [FarRow.of(layer.memory, held) for layer, held in pairs]
        return self._known[1]
