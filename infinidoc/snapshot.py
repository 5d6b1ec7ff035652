"""The only door between a memory and bytes.

A snapshot is one safetensors file: the memory's tensors under the names of
`Memory.named_tensors`, and in its metadata under the key "infinidoc" a JSON header with
the format version, the counts and the identity of whatever made it. Anyone can read it
with any safetensors reader; nothing in it is ever executed.

Sums that are all zero are left out, as where a text shorter than a block would be gone on from.
Such a file has the format `FORMAT`, any other `WHOLE`.
"""

from __future__ import annotations

import json
from typing import Any

from infinidoc.errors import LibraryError
from infinidoc.identity import refuse_mismatch
from infinidoc.memory import Kept, LayerMemory, Memory

FORMAT, WHOLE = 3, 2
KEY = "infinidoc"
HINT = "ingest again with --force"


def pack(memory: Memory, header: dict[str, Any]) -> bytes:
    """`memory` as bytes; `header` must be JSON and hold "identity"."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in memory.named_tensors()}
    zeros = {name for name, t in tensors.items() if _is_sum(name) and t.numel() and not t.any()}
    full = {
        **header,
        "format": FORMAT if zeros else WHOLE,
        "tokens_seen": memory.tokens_seen,
        "segments_seen": memory.segments_seen,
        "depth": len(memory.layers),
    }
    some = {name: tensor for name, tensor in tensors.items() if name not in zeros}
    return save(some, {KEY: json.dumps(full, sort_keys=True)})


def unpack(
    blob: bytes, identity: dict[str, Any], like: Memory | None = None
) -> tuple[Memory, dict[str, Any]]:
    """The memory and header in `blob`, which must have been made by `identity`.

    It can come out of another library's file: what is not finite, or is not shaped as the empty
    memory `like` of the same model, is refused. Sums that were left out are those of `like`.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    header = read_header(blob)
    refuse_mismatch(header.get("identity", {}), identity)
    try:
        tensors = {**_left_out(header, like), **load(blob)}
        layers = tuple(_layer(tensors, index) for index in range(header["depth"]))
        kept = Kept(tensors["kept.scores"], tensors["kept.positions"])
        memory = Memory(layers, kept, int(header["tokens_seen"]), int(header["segments_seen"]))
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise LibraryError("a saved memory is damaged", hint=HINT) from error
    if not memory.is_finite:
        raise LibraryError("a saved memory holds what is no number", hint=HINT)
    if like is not None and not memory.is_shaped_as(like):
        raise LibraryError("a saved memory is not of this model's shape", hint=HINT)
    return memory, header


def _is_sum(name: str) -> bool:
    return name.endswith((".matrix", ".norm"))


def _left_out(header: dict[str, Any], like: Memory | None) -> dict[str, Any]:
    """By their saved names, the sums that a file of this header may do without."""
    if like is None or header.get("format", 0) <= WHOLE:
        return {}
    return {name: tensor.cpu() for name, tensor in like.named_tensors() if _is_sum(name)}


def read_header(blob: bytes) -> dict[str, Any]:
    """The JSON header alone: needs no torch and reads no tensor."""
    try:
        size = int.from_bytes(blob[:8], "little")
        header = json.loads(json.loads(blob[8 : 8 + size])["__metadata__"][KEY])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LibraryError("a saved memory is damaged", hint=HINT) from error
    if not isinstance(header, dict):
        raise LibraryError("a saved memory is damaged", hint=HINT)
    if header.get("format", 0) > FORMAT:
        raise LibraryError("a saved memory is newer than this program", hint="upgrade infinidoc")
    return header


def _layer(tensors: dict[str, Any], index: int) -> LayerMemory:
    """A layer as it was saved; matrices of fewer bytes are float32 again."""
    found = {n: tensors[f"layers.{index}.{n}"] for n in LayerMemory.__dataclass_fields__}
    return LayerMemory(**{**found, "matrix": found["matrix"].float()})
