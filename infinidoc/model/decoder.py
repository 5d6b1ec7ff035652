"""A decoder-only transformer of the Llama kind, its attention replaced by Infini-attention.

One file, in the order data flows: norm, feed-forward, attention projections, layer,
decoder. Parameter names are Hugging Face's, so their weights load as they are. Why not
transformers' own classes: importing them takes longer than answering a question. Tests
hold this model equal to theirs, family by family.

Knows token ids and memories; knows no text and no file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.errors import ModelError
from infinidoc.memory import Far, Kept, LayerMemory, Memory, MemoryConfig
from infinidoc.model.architecture import Architecture
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.kv_cache import AttentionMask, KVCache, LayerCache
from infinidoc.model.rotary import Rotation
from infinidoc.model.token_selector import TokenSelector
from infinidoc.model.undrawn import UndrawnEmbedding, UndrawnLinear

if TYPE_CHECKING:
    from infinidoc.model.ring import Ring

FEW = 4  # rows: so many cost less by the matrix's bytes than by its products


class Linear(UndrawnLinear):
    """A matrix whose weights come from a file.

    It multiplies in the type of its weights and answers in the type of its input. Few rows
    go through `few`, the same matrix in fewer bytes, where there is one.
    """

    few: Callable[[Tensor], Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.few is not None and x.numel() <= FEW * self.in_features:
            return self.few(x).to(x.dtype)
        return super().forward(x.to(self.weight.dtype)).to(x.dtype)


class Norm(nn.Module):
    """Root mean square norm (arXiv 1910.07467), in float32; Gemma stores weights less one."""

    def __init__(self, width: int, epsilon: float, offset: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon, self.offset = epsilon, offset

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != self.weight.dtype:  # narrow: summed in float32, never held in it
            size = torch.linalg.vector_norm(x, dim=-1, keepdim=True).float()
            scale = torch.rsqrt(size.square() / x.shape[-1] + self.epsilon)
            return (x * scale.to(x.dtype)).mul_((self.weight + self.offset).to(x.dtype))
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon)
        if self.offset:
            return (wide * (1.0 + self.weight.float())).type_as(x)
        return self.weight * wide.to(x.dtype)


class FeedForward(nn.Module):
    """Gated feed-forward layer: down(act(gate(x)) * up(x))."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.gate_proj = Linear(shape.width, shape.hidden, bias=shape.bias_mlp)
        self.up_proj = Linear(shape.width, shape.hidden, bias=shape.bias_mlp)
        self.down_proj = Linear(shape.hidden, shape.width, bias=shape.bias_mlp)
        self.activate = _activation(shape.activation)
        self.silu = self.activate is functional.silu

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.up_proj.weight.dtype)  # once, and what comes between stays in it
        if torch.is_grad_enabled():
            return self.down_proj(self.activate(self.gate_proj(x)) * self.up_proj(x))
        opened = self.gate_proj(x)  # written over twice: fresh memory costs more than the sums
        opened = functional.silu(opened, inplace=True) if self.silu else self.activate(opened)
        return self.down_proj(opened.mul_(self.up_proj(x)))


class Projections(nn.Module):
    """The weights of an attention layer, for InfiniAttention to take over."""

    def __init__(self, shape: Architecture, index: int) -> None:
        super().__init__()
        inner, shared = shape.heads * shape.head_size, shape.key_heads * shape.head_size
        self.q_proj = Linear(shape.width, inner, bias=shape.bias_qkv)
        self.k_proj = Linear(shape.width, shared, bias=shape.bias_qkv)
        self.v_proj = Linear(shape.width, shared, bias=shape.bias_qkv)
        self.o_proj = Linear(inner, shape.width, bias=shape.bias_out)
        if shape.norm_heads:
            self.q_norm = Norm(shape.head_size, shape.epsilon, shape.norm_offset)
            self.k_norm = Norm(shape.head_size, shape.epsilon, shape.norm_offset)
        self.head_dim, self.scaling = shape.head_size, shape.scaling
        self.attn_logit_softcapping = shape.score_cap
        self.sliding_window = shape.windows[index]


