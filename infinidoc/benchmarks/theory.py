"""What reading and writing a token must cost, from the shape of a model alone.

Knows sizes, measures nothing. Reading makes no logits, so the head is left out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infinidoc.memory import MemoryConfig
from infinidoc.model.architecture import Architecture

if TYPE_CHECKING:
    from infinidoc.model.decoder import Decoder


def layer_products(shape: Architecture) -> list[tuple[int, int]]:
    """(in, out) of the matrices every token goes through in one layer."""
    inner, shared = shape.heads * shape.head_size, shape.key_heads * shape.head_size
    attention = [(shape.width, inner), *[(shape.width, shared)] * 2, (inner, shape.width)]
    return [*attention, *[(shape.width, shape.hidden)] * 2, (shape.hidden, shape.width)]


def product_flop(shape: Architecture) -> float:
    """FLOP of matrix products to read a token: a multiplication and an addition a weight.

    The last layer counts whole, as it does for a model that goes on to logits; what reads
    only into a memory may leave out all of it but keys and values.
    """
    return 2.0 * shape.depth * sum(i * o for i, o in layer_products(shape))


def attention_flop(shape: Architecture, config: MemoryConfig) -> float:
    """FLOP of scores and sums of values a token, on average, in a window of this make."""
    seen = config.sinks + config.carried + (config.segment + 1) / 2
    return 4.0 * shape.depth * shape.heads * shape.head_size * seen


def decode_bytes(decoder: Decoder) -> int:
    """Bytes of weights that writing one token must touch: layers, norm and head, once."""
    head: Any = decoder.lm_head.few or decoder.lm_head.weight
    if decoder.writer is not None:
        return int(decoder.writer.nbytes + head.nbytes)
    from infinidoc.model.load import is_memory

    parts = {"layers": decoder.layers, "norm": decoder.norm, "lm_head": decoder.lm_head}
    tensors = [
        tensor
        for part in parts.values()
        for name, tensor in (*part.named_parameters(), *part.named_buffers())
        if not (decoder.is_shut and is_memory(f".{name}"))  # what is shut is not touched
    ]
    return sum(t.nbytes for t in {t.data_ptr(): t for t in tensors}.values())
