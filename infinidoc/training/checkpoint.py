"""Training state as one file that can be gone on from, bit for bit.

A safetensors file: parameters, Adam's moments and the number of steps done. It is written
beside the old one and then takes its place, so a kill never leaves half a checkpoint.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infinidoc.errors import ModelError

_KEY = "infinidoc.training"


def save(
    path: Path, parameters: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer, header: Any
) -> None:
    """Write parameters, moments and a JSON header."""
    from safetensors.torch import save_file

    tensors: dict[str, Tensor] = {f"value/{k}": p.detach() for k, p in parameters.items()}
    for name, parameter in parameters.items():
        for moment, tensor in optimizer.state.get(parameter, {}).items():
            tensors[f"{moment}/{name}"] = tensor.detach()
    tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    save_file(tensors, fresh, {_KEY: json.dumps(header)})
    os.replace(fresh, path)


def restore(
    path: Path, parameters: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> Any:
    """Put what `save` wrote back into place; returns the header."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        names = set(file.keys())
        lacking = [name for name in parameters if f"value/{name}" not in names]
        if lacking:
            raise ModelError(f"the checkpoint lacks {lacking[0]}", where=path)
        for name, parameter in parameters.items():
            parameter.data.copy_(file.get_tensor(f"value/{name}"))
            moments = [n.split("/")[0] for n in names if n.endswith("/" + name)]
            for moment in moments:
                if moment != "value":
                    tensor = file.get_tensor(f"{moment}/{name}")
                    device = "cpu" if moment == "step" else parameter.device
                    optimizer.state[parameter][moment] = tensor.to(device)
        return json.loads(file.metadata()[_KEY])
