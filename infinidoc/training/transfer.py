"""Attention transfer: each layer is taught what attention to the far past would have brought.

No gradient crosses a layer, so a step costs little more than reading the text twice. First
every layer gets what the base model passes up (`own_inputs` False) and each head is fitted
alone; then what the student itself passes up, the error weighed through the output
projection (`own_inputs` True). `distilling.py` goes on from there through the whole network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.model.attention import InfiniAttention
from infinidoc.model.compressive import SHUT
from infinidoc.model.decoder import Layer
from infinidoc.model.rotary import Rotation
from infinidoc.training.distilling import MemoryTask, shut


@dataclass
class Transfer(MemoryTask):
    """One loss a layer."""

    own_inputs: bool = False

    @cached_property
    def held_out(self) -> list[Tensor]:
        """Texts that are not taught: they tell which heads help."""
        count = self.course.held_out
        return [self.draw(self.train.held_out, Random(number)) for number in range(count)]

    def losses(self, step: int) -> Iterator[Tensor]:
        """One text: squared error of every layer's attention, over what full attention brings."""
        chance = Random(f"{self.seed}:{step}:transfer:{self.own_inputs}")
        ids = self.draw(self.train.taught, chance)
        with torch.no_grad():
            x = self.decoder.embed(ids)
        for attention, layer, rotation in self._layers():
            with torch.no_grad():
                hidden = layer.input_layernorm(x)
            weight = attention.o_proj.weight if self.own_inputs else None
            with bare(attention):
                full = by_full_attention(attention, hidden, rotation)
                found = by_memory(attention, hidden, rotation)
            if attention.has_memory:
                error = squares((found - full)[:, self.decoder.config.segment :], weight)
                yield error / squares(full, weight)
            with torch.no_grad():
                passed = found.detach() if self.own_inputs else full
                x = layer._finish(x, attention.o_proj(passed))

    def _layers(self) -> Iterator[tuple[InfiniAttention, Layer, Rotation]]:
        yield from zip(
            self.decoder.attentions, self.decoder._layers(), self.decoder.rotations, strict=True
        )

    def evaluate(self) -> dict[str, Any]:
        """What of the distance from the window to full attention is closed on unseen books,
        and of the error of each layer on texts held out of the training ones."""
        with_memory, alone = self.errors()
        layers = 1.0 - with_memory.sum(1) / alone.sum(1)
        shares = [round(share, 3) for share in layers.tolist()]
        return {**super().evaluate(), "layers": shares}

    @torch.no_grad()
    def errors(self) -> tuple[Tensor, Tensor]:
        """Squared error [layers, heads] on the texts held out, with the memory and without."""
        found = torch.zeros(2, self.decoder.shape.depth, self.decoder.attentions[0].heads)
        for ids in self.held_out:
            x = self.decoder.embed(ids)
            for i, (attention, layer, rotation) in enumerate(self._layers()):
                hidden = layer.input_layernorm(x)
                with bare(attention):
                    full = by_full_attention(attention, hidden, rotation)
                    read = by_memory(attention, hidden, rotation)
                    with shut([attention]):
                        near = by_memory(attention, hidden, rotation)
                for row, out in enumerate((read, near)):
                    heads = (out - full).float().view(*out.shape[1:2], -1, attention.head_dim)
                    found[row, i] += heads.square().sum((0, 2)).cpu()
                passed = read if self.own_inputs else full
                x = layer._finish(x, attention.o_proj(passed))
        return found[0], found[1]


def shut_useless_heads(task: Transfer) -> int:
    """Shut the heads whose error the memory does not lower on texts held out; how many."""
    with_memory, alone = task.errors()
    count = 0
    for attention, useless in zip(task.decoder.attentions, with_memory >= alone, strict=True):
        if attention.has_memory:
            attention.gate.data[useless.to(attention.gate.device)] = SHUT
            attention.forget_gate()
            count += int(useless.sum())
    return count


@torch.no_grad()
def by_full_attention(attention: InfiniAttention, hidden: Tensor, rotation: Rotation) -> Tensor:
    """What full attention brings to normed inputs [1, N, width]."""
    return attention.ask(hidden, rotation, (), None)[0]


def by_memory(attention: InfiniAttention, hidden: Tensor, rotation: Rotation) -> Tensor:
    """What the window and the memory bring to normed inputs [1, N, width] of a whole text."""
    found, _ = attention.read(hidden, rotation, attention.empty_memory(), 0)
    assert found is not None
    return found


def squares(difference: Tensor, weight: Tensor | None) -> Tensor:
    """Mean square of what heads bring [1, N, H * D], through `weight` if there is one."""
    if weight is not None:
        difference = functional.linear(difference.to(weight.dtype), weight)
    return difference.float().square().mean()


@contextmanager
def bare(attention: InfiniAttention) -> Iterator[None]:
    """Within this, attention gives what its heads bring, before the output projection."""
    projection = attention.o_proj
    attention.o_proj = nn.Identity()
    try:
        yield
    finally:
        attention.o_proj = projection