class Layer(nn.Module):
    """Norm, attention, residual; norm, feed-forward, residual."""

    def __init__(self, shape: Architecture, config: MemoryConfig, index: int) -> None:
        super().__init__()

        def norm() -> Norm:
            return Norm(shape.width, shape.epsilon, shape.norm_offset)

        self.self_attn = InfiniAttention(Projections(shape, index), config, index)
        self.mlp = FeedForward(shape)
        self.input_layernorm, self.post_attention_layernorm = norm(), norm()
        self.pre_feedforward_layernorm = norm() if shape.norm_after else None
        self.post_feedforward_layernorm = norm() if shape.norm_after else None

    def read(
        self, x: Tensor, rotation: Rotation, memory: LayerMemory, seen: int, last: bool
    ) -> tuple[Tensor, LayerMemory]:
        hidden = self.input_layernorm(x)
        attended, memory = self.self_attn.read(hidden, rotation, memory, seen, last)
        return (x if attended is None else self._finish(x, attended)), memory

    def ask(
        self,
        x: Tensor,
        rotation: Rotation,
        far: Sequence[tuple[int, Far | None]],
        past: LayerCache | None,
        mask: AttentionMask | None = None,
    ) -> tuple[Tensor, LayerCache]:
        hidden = self.input_layernorm(x)
        attended, past = self.self_attn.ask(hidden, rotation, far, past, mask)
        return self._finish(x, attended), past

    def _finish(self, x: Tensor, attended: Tensor) -> Tensor:
        if self.pre_feedforward_layernorm is None or self.post_feedforward_layernorm is None:
            x = x + attended
            return x + self.mlp(self.post_attention_layernorm(x))
        x = x + self.post_attention_layernorm(attended)
        fed = self.mlp(self.pre_feedforward_layernorm(x))
        return x + self.post_feedforward_layernorm(fed)


