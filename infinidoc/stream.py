"""The loop that takes blocks through the model and threads the memory through them.

Yields one step per block and prints nothing. Falls back to the CPU, with a note, when the
GPU runs out of memory; the note travels with the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.watched import watched
from infinidoc.profile import NOTHING, Profile
from infinidoc.segments import Block


@dataclass(frozen=True)
class Step:
    """A block that has been read, and the memory after it."""

    block: Block
    memory: Memory
    note: str | None = None


def read_blocks(decoder: Decoder, memory: Memory, blocks: Iterable[Block]) -> Iterator[Step]:
    """Read blocks in order, beginning from `memory`."""
    for block in blocks:
        memory, note = read_block(decoder, memory, block)
        yield Step(block, memory, note)


@torch.inference_mode()
def read_block(
    decoder: Decoder, memory: Memory, block: Block, profile: Profile = NOTHING
) -> tuple[Memory, str | None]:
    """The memory after `block`, and a note if it had to be read on another device."""
    try:
        with watched(decoder, profile):
            return _read(decoder, memory, block), None
    except torch.OutOfMemoryError:
        if decoder.device.type == "cpu":
            raise
        decoder.to("cpu", torch.float32)
        note = "the GPU ran out of memory; reading goes on on the CPU"
        return _read(decoder, memory.to("cpu"), block), note


def _read(decoder: Decoder, memory: Memory, block: Block) -> Memory:
    ids = torch.tensor([block.ids], device=decoder.device)
    return decoder.read(ids, memory.to(decoder.device))
