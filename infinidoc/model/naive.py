"""The truth: Infini-attention one token at a time, in float32, with no cleverness.

`attention.py` is held to this. It takes queries, keys and values before RoPE for a whole
document and returns what every token attends to, exactly as the paper's equations 7-10
read, with the sinks and carried keys of `MemoryConfig`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from infinidoc.memory import NORM_FLOOR, MemoryConfig, feature_map


def naive_infini_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    rotate: Callable[[Tensor, list[int]], Tensor],
    gate: Tensor,
    config: MemoryConfig,
    write: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """queries [H, N, D], keys and values [K, N, D], gate [H] (beta), write [K, N] in 0..1.

    `rotate(x [n, D], positions)` applies RoPE. Returns outputs [H, N, D], M [K, F, D], z [K, F].
    """
    heads, length, size = queries.shape
    groups = heads // keys.shape[0]
    features = config.feature_size(size)
    matrix = torch.zeros(keys.shape[0], features, size)
    norm = torch.zeros(keys.shape[0], features)
    output = torch.zeros_like(queries)
    for start in range(0, length, config.segment):
        stop = min(start + config.segment, length)
        carried_from = max(start - config.carried, 0)
        for head in range(heads):
            shared = head // groups
            opening = torch.sigmoid(gate[head]) if start > 0 else torch.tensor(0.0)
            sinks = list(range(config.sinks)) if start > 0 else []
            for token in range(start, stop):
                exact = list(range(carried_from, token + 1))
                window = sinks + exact  # which tokens, and below at which positions
                places = [carried_from - config.sinks + i for i in sinks] + exact
                query = rotate(queries[head, token : token + 1], [token])
                scores = query @ rotate(keys[shared, window], places).T / size**0.5
                local = torch.softmax(scores, -1)[0] @ values[shared, window]
                wanted = feature_map(queries[head, token], config)
                found = wanted @ matrix[shared] / (wanted @ norm[shared]).clamp_min(NORM_FLOOR)
                output[head, token] = opening * found + (1 - opening) * local
        before, before_norm = matrix.clone(), norm.clone()
        for shared in range(keys.shape[0]):
            for token in range(start, stop):
                key = feature_map(keys[shared, token], config)
                key = key if write is None else key * write[shared, token]
                value = values[shared, token]
                if config.update == "delta":
                    known = key @ before[shared]
                    value = value - known / (key @ before_norm[shared]).clamp_min(NORM_FLOOR)
                matrix[shared] += torch.outer(key, value)
                norm[shared] += key
    return output, matrix, norm