class Decoder(nn.Module):
    """Token ids in; a memory (`read`) or next-token logits (`ask`) out."""

    def __init__(self, shape: Architecture, config: MemoryConfig) -> None:
        super().__init__()
        self.shape, self.config = shape, config
        self.embed_tokens = UndrawnEmbedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape, config, i) for i in range(shape.depth))
        self.norm = Norm(shape.width, shape.epsilon, shape.norm_offset)
        self.lm_head = Linear(shape.width, shape.vocabulary, bias=False)
        if shape.tied:
            self.lm_head.weight = self.embed_tokens.weight
        self.selector = TokenSelector(shape.width, config) if config.kept else None
        self.writer: Any = None  # a QuantizedDecoder, where one token is written another way
        self._rotations: list[Rotation] = []

    @property
    def device(self) -> torch.device:
        return self.embed_tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """Of hidden states, keys and values; the matrices may be narrower."""
        return self.embed_tokens.weight.dtype

    @property
    def streamed(self) -> torch.dtype:
        """The number type of hidden states while a document is read: nothing is cast twice."""
        return self.dtype if torch.is_grad_enabled() else self.attentions[0].matrices

    @property
    def attentions(self) -> list[InfiniAttention]:
        return [layer.self_attn for layer in self._layers()]

    @property
    def is_shut(self) -> bool:
        """Whether no layer's matrix is read: only what is kept exactly can matter then."""
        return all(attention.is_shut for attention in self.attentions)

    def empty_memory(self, batch: int = 1) -> Memory:
        layers = tuple(attention.empty_memory(batch) for attention in self.attentions)
        return Memory(layers, Kept.none(batch, self.device))

    def read(self, ids: Tensor, memory: Memory, ring: Ring | None = None) -> Memory:
        """Read ids [B, N] into `memory` and return the new one; computes no logits.

        N must be whole segments unless these are the last tokens of the document. With a
        `ring`, layers are taken from another process and handed on; `memory` says the place.
        """
        _, memory = self._read(ids, memory, True, ring)
        return memory

    def forward(self, ids: Tensor, memory: Memory | None = None) -> tuple[Tensor, Memory]:
        """Logits [B, N, vocabulary] for every token while reading, for training and tests."""
        x, memory = self._read(ids, memory or self.empty_memory(ids.shape[0]), False)
        return self.logits(x), memory

    def ask(
        self, ids: Tensor, memory: Memory | None, cache: KVCache, mask: AttentionMask | None = None
    ) -> Tensor:
        """Add ids [B, N] to the window, reading `memory` only: last hidden states [B, N, width].

        What the window holds of the memory exactly is not read a second time. With a `layout`
        the ids see what it says of the window, and are not added to it.
        """
        if self.writer is not None and ids.numel() <= self.writer.most and mask is None:
            far = self.far(memory, cache)
            written: Tensor = self.writer.ask(self.embed(ids), self.rotations, cache, far)
            return written
        return self.ask_each([(ids, memory)], cache, mask)

    def ask_each(
        self,
        parts: Sequence[tuple[Tensor, Memory | None]],
        cache: KVCache,
        mask: AttentionMask | None = None,
    ) -> Tensor:
        """`ask` for ids [B, n] one behind the other, each with a memory of its own, in one pass."""
        x = self.embed(torch.cat([ids for ids, _ in parts], 1))
        lengths = [ids.shape[1] for ids, _ in parts]
        far = [self.far(memory, cache) for _, memory in parts]
        for i, (layer, rotation) in enumerate(zip(self._layers(), self.rotations, strict=True)):
            held = [(length, found[i]) for length, found in zip(lengths, far, strict=True)]
            x, cache.layers[i] = layer.ask(x, rotation, held, cache.layers[i], mask)
        return x

    def far(self, memory: Memory | None, cache: KVCache) -> Sequence[Far | None]:
        """What each layer's matrix holds beside the window's exact tokens; found once."""
        if memory is None or memory.is_empty or self.is_shut:
            return [None] * self.shape.depth
        if id(memory) not in cache.far:
            exact, settled = cache.opened or memory.without_kept(), self.settled(memory)
            index = self._written(exact, memory.tokens_seen)
            layers = zip(self.attentions, settled.layers, exact.layers, strict=True)
            found = [
                attention.far(mine, memory.tokens_seen, theirs, index)
                for attention, mine, theirs in layers
            ]
            cache.far[id(memory)] = memory, found
        return cache.far[id(memory)][1]

    def settled(self, memory: Memory) -> Memory:
        """`memory` with what is carried written into the matrices: for asking, not for reading."""
        if not memory.carried:
            return memory
        layers = (
            attention.settled(layer, memory.tokens_seen)
            for attention, layer in zip(self.attentions, memory.layers, strict=True)
        )
        return replace(memory, layers=tuple(layers))

    def without_sums_of_kept(self, memory: Memory) -> Memory:
        """A settled `memory` of a text that is kept whole, as it is saved: without the sums that
        its kept tokens give back, the others in half their bytes, as in a snapshot."""
        if not self._keeps_all(memory):
            return memory

        def saved(layer: LayerMemory) -> LayerMemory:
            if not layer.kept_keys.shape[2]:
                return replace(layer, matrix=layer.matrix.bfloat16())
            nothing = torch.zeros_like(layer.matrix), torch.zeros_like(layer.norm)
            return replace(layer, matrix=nothing[0], norm=nothing[1])

        return replace(memory, layers=tuple(map(saved, memory.layers)))

    def with_sums_of_kept(self, memory: Memory) -> Memory:
        """The opposite of `without_sums_of_kept`, to rounding."""
        if not self._keeps_all(memory):
            return memory
        index = self._written(memory, memory.tokens_seen)
        layers = (
            attention.with_sums_of_kept(layer, index)
            for attention, layer in zip(self.attentions, memory.layers, strict=True)
        )
        return replace(memory, layers=tuple(layers))

    def _keeps_all(self, memory: Memory) -> bool:
        """Whether every token but the sinks is kept, and nothing but sums is in the matrices."""
        others = memory.tokens_seen - self.config.sinks
        kept = len(self._written(memory, memory.tokens_seen))
        return 0 < others == kept and not memory.carried and self.config.update == "linear"

    def _written(self, memory: Memory, seen: int) -> Tensor:
        """Which kept tokens are in the matrices of a memory of `seen` tokens; sinks never are."""
        at = memory.kept.positions[0]
        return ((at >= self.config.sinks) & (at < seen)).nonzero()[:, 0]

    def logits(self, x: Tensor) -> Tensor:
        """Final norm and head: hidden states [..., width] -> [..., vocabulary]."""
        logits = self.lm_head(self.norm(x))
        if self.shape.logit_cap is None:
            return logits
        return torch.tanh(logits / self.shape.logit_cap) * self.shape.logit_cap

    def embed(self, ids: Tensor) -> Tensor:
        x = self.embed_tokens(ids)
        if self.shape.embedding_scale is None:
            return x
        return x * torch.tensor(self.shape.embedding_scale, dtype=x.dtype, device=x.device)

    @property
    def rotations(self) -> list[Rotation]:
        """One rotation per distinct set of rotary parameters, made where the weights are."""
        if not self._rotations or self._rotations[0].frequencies.device != self.device:
            made: dict[str, Rotation] = {}
            for parameters in self.shape.rotary:
                if str(parameters) not in made:
                    size = self.shape.head_size
                    made[str(parameters)] = Rotation(size, parameters, self.device)
            self._rotations = [made[str(parameters)] for parameters in self.shape.rotary]
        return self._rotations

    def _read(
        self, ids: Tensor, memory: Memory, memory_only: bool, ring: Ring | None = None
    ) -> tuple[Tensor, Memory]:
        x, seen, after = self.embed(ids).to(self.streamed), memory.tokens_seen, []
        kept, chosen = memory.kept, None
        for i, (layer, rotation) in enumerate(zip(self._layers(), self.rotations, strict=True)):
            if self.selector is not None and i == self.config.kept_from:
                kept = ring.take(kept) if ring else kept
                kept, chosen = self.selector.choose(x, kept, seen)
                if ring:
                    ring.give(kept)
            last = memory_only and i == self.shape.depth - 1
            before = ring.take(memory.layers[i]) if ring else memory.layers[i]
            x, state = layer.read(x, rotation, before, seen, last)
            after.append(state if chosen is None else state.choose(chosen))
            if ring:
                ring.give(after[-1])
        segments = -(-ids.shape[1] // self.config.segment)
        memory = Memory(tuple(after), kept, seen + ids.shape[1], memory.segments_seen + segments)
        return x.to(self.dtype), memory

    def open_cache(self, memory: Memory | None) -> KVCache:
        """A window for asking that begins with what `memory` holds exactly."""
        cache = KVCache(self.shape.depth)
        cache.opened = memory
        if memory is None or not memory.kept.positions.shape[1]:
            return cache
        places = memory.layers[-1].sink_keys.shape[2] + memory.kept.positions.shape[1]
        cache.layers = [
            attention.open_cache(rotation, layer, places, self.dtype)
            for attention, rotation, layer in zip(
                self.attentions, self.rotations, memory.layers, strict=True
            )
        ]
        return cache

    def _layers(self) -> list[Layer]:
        return cast("list[Layer]", list(self.layers))


def _activation(name: str) -> Callable[[Tensor], Tensor]:
    if name in ("silu", "swish"):
        return functional.silu
    if name == "gelu_pytorch_tanh":
        return lambda x: functional.gelu(x, approximate="tanh")
    if name == "gelu":
        return functional.gelu
    raise ModelError(f"the activation {name!r} is not supported")
