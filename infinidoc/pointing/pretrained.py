"""Encoders that others trained, as one to teach: BERT's and MPNet's checkpoints.

A folder as transformers saves it: config.json, tokenizer.json and model.safetensors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infinidoc.errors import ModelError
from infinidoc.pointing.encoder import Encoder, Shape
from infinidoc.pointing.pieces import Pieces

PARTS = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "out": ("attention.output.dense",),
    "attention_norm": ("attention.output.LayerNorm",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
    "norm": ("output.LayerNorm",),
}
MPNET_PARTS = PARTS | {
    "qkv": ("attention.attn.q", "attention.attn.k", "attention.attn.v"),
    "out": ("attention.attn.o",),
    "attention_norm": ("attention.LayerNorm",),
}
MPNET_PADDING = 2  # MPNet's first positions, which no token has


def read_pretrained(folder: Path, depth: int | None = None) -> tuple[Encoder, Pieces]:
    """The encoder in `folder`, or its lower `depth` layers, with a new head, and its pieces.

    Raises ModelError if there is none.
    """
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        ids = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        tensors = load_file(folder / "model.safetensors")
        shape = _shape(config, depth)
        encoder = Encoder(shape)
        nn.Linear.reset_parameters(encoder.head)
        make = from_mpnet if shape.distances else from_bert
        encoder.load_state_dict(make(tensors, shape.depth), strict=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        hint = "a folder with config.json, tokenizer.json and model.safetensors of BERT or MPNet"
        raise ModelError("no encoder is here", where=folder, hint=hint) from error
    return encoder, Pieces(sorted(ids, key=ids.__getitem__))


def _shape(config: dict[str, Any], depth: int | None) -> Shape:
    mpnet = config.get("model_type") == "mpnet"
    return Shape(
        vocabulary=config["vocab_size"],
        positions=config["max_position_embeddings"] - (MPNET_PADDING if mpnet else 0),
        width=config["hidden_size"],
        inner=config["intermediate_size"],
        heads=config["num_attention_heads"],
        depth=min(depth or config["num_hidden_layers"], config["num_hidden_layers"]),
        epsilon=config.get("layer_norm_eps", 1e-12),
        distances=config["relative_attention_num_buckets"] if mpnet else 0,
    )


def from_bert(tensors: dict[str, Tensor], depth: int) -> dict[str, Tensor]:
    """The parameters of an `Encoder` without its head, from a BERT checkpoint's tensors."""
    whole = {"word": "words", "position": "positions", "token_type": "kinds"}
    tables = {
        f"{mine}.weight": tensors[f"embeddings.{theirs}_embeddings.weight"]
        for theirs, mine in whole.items()
    }
    return tables | _layers(tensors, depth, PARTS)


def from_mpnet(tensors: dict[str, Tensor], depth: int) -> dict[str, Tensor]:
    """The same from MPNet's, which tells question and passage apart by their separator: its
    vectors of the two kinds begin with nothing."""
    words = tensors["embeddings.word_embeddings.weight"]
    return {
        "words.weight": words,
        "positions.weight": tensors["embeddings.position_embeddings.weight"][MPNET_PADDING:],
        "kinds.weight": torch.zeros(2, words.shape[1]),
        "distances.weight": tensors["encoder.relative_attention_bias.weight"],
        **_layers(tensors, depth, MPNET_PARTS),
    }


def _layers(
    tensors: dict[str, Tensor], depth: int, parts: dict[str, tuple[str, ...]]
) -> dict[str, Tensor]:
    made = {f"norm.{kind}": tensors[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias")}
    for index in range(depth):
        for mine, theirs in parts.items():
            for kind in ("weight", "bias"):
                names = [f"encoder.layer.{index}.{name}.{kind}" for name in theirs]
                made[f"layers.{index}.{mine}.{kind}"] = torch.cat([tensors[n] for n in names])
    return made
