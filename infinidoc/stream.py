"""Takes one block of a document through the model, from memory to memory.

Prints nothing. Falls back to the CPU, with a note, when the GPU runs out of memory; one that is
lost takes weights and memory with it: `DeviceLost` says so.
"""

from __future__ import annotations

import torch

from infinidoc.errors import DeviceLost
from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.watched import watched
from infinidoc.profile import NOTHING, Profile
from infinidoc.segments import Block


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
    except RuntimeError as error:
        if not _tells_of_loss(error):
            raise
        hint = "the same command goes on from the last commit; --device cpu does without it"
        raise DeviceLost("the GPU failed", hint=hint) from error


def _tells_of_loss(error: RuntimeError) -> bool:
    """Whether the device does not answer any more; before torch 2.8 only the words tell."""
    kind = getattr(torch, "AcceleratorError", None)
    return (kind is not None and isinstance(error, kind)) or str(error).startswith("CUDA error")


def _read(decoder: Decoder, memory: Memory, block: Block) -> Memory:
    ids = torch.tensor([block.ids], device=decoder.device)
    return decoder.read(ids, memory.to(decoder.device))
