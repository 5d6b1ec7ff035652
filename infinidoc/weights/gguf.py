"""Turns the default model's GGUF file into a model folder any program can load.

Knows llama.cpp's names and quantised layout on one side and Hugging Face's on the other.
The 4-bit weights are dequantised once; what they decode to is not exact in 16 bits, so
they are stored as float32 and loading maps the file instead of converting it.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infinidoc.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGUFReader

_OUTSIDE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INSIDE = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_CONTROL = 3  # llama.cpp's token type of control tokens


def convert(source: Path, folder: Path) -> None:
    """Write config.json, model.safetensors and the tokenizer files of `source` into `folder`."""
    from gguf import GGUFReader

    try:
        reader = GGUFReader(source)
    except (OSError, ValueError, IndexError) as error:
        raise ModelError("the downloaded model file is damaged", where=source.name) from error
    facts = _Facts(reader)
    if facts.text("general.architecture") != "llama":
        raise ModelError("only GGUF files of Llama models can be converted", where=source.name)
    _write_json(folder / "config.json", _config(facts, reader))
    _write_json(folder / "tokenizer.json", _tokenizer(facts))
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(facts))
    _write_weights(reader, facts, folder / "model.safetensors")


class _Facts:
    """The key-value part of a GGUF file."""

    def __init__(self, reader: GGUFReader) -> None:
        self._fields = reader.fields

    def value(self, key: str, default: Any = None) -> Any:
        field = self._fields.get(key)
        if field is None and default is None:
            raise ModelError(f"the GGUF file does not say its {key}")
        return default if field is None else field.contents()

    def text(self, key: str) -> str:
        return str(self.value(key))

    def number(self, key: str) -> int:
        return int(self.value(f"llama.{key}"))


def _write_weights(reader: GGUFReader, facts: _Facts, path: Path) -> None:
    from gguf import dequantize

    heads, shared = facts.number("attention.head_count"), facts.number("attention.head_count_kv")
    tensors = {}
    for tensor in reader.tensors:
        weights = dequantize(tensor.data, tensor.tensor_type).astype("float32")
        if tensor.name.endswith(("attn_q.weight", "attn_k.weight")):
            weights = _unpermute(weights, heads if "attn_q" in tensor.name else shared)
        tensors[_their_name(tensor.name)] = weights
    _save(tensors, path)


def _save(tensors: dict[str, np.ndarray], path: Path) -> None:
    """Write a safetensors file; a full disk is an OSError, as in any other writing."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(tensors, path, metadata={"format": "pt"})
    except SafetensorError as error:  # it names the system's error in words only
        code = errno.ENOSPC if "os error 28" in str(error) else errno.EIO
        raise OSError(code, os.strerror(code)) from error


def _unpermute(weights: np.ndarray, heads: int) -> np.ndarray:
    """llama.cpp interleaves the two halves of each rotary head; Hugging Face does not."""
    rows, columns = weights.shape
    halves = weights.reshape(heads, rows // heads // 2, 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns).copy()


def _their_name(name: str) -> str:
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    try:
        _, layer, part, kind = name.split(".")
        return f"model.layers.{int(layer)}.{_INSIDE[part]}.{kind}"
    except (ValueError, KeyError) as error:
        raise ModelError(f"the GGUF file holds an unknown tensor {name!r}") from error


def _config(facts: _Facts, reader: GGUFReader) -> dict[str, Any]:
    width, heads = facts.number("embedding_length"), facts.number("attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(facts.value("tokenizer.ggml.tokens")),
        "hidden_size": width,
        "intermediate_size": facts.number("feed_forward_length"),
        "num_hidden_layers": facts.number("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": facts.number("attention.head_count_kv"),
        "head_dim": width // heads,
        "hidden_act": "silu",
        "max_position_embeddings": facts.number("context_length"),
        "rms_norm_eps": round(float(facts.value("llama.attention.layer_norm_rms_epsilon")), 9),
        "rope_parameters": {
            "rope_theta": float(facts.value("llama.rope.freq_base")),
            "rope_type": "default",
        },
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in reader.tensors),
        "bos_token_id": int(facts.value("tokenizer.ggml.bos_token_id")),
        "eos_token_id": int(facts.value("tokenizer.ggml.eos_token_id")),
        "dtype": "float32",
    }


def _tokenizer(facts: _Facts) -> dict[str, Any]:
    """A byte-level BPE with single digits: what SmolLM's own tokenizer.json says."""
    tokens = facts.value("tokenizer.ggml.tokens")
    kinds = facts.value("tokenizer.ggml.token_type")
    control = [index for index, kind in enumerate(kinds) if kind == _CONTROL]
    digits = {"type": "Digits", "individual_digits": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(index, tokens[index]) for index in control],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [digits, {**byte_level, "use_regex": True}],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [merge.split(" ", 1) for merge in facts.value("tokenizer.ggml.merges")],
        },
    }


def _added(index: int, token: str) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": index, "content": token, **flags, "special": True}


def _tokenizer_config(facts: _Facts) -> dict[str, Any]:
    tokens = facts.value("tokenizer.ggml.tokens")

    def token(role: str) -> str:
        return str(tokens[int(facts.value(f"tokenizer.ggml.{role}_token_id"))])

    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": token("bos"),
        "eos_token": token("eos"),
        "pad_token": token("padding"),
        "unk_token": token("unknown"),
        "clean_up_tokenization_spaces": False,
        "model_max_length": facts.number("context_length"),
        "chat_template": facts.text("tokenizer.chat_template"),
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
