"""Puts Infini-attention into a transformers model in place of its own attention.

For training and for comparing with other people's code; the product itself reads with
`decoder.py`. The host keeps its embeddings, norms, feed-forward layers and head; every
`layer.self_attn` is replaced by one that segments the input by itself, as in the paper.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from infinidoc.memory import LayerMemory, MemoryConfig
from infinidoc.model.architecture import Architecture
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.rotary import Rotation


class HostedAttention(nn.Module):
    """Speaks transformers' attention interface; starts from an empty memory at each call.

    `memory` holds this layer's memory after the last call; set `start` to begin a call
    from another one (state passing).
    """

    def __init__(self, attention: InfiniAttention, rotation: Rotation) -> None:
        super().__init__()
        self.attention, self.rotation = attention, rotation
        self.start: tuple[LayerMemory, int] | None = None
        self.memory: LayerMemory | None = None

    def forward(self, hidden_states: Tensor, **host: Any) -> tuple[Tensor, None]:
        """hidden_states [B, N, width] -> ([B, N, width], no weights). Caches are refused."""
        if host.get("past_key_values") is not None:
            raise ValueError("call the host with use_cache=False: the memory is the cache")
        memory, seen = self.start or (self.attention.empty_memory(hidden_states.shape[0]), 0)
        out, self.memory = self.attention.read(hidden_states, self.rotation, memory, seen)
        assert out is not None
        return out, None


def install(host: Any, config: MemoryConfig) -> list[InfiniAttention]:
    """Replace every `layer.self_attn` of a Llama-like transformers model; returns the new ones."""
    shape = Architecture.from_config(host.config.to_dict())
    made = []
    for index, layer in enumerate(getattr(host, "model", host).layers):
        attention = InfiniAttention(layer.self_attn, config, index)
        attention.sliding_window = shape.windows[index]  # some hosts keep it in a mask instead
        device = attention.q_proj.weight.device
        rotation = Rotation(attention.head_dim, shape.rotary[index], device)
        layer.self_attn = HostedAttention(attention, rotation)
        made.append(attention)
    return made
