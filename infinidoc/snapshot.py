"""The only door between a memory and bytes.

A snapshot is one safetensors file: the memory's tensors under the names of
`Memory.named_tensors`, and in its metadata under the key "infinidoc" a JSON header with
the format version, the counts and the identity of whatever made it. Anyone can read it
with any safetensors reader; nothing in it is ever executed.
"""

from __future__ import annotations

import json
from typing import Any

from infinidoc.errors import LibraryError
from infinidoc.identity import refuse_mismatch
from infinidoc.memory import Kept, LayerMemory, Memory

FORMAT = 2
KEY = "infinidoc"
HINT = "ingest again with --force"


def pack(memory: Memory, header: dict[str, Any]) -> bytes:
    """`memory` as bytes; `header` must be JSON and hold "identity"."""
    from safetensors.torch import save

    full = {
        **header,
        "format": FORMAT,
        "tokens_seen": memory.tokens_seen,
        "segments_seen": memory.segments_seen,
        "depth": len(memory.layers),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in memory.named_tensors()}
    return save(tensors, {KEY: json.dumps(full, sort_keys=True)})


def unpack(
    blob: bytes, identity: dict[str, Any], like: Memory | None = None
) -> tuple[Memory, dict[str, Any]]:
    """The memory and header in `blob`, which must have been made by `identity`.

    It can come out of another library's file: what is not finite, or is not shaped as the
    memory `like` of the same model, is refused.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    header = read_header(blob)
    refuse_mismatch(header.get("identity", {}), identity)
    try:
        tensors = load(blob)
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
