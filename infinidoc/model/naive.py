"""The truth: Infini-attention one token at a time, in float32, with no cleverness.

`attention.py` is held to this. It takes queries, keys and values before RoPE for a whole
document and returns what every token attends to, as the paper's equations 7-10 read, with
the sinks and carried keys of `MemoryConfig`, its feature maps and its gate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from infinidoc.memory import NORM_FLOOR, MemoryConfig

Map = Callable[[int, Tensor], Tensor]  # (head, x [D]) -> features [F]


@dataclass(frozen=True)
class Taught:
    """What one layer was taught: phi_q, phi_k, beta [H] and the logarithm of n0 [H]."""

    of_query: Map
    of_key: Map
    gate: Tensor
    length: Tensor
    held: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # keys, values [K, n, D], as written


def taught(attention: Any) -> Taught:
    """What an `InfiniAttention` was taught, one head and one token at a time."""
    features = attention.features

    def held(keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        rows = attention.as_kept(keys.half().unsqueeze(0), values.half().unsqueeze(0))
        keys, values = attention.kept(*rows)
        return keys[0].float(), values[0].float()

    def of(weight: Tensor, bias: Tensor) -> Map:
        return lambda head, x: (x @ weight[head] + bias[head, 0]).exp()

    if features is None:
        return Taught(_elu, _elu, attention.gate, attention.length, held)
    return Taught(
        of(features.query_weight, features.query_bias),
        of(features.key_weight, features.key_bias),
        attention.gate,
        attention.length,
        held,
    )


def _elu(_: int, x: Tensor) -> Tensor:
    return torch.where(x > 0, x + 1.0, x.exp())  # equation 7: ELU + 1


def naive_infini_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    rotate: Callable[[Tensor, list[int]], Tensor],
    taught: Taught,
    config: MemoryConfig,
) -> tuple[Tensor, Tensor, Tensor]:
    """queries [H, N, D], keys and values [K, N, D], `rotate(x [n, D], positions)` applies RoPE.

    Returns outputs [H, N, D], and M [K, F, D] and z [K, F] of all tokens but the sinks and
    those that are carried on.
    """
    heads, length, size = queries.shape
    features = config.feature_size(size)
    matrix = torch.zeros(keys.shape[0], features, size)
    norm = torch.zeros(keys.shape[0], features)
    output, written = torch.zeros_like(queries), config.sinks
    for start in range(0, length, config.segment):
        stop = min(start + config.segment, length)
        carried_from = max(start - config.carried, 0)
        written = _write(matrix, norm, keys, values, range(written, carried_from), taught, config)
        for head in range(heads):
            shared = head * keys.shape[0] // heads
            sinks = list(range(config.sinks)) if start > 0 else []
            for token in range(start, stop):
                exact = list(range(carried_from, token + 1))
                window = sinks + exact  # which tokens, and below at which positions
                places = [carried_from - config.sinks + i for i in sinks] + exact
                query = rotate(queries[head, token : token + 1], [token])
                near = torch.cat([_half(keys[shared, :start]), keys[shared, start:]])[window]
                scores = (query @ rotate(near, places).T / size**0.5)[0]
                near = torch.cat([_half(values[shared, :start]), values[shared, start:]])[window]
                local = torch.softmax(scores, -1) @ near
                wanted = taught.of_query(head, queries[head, token])
                weight = wanted @ norm[shared]
                found = wanted @ matrix[shared] / weight.clamp_min(NORM_FLOOR)
                opening = taught.gate[head]
                if config.gate == "joint":
                    far = max(carried_from - config.sinks, 1)
                    longer = max(torch.log(torch.tensor(far)) - taught.length[head], 0.0)
                    opening = opening + weight.log() - scores.logsumexp(-1) - longer
                share = torch.sigmoid(opening) if start > 0 else 0.0
                output[head, token] = share * found + (1 - share) * local
    _write(matrix, norm, keys, values, range(written, length - config.carried), taught, config)
    return output, matrix, norm


def _write(
    matrix: Tensor,
    norm: Tensor,
    keys: Tensor,
    values: Tensor,
    tokens: range,
    taught: Taught,
    config: MemoryConfig,
) -> int:
    """Write `tokens` into M and z in place; returns the first token not written yet."""
    before, before_norm = matrix.clone(), norm.clone()
    keys, values = taught.held(keys, values)
    for shared in range(keys.shape[0]):
        for token in tokens:
            key, value = taught.of_key(shared, keys[shared, token]), values[shared, token]
            if config.update == "delta":
                known = key @ before[shared]
                value = value - known / (key @ before_norm[shared]).clamp_min(NORM_FLOOR)
            matrix[shared] += torch.outer(key, value)
            norm[shared] += key
    return max(tokens.stop, tokens.start)


def _half(x: Tensor) -> Tensor:
    """As a token is held that is carried into the next segment."""
    return x.half().float()
