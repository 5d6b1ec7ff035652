"""Brings a model folder (config.json and safetensors) into memory as a Decoder.

The only place that knows how the weights are named and laid out on disk.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from infinidoc.errors import ModelError
from infinidoc.memory import MemoryConfig
from infinidoc.model.allocator import keep_freed_memory
from infinidoc.model.architecture import Architecture
from infinidoc.model.decoder import Decoder


def load_decoder(
    folder: Path,
    config: MemoryConfig | None = None,
    device: str = "cpu",
    matrices: torch.dtype = torch.float32,
) -> Decoder:
    """The folder's model, ready to read: float32 on a CPU, bfloat16 on a GPU.

    The projections of its layers are multiplied as `matrices`.
    """
    keep_freed_memory()
    shape = Architecture.from_folder(folder)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    decoder = Decoder(shape, config or MemoryConfig())  # of untouched memory: costs nothing yet
    weights = read_tensors(folder, device)
    if shape.tied:
        weights["lm_head.weight"] = weights.get("embed_tokens.weight", torch.empty(0))
    _complete(decoder, weights, device)
    state = {
        name: weights[name].to(matrices if "_proj." in name else dtype)
        for name in decoder.state_dict()
        if _is_base(name)
    }
    state |= {name: weights[name] for name in decoder.state_dict() if not _is_base(name)}
    try:
        decoder.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise ModelError("the weights do not fit config.json", where=folder) from error
    if shape.tied:
        decoder.lm_head.weight = decoder.embed_tokens.weight
    return decoder.requires_grad_(False).eval()


def pick_device(wanted: str = "auto") -> str:
    """`auto` is CUDA if there, else Apple's GPU, else the CPU."""
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if wanted == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if available[name])
    if not available.get(wanted, False):
        raise ModelError(f"no {wanted} device here", hint="try --device cpu")
    return wanted


def read_tensors(folder: Path, device: str = "cpu") -> dict[str, Tensor]:
    """All weights of a model folder, by the names a Decoder has for them."""
    return {_our_name(name): tensor for name, tensor in _tensors(folder, device).items()}


def _tensors(folder: Path, device: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    index = folder / "model.safetensors.index.json"
    try:
        if index.exists():
            names = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        else:
            names = {"model.safetensors"}
        loaded: dict[str, Tensor] = {}
        for name in sorted(names):
            loaded |= load_file(folder / name, device=device)
        return loaded
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        hint = "fetch it again: infinidoc models pull --force"
        raise ModelError("the weights cannot be read", where=folder, hint=hint) from error


def _our_name(name: str) -> str:
    for prefix in ("language_model.model.", "model.language_model.", "model."):
        name = name.removeprefix(prefix)
    return name


def _is_base(name: str) -> bool:
    """Whether a parameter comes with the base model (the others are Infini-attention's)."""
    return not (is_memory(name) or name.startswith("selector."))


def is_memory(name: str) -> bool:
    """Whether a tensor is one of the memory's."""
    return name.endswith((".gate", ".length", ".centre")) or ".features." in name


def _complete(decoder: Decoder, weights: dict[str, Tensor], device: str) -> None:
    """Memory parameters a base model lacks stay as they were made: gates shut."""
    missing = []
    for name, meta in decoder.state_dict().items():
        if name in weights:
            continue
        if _is_base(name):
            missing.append(name)
        made = meta if is_memory(name) else torch.zeros(meta.shape)
        weights[name] = made.detach().to(device)
    if missing:
        raise ModelError(f"the weights lack {missing[0]} and {len(missing) - 1} more")
