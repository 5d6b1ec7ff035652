"""One document read by several processes at once, with the memory that one would have.

Block b is read by rank b mod P. Layer i of a block needs what layer i holds after the block
before it, and nothing of the layers above: so the ranks follow each other layer by layer, and
each hands a layer's state on as soon as it has it. Every sum is the one that a single process
makes, in the same order: the memory is equal bit for bit. With no more ranks than layers, all
are at work but for the first and the last P - 1 layers.

Knows torch.distributed; its process group is begun by the caller.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, distributed

from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder


class Ring:
    """What a rank takes from the one before it and gives to the one after it, for one block."""

    def __init__(self, device: torch.device, *, first: bool, last: bool) -> None:
        rank, size = distributed.get_rank(), distributed.get_world_size()
        self.before, self.after = (rank - 1) % size, (rank + 1) % size
        self.device, self.first, self.last = device, first, last
        self.sent: list[tuple[Any, Tensor]] = []  # what is under way must not be freed

    def take(self, own: Any) -> Any:
        """The state after the block before; `own` if there is none or it was read here."""
        if self.first or distributed.get_world_size() == 1:
            return own
        size = torch.zeros(1, dtype=torch.int64)
        distributed.recv(size, self.before)
        data = torch.empty(int(size), dtype=torch.uint8)
        distributed.recv(data, self.before)
        return pickle.loads(data.numpy().tobytes()).to(self.device)

    def give(self, state: Any) -> None:
        """Hand a state on, without waiting for who takes it."""
        if self.last or distributed.get_world_size() == 1:
            return
        data = torch.frombuffer(bytearray(pickle.dumps(state.to("cpu"))), dtype=torch.uint8)
        for sent in (torch.tensor([len(data)]), data):
            self.sent.append((distributed.isend(sent, self.after), sent))

    def settle(self) -> None:
        """Wait until all that was given is taken."""
        for work, _ in self.sent:
            work.wait()
        self.sent.clear()


@torch.inference_mode()
def read_in_ring(decoder: Decoder, blocks: Sequence[Tensor], memory: Memory) -> Memory | None:
    """The memory after all `blocks` [B, N], on the rank that read the last one; None elsewhere.

    Every rank is given the same model, blocks and `memory`. All blocks but the last are
    whole segments.
    """
    rank, size = distributed.get_rank(), distributed.get_world_size()
    seen, segments, under_way = memory.tokens_seen, memory.segments_seen, []
    for number, ids in enumerate(blocks):
        if number % size == rank:
            place = replace(memory, tokens_seen=seen, segments_seen=segments)
            last = number == len(blocks) - 1
            ring = Ring(decoder.device, first=number == 0, last=last)
            memory = decoder.read(ids, place, ring)
            under_way.append(ring)
        seen += ids.shape[1]
        segments += -(-ids.shape[1] // decoder.config.segment)
    for ring in under_way:
        ring.settle()
    return memory if (len(blocks) - 1) % size == rank else None
