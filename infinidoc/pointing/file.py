"""A pointing reader as one file: its matrices in eight or four bits, its vocabulary.

A safetensors file. A matrix is held as `quantized` gives it, its scales as `NAME.scale`; all
else is float32. Under the key "infinidoc" of its metadata stands a JSON header: format, the
sizes, the vocabulary, and how its scores are read as confidence.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from infinidoc.digests import is_whole, seal
from infinidoc.errors import ModelError
from infinidoc.model.quantized import GROUP, SCALE, PackedRows, packed, unpacked
from infinidoc.pointing.encoder import Encoder, Shape
from infinidoc.pointing.pieces import Pieces
from infinidoc.pointing.pointer import Pointer
from infinidoc.pointing.pretrained import read_pretrained

FORMAT = 2  # 1 had eight bits only
KEY = "infinidoc"
FILE = "pointer.safetensors"
WORDS = "words.weight"
LARGE = ("layers.", "words.")  # what may be held in four bits


def save_pointer(
    path: Path, encoder: Encoder, pieces: Pieces, header: dict[str, Any], bits: int = 8
) -> None:
    """Write a pointer beside `path`, then in its place; its large matrices in `bits`."""
    from safetensors.torch import save_file

    tensors: dict[str, Tensor] = {}
    for name, tensor in encoder.state_dict().items():
        values = tensor.detach().float()
        if values.ndim == 2:
            tensors |= packed(name, values, bits_of(name, values, bits))
        else:
            tensors[name] = values.clone()
    full = {
        **header,
        "format": FORMAT,
        "shape": asdict(encoder.shape),
        "vocabulary": list(pieces.vocabulary),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    save_file(tensors, fresh, {KEY: json.dumps(full, sort_keys=True, ensure_ascii=False)})
    os.replace(fresh, path)
    seal(path)


def bits_of(name: str, values: Tensor, bits: int) -> int:
    """The bits of a matrix where large ones have `bits`."""
    large = name.startswith(LARGE) and values.ndim == 2 and values.shape[1] % GROUP == 0
    return bits if large else 8


def load_pointer(path: Path, kind: torch.dtype = torch.float32) -> Pointer:
    """The pointer in the file at `path`; its layers' matrices are multiplied in `kind`."""
    if not is_whole(path, unsealed=True):
        hint = "install infinidoc again, or seal it anew if it was changed on purpose"
        raise ModelError("the pointing reader is damaged", where=path, hint=hint)
    encoder, pieces, header = _read_pointer(path, to_teach=False)
    refusal, calibration = header.get("refusal", 0.5), header.get("calibration", ())
    sure = header.get("sure", 1.0)
    return Pointer(encoder, pieces, kind, refusal, calibration, path, sure)


def read_encoder(path: Path, depth: int | None = None) -> tuple[Encoder, Pieces, dict[str, Any]]:
    """An encoder to teach: of a pointer's file, or the lower `depth` layers of a published
    encoder's folder, whose head is new; with its pieces and the header of its file."""
    if path.is_dir() and not (path / FILE).exists():
        return *read_pretrained(path, depth), {}
    return _read_pointer(path / FILE if path.is_dir() else path)


def _read_pointer(path: Path, to_teach: bool = True) -> tuple[Encoder, Pieces, dict[str, Any]]:
    """What a file holds. Without `to_teach` a vocabulary of four bits stays packed."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            header = json.loads(file.metadata()[KEY])
            if header["format"] > FORMAT:
                raise ModelError("the pointing reader is newer than this program", where=path)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        with torch.device("meta"):
            encoder = Encoder(Shape(**header["shape"]))
        if not to_teach and tensors[WORDS].dtype == torch.uint8:
            encoder.words = PackedRows(tensors.pop(WORDS), tensors.pop(WORDS + SCALE))
        encoder.load_state_dict(unpacked(tensors), assign=True)
        pieces = Pieces(header["vocabulary"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError("the pointing reader is damaged", where=path) from error
    return encoder, pieces, {k: header[k] for k in header if k not in ("shape", "vocabulary")}
