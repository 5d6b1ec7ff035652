"""What a model folder's `config.json` says, reduced to what a Llama-like decoder needs.

Knows the families and their differences; knows no tensors. The names on the right-hand
side are Hugging Face's, the names on the left are ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infinidoc.errors import ModelError

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text")


@dataclass(frozen=True)
class Architecture:
    """The shape of a decoder-only transformer of the Llama kind."""

    family: str
    vocabulary: int
    width: int
    depth: int
    heads: int
    key_heads: int
    head_size: int
    hidden: int  # width of the feed-forward layer
    activation: str
    epsilon: float
    tied: bool
    max_positions: int
    rotary: tuple[dict[str, Any], ...]  # per layer
    windows: tuple[int | None, ...]  # sliding window per layer
    scaling: float
    bias_qkv: bool = False
    bias_out: bool = False
    bias_mlp: bool = False
    norm_heads: bool = False  # a norm on each head's queries and keys (Qwen 3, Gemma 3)
    norm_offset: bool = False  # norm weights are stored less one (Gemma)
    norm_after: bool = False  # a norm after attention and feed-forward too (Gemma 2, 3)
    embedding_scale: float | None = None
    score_cap: float | None = None
    logit_cap: float | None = None

    @classmethod
    def from_folder(cls, folder: Path) -> Architecture:
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError("no readable config.json", where=folder) from error
        try:
            return cls.from_config(config)
        except (KeyError, TypeError, ZeroDivisionError) as error:
            raise ModelError(f"config.json lacks or garbles {error}", where=folder) from error

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Architecture:
        family = config.get("model_type", "?")
        if family not in FAMILIES:
            raise ModelError(f"models of type {family!r} cannot be read with", hint=_known())
        gemma, depth = family.startswith("gemma"), config["num_hidden_layers"]
        heads, width = config["num_attention_heads"], config["hidden_size"]
        size = config.get("head_dim") or (256 if gemma else width // heads)
        capped = family == "gemma2"
        query_scale = config.get("query_pre_attn_scalar", 256) if gemma else size
        return cls(
            family=family,
            vocabulary=config["vocab_size"],
            width=width,
            depth=depth,
            heads=heads,
            key_heads=config.get("num_key_value_heads") or heads,
            head_size=size,
            hidden=config["intermediate_size"],
            activation=_activation(config, gemma),
            epsilon=config.get("rms_norm_eps", 1e-6),
            tied=config.get("tie_word_embeddings", gemma),
            max_positions=config.get("max_position_embeddings", 8192 if gemma else 2048),
            rotary=_rotary(config, depth),
            windows=_windows(config, family, depth),
            scaling=(size if family == "gemma" else query_scale) ** -0.5,
            bias_qkv=config.get("attention_bias", False) or family == "qwen2",
            bias_out=config.get("attention_bias", False) and family != "qwen2",
            bias_mlp=config.get("mlp_bias", False),
            norm_heads=family in ("qwen3", "gemma3_text"),
            norm_offset=gemma,
            norm_after=family in ("gemma2", "gemma3_text"),
            embedding_scale=width**0.5 if gemma else None,
            score_cap=config.get("attn_logit_softcapping", 50.0) if capped else None,
            logit_cap=config.get("final_logit_softcapping", 30.0) if capped else None,
        )


def _known() -> str:
    return "known families: " + ", ".join(FAMILIES)


def _activation(config: dict[str, Any], gemma: bool) -> str:
    name = config.get("hidden_activation") or config.get("hidden_act")
    if name is None:
        return "gelu_pytorch_tanh" if gemma else "silu"
    return "gelu_pytorch_tanh" if gemma and name == "gelu" else name


def _rotary(config: dict[str, Any], depth: int) -> tuple[dict[str, Any], ...]:
    """Rotary parameters per layer: transformers 5 nests them, older configs do not."""
    parameters = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kinds = _layer_types(config, depth)
    if set(parameters) & {"full_attention", "sliding_attention"}:
        return tuple(parameters[kind] for kind in kinds)
    theta = config.get("rope_theta", parameters.get("rope_theta", 10_000.0))
    shared = {"rope_theta": theta, **parameters}
    if config["model_type"] != "gemma3_text" or "rope_local_base_freq" not in config:
        return (shared,) * depth
    local = {"rope_theta": config["rope_local_base_freq"]}
    return tuple(local if kind == "sliding_attention" else shared for kind in kinds)


def _layer_types(config: dict[str, Any], depth: int) -> list[str]:
    if config.get("layer_types"):
        return list(config["layer_types"])
    if config["model_type"] == "gemma2":
        return ["full_attention" if i % 2 else "sliding_attention" for i in range(depth)]
    if config["model_type"] == "gemma3_text":
        every = config.get("sliding_window_pattern", 6)
        return ["sliding_attention" if (i + 1) % every else "full_attention" for i in range(depth)]
    return ["full_attention"] * depth


def _windows(config: dict[str, Any], family: str, depth: int) -> tuple[int | None, ...]:
    window = config.get("sliding_window")
    if family in ("llama", "gemma") or window is None:
        return (None,) * depth
    if family == "mistral":
        return (window,) * depth
    if family in ("qwen2", "qwen3") and not config.get("layer_types"):
        return (None,) * depth  # use_sliding_window writes its layer types out
    return tuple(
        window if kind == "sliding_attention" else None for kind in _layer_types(config, depth)
    )
