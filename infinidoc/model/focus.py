"""Which of the kept tokens a question is about: it looks at all, then reads the few it saw best.

Among thousands of kept tokens a small model finds the right ones, for some head looks at them,
and still answers from their like: every head sees all of them a little. So a question is read
twice: once over everything that was kept, to see where any head looks harder than elsewhere, and
then with those tokens and their neighbours alone. What was not chosen is still in the matrices.

Shapes: B batch, H query heads, K key/value heads, N tokens of the question, n kept tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from infinidoc.memory import Memory
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache, LayerCache
from infinidoc.model.rotary import Rotation

FOCUS = 192  # kept tokens that an answer is written from, beside passages
HEADS = 10  # of all layers, those that look hardest at a token
REACH = 8  # tokens on both sides that come with one: the selector keeps phrases


def focused(decoder: Decoder, ids: Tensor, memory: Memory, count: int = FOCUS) -> Memory:
    """`memory` with the `count` kept tokens that the question `ids` [1, N] is about, the others
    summed."""
    if memory.kept.positions.shape[1] <= count:
        return memory
    return memory.choose(in_focus(decoder, ids, decoder.open_cache(memory), count))


@torch.no_grad()
def in_focus(decoder: Decoder, ids: Tensor, cache: KVCache, count: int = FOCUS) -> Tensor:
    """Indices [1, `count`] of the kept tokens of a memory that `cache` was just opened with.

    The matrices are not read for this: what they hold tells no token from another. The cache is
    left as it was.
    """
    memory, before = cache.opened, cache.length
    assert memory is not None
    x, looks = decoder.embed(ids), []
    layers = zip(decoder.layers, decoder.rotations, memory.layers, strict=True)
    for index, (layer, rotation, held) in enumerate(layers):
        past = cache.layers[index]
        if past is not None and held.kept_keys.shape[2]:
            hidden = layer.input_layernorm(x)  # type: ignore[operator]
            sinks = held.sink_keys.shape[2]
            looks.append(_looks(layer.self_attn, hidden, rotation, past)[..., sinks:])  # type: ignore[arg-type]
        x, cache.layers[index] = layer.ask(x, rotation, (), past)  # type: ignore[operator]
    cache.cut(before)
    hardest = torch.cat(looks, 1).topk(HEADS, 1).values.sum(1)
    best = _neighbours_too(hardest, memory).topk(count, 1).indices
    return best.sort(1).values


def _looks(
    attention: InfiniAttention, hidden: Tensor, rotation: Rotation, past: LayerCache
) -> Tensor:
    """How hard each head looks at each past token, as a share of all its looking: [1, H, n]."""
    queries = attention._queries(hidden).float()
    places = torch.arange(queries.shape[2], device=queries.device) + past.length + past.skipped
    grouped = rotation(queries, places).unflatten(1, (attention.key_heads, -1))  # no key is copied
    scores = grouped.flatten(2, 3) @ past.keys.float().transpose(-1, -2) * attention.scaling
    hardest = scores.softmax(-1).view(*grouped.shape[:-1], -1).amax(-2).flatten(1, 2)
    return hardest / hardest.sum(-1, keepdim=True)


def _neighbours_too(strength: Tensor, memory: Memory) -> Tensor:
    """Every token as strong as the strongest of its run within the selector's reach: [1, n]."""
    spread, at = strength.clone(), memory.kept.positions
    for step in range(1, REACH + 1):
        runs = at[:, step:] - at[:, :-step] == step
        spread[:, :-step] = torch.where(
            runs, spread[:, :-step].maximum(strength[:, step:]), spread[:, :-step]
        )
        spread[:, step:] = torch.where(
            runs, spread[:, step:].maximum(strength[:, :-step]), spread[:, step:]
        )
    return spread
