"""A pointing reader as one file: its matrices in eight bits, its vocabulary, where it is from.

A safetensors file. A matrix is int8 with one float32 scale a row (`NAME.scale`); all else is
float32. Under the key "infinidoc" of its metadata stands a JSON header: format, the sizes,
the vocabulary, and how its scores are read as confidence.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infinidoc.digests import is_whole, seal
from infinidoc.errors import ModelError
from infinidoc.pointing.encoder import Encoder, Shape, from_bert
from infinidoc.pointing.pieces import Pieces
from infinidoc.pointing.pointer import Pointer

FORMAT = 1
KEY = "infinidoc"
FILE = "pointer.safetensors"
SCALE = ".scale"
LEVELS = 127


def save_pointer(path: Path, encoder: Encoder, pieces: Pieces, header: dict[str, Any]) -> None:
    """Write a pointer beside `path`, then in its place."""
    from safetensors.torch import save_file

    tensors: dict[str, Tensor] = {}
    for name, tensor in encoder.state_dict().items():
        values = tensor.detach().float()
        if values.ndim == 2:
            scale = values.abs().amax(1, keepdim=True).clamp(min=1e-9) / LEVELS
            tensors[name] = (values / scale).round().to(torch.int8)
            tensors[name + SCALE] = scale
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


def load_pointer(path: Path, kind: torch.dtype = torch.float32) -> Pointer:
    """The pointer in the file at `path`; its layers' matrices are multiplied in `kind`."""
    if not is_whole(path, unsealed=True):
        hint = "install infinidoc again, or seal it anew if it was changed on purpose"
        raise ModelError("the pointing reader is damaged", where=path, hint=hint)
    encoder, pieces, header = _read_pointer(path)
    refusal, calibration = header.get("refusal", 0.5), header.get("calibration", ())
    return Pointer(encoder, pieces, kind, refusal, calibration, path)


def read_encoder(path: Path) -> tuple[Encoder, Pieces, dict[str, Any]]:
    """An encoder to teach: of a pointer's file, or of a BERT checkpoint's folder, whose head
    is new; with its pieces and the header of its file."""
    if path.is_dir() and not (path / FILE).exists():
        return _read_bert(path)
    return _read_pointer(path / FILE if path.is_dir() else path)


def _read_pointer(path: Path) -> tuple[Encoder, Pieces, dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            header = json.loads(file.metadata()[KEY])
            if header["format"] > FORMAT:
                raise ModelError("the pointing reader is newer than this program", where=path)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        with torch.device("meta"):
            encoder = Encoder(Shape(**header["shape"]))
        encoder.load_state_dict(_unpacked(tensors), assign=True)
        pieces = Pieces(header["vocabulary"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError("the pointing reader is damaged", where=path) from error
    return encoder, pieces, {k: header[k] for k in header if k not in ("shape", "vocabulary")}


def _unpacked(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: tensor.float() * tensors[name + SCALE] if name + SCALE in tensors else tensor
        for name, tensor in tensors.items()
        if not name.endswith(SCALE)
    }


def _read_bert(path: Path) -> tuple[Encoder, Pieces, dict[str, Any]]:
    from safetensors.torch import load_file

    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
        ids = json.loads((path / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        tensors = load_file(path / "model.safetensors")
    except (OSError, ValueError, KeyError) as error:
        hint = "a folder with config.json, tokenizer.json and model.safetensors of a BERT encoder"
        raise ModelError("no encoder is here", where=path, hint=hint) from error
    shape = Shape(
        vocabulary=config["vocab_size"],
        positions=config["max_position_embeddings"],
        width=config["hidden_size"],
        inner=config["intermediate_size"],
        heads=config["num_attention_heads"],
        depth=config["num_hidden_layers"],
    )
    encoder = Encoder(shape)
    nn.Linear.reset_parameters(encoder.head)
    encoder.load_state_dict(from_bert(tensors), strict=False)
    return encoder, Pieces(sorted(ids, key=ids.__getitem__)), {}
