"""A memory of several banks, for the ablation: each stretch of segments has a matrix of its own.

A read weighs the banks by how much each holds for the query, sigma(q) z, to a learned power.
At power 1, where training begins, that is exactly one memory of all (the matrices are sums);
above it the banks that hold most are heard most, and a needle is no longer averaged away.
The state stays of constant size: after the last bank the first is written again.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from infinidoc.memory import NORM_FLOOR, LayerMemory, feature_map
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.decoder import Decoder
from infinidoc.model.rotary import Rotation

BANKS, SEGMENTS = 16, 2  # how many there are, and how many segments each holds


class BankedAttention(InfiniAttention):
    """Infini-attention whose features [.., F] lie in one of BANKS places [.., BANKS * F]."""

    power: nn.Parameter  # log of the power, one per query head
    begun: int  # segments read before those of the present call

    def empty_memory(self, batch: int = 1) -> LayerMemory:
        features = self.config.feature_size(self.head_dim) * BANKS
        device = self.q_proj.weight.device
        return LayerMemory.empty(batch, self.key_heads, features, self.head_dim, device)

    def read(
        self, hidden: Tensor, rotation: Rotation, memory: LayerMemory, seen: int, last: bool = False
    ) -> tuple[Tensor | None, LayerMemory]:
        self.begun = seen // self.config.segment
        return super().read(hidden, rotation, memory, seen, last)

    def _features(self, keys: Tensor) -> Tensor:
        """[B, S, K, T, D] -> [B, S, K, T, BANKS * F], nothing outside each segment's bank."""
        own = feature_map(keys.float(), self.config)
        wide = own.new_zeros(*own.shape[:-1], BANKS, own.shape[-1])
        for segment in range(own.shape[1]):
            bank = (self.begun + segment) // SEGMENTS % BANKS
            wide[:, segment, ..., bank, :] = own[:, segment]
        return wide.flatten(-2)

    def _mix(self, local: Tensor, queries: Tensor, states: Tensor, norms: Tensor) -> Tensor:
        """Equation 10 with the banks' reads, weighed, for A_mem."""
        batch, segments, heads, length, size = queries.shape
        shape = (batch, segments, self.key_heads, -1)
        wanted = feature_map(queries.float(), self.config).reshape(*shape, norms.shape[-1] // BANKS)
        held = wanted @ norms.unflatten(-1, (BANKS, -1)).mT  # [B, S, K, G * T, banks]
        held = held.clamp_min(NORM_FLOOR)
        beside = states.unflatten(-2, (BANKS, -1)).transpose(-3, -2).flatten(-2)
        found = (wanted @ beside).unflatten(-1, (BANKS, size)) / held.unsqueeze(-1)
        power = self.power.exp().repeat_interleave(length).view(self.key_heads, -1, 1)
        share = torch.softmax(power * held.log(), -1)
        heard = (share.unsqueeze(-2) @ found).view(batch, segments, heads, length, size)
        opening = torch.sigmoid(self.gate.float()).view(-1, 1, 1)
        return (opening * heard + (1 - opening) * local.float()).to(local.dtype)


def give_banks(decoder: Decoder) -> list[nn.Parameter]:
    """Turn every attention of `decoder` into one with banks; returns their powers."""
    powers = []
    for attention in decoder.attentions:
        banked: Any = attention
        banked.__class__ = BankedAttention
        banked.begun = 0
        banked.power = nn.Parameter(torch.zeros(attention.heads, device=attention.gate.device))
        powers.append(banked.power)
    return powers
