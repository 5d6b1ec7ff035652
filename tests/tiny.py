"""Tiny random models, for tests that need a model but no weights worth having."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from infinidoc.memory import MemoryConfig
from infinidoc.model.architecture import Architecture
from infinidoc.model.decoder import Decoder
from infinidoc.model.load import is_memory

if TYPE_CHECKING:
    from infinidoc.pointing.pointer import Pointer

SHAPE: dict[str, Any] = {
    "vocab_size": 259,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 8192,
}


def decoder(config: MemoryConfig | None = None, *, gate: float | None = None) -> Decoder:
    """A two-layer Llama of random weights; `gate` opens every gate to that beta."""
    torch.manual_seed(0)
    shape = Architecture.from_config({"model_type": "llama", **SHAPE})
    model = Decoder(shape, config or MemoryConfig(segment=16, sinks=2, carried=4))
    for _, parameter in sorted(model.named_parameters(), key=lambda pair: is_memory(pair[0])):
        if parameter.dim() > 1:  # the base model's first: they are the same for every memory
            torch.nn.init.normal_(parameter, std=0.3)
    if gate is not None:
        for attention in model.attentions:
            torch.nn.init.constant_(attention.gate, gate)
            attention.forget_gate()
    return model.eval()


def family_config(family: str) -> Any:
    """A transformers config of one family at toy size, with its special traits switched on."""
    import transformers

    names = {
        "llama": "LlamaConfig",
        "mistral": "MistralConfig",
        "qwen2": "Qwen2Config",
        "qwen3": "Qwen3Config",
        "gemma": "GemmaConfig",
        "gemma2": "Gemma2Config",
        "gemma3_text": "Gemma3TextConfig",
    }
    extra: dict[str, Any] = {}
    if family.startswith("gemma"):
        extra["tie_word_embeddings"] = True
    if family in ("mistral", "gemma2", "gemma3_text"):
        extra["sliding_window"] = 16
    return getattr(transformers, names[family])(**{**SHAPE, **extra})


def save_family(family: str, folder: Path) -> Any:
    """A random model of the family, saved in `folder`; returns transformers' own."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(family_config(family)).eval()
    for name, parameter in model.named_parameters():
        if "norm" in name or name.endswith("bias"):
            torch.nn.init.normal_(parameter, mean=0.5, std=0.2)
    model.save_pretrained(folder)
    return model


def save_model(folder: Path) -> Path:
    """A model folder as any user might have one: config, weights, byte tokenizer."""
    import json

    from safetensors.torch import save_file
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    model = decoder()
    names = {"model." + name: tensor for name, tensor in model.state_dict().items()}
    weights = {name: tensor for name, tensor in names.items() if not is_memory(name)}
    weights["lm_head.weight"] = weights.pop("model.lm_head.weight").clone()
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", **SHAPE}), "utf-8")
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    rust = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(vocabulary)}, merges=[]))
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    rust.decoder = decoders.ByteLevel()
    rust.add_special_tokens(special)
    rust.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|im_end|>"}), "utf-8")
    return folder


LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,;:?!'\"-$%()é"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{c}" for c in LETTERS)]


def pointer() -> Pointer:
    """A reader that points at random, by single letters."""
    from infinidoc.pointing.encoder import Encoder, Shape
    from infinidoc.pointing.pieces import Pieces
    from infinidoc.pointing.pointer import Pointer

    torch.manual_seed(3)
    encoder = Encoder(Shape(len(VOCABULARY), 400, width=24, inner=32, heads=3, depth=2))
    for name, parameter in encoder.named_parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.4)
        elif "norm" not in name:
            torch.nn.init.zeros_(parameter)
    return Pointer(encoder, Pieces(VOCABULARY))


def text(words: int, seed: int = 0) -> str:
    """Words in sentences and paragraphs, the same every time."""
    import random

    chance = random.Random(seed)
    stock = "the captain mutiny harbour lantern storm letter daughter island gold map".split()
    lines = []
    while words > 0:
        count = min(words, chance.randint(5, 14))
        sentence = " ".join(chance.choice(stock) for _ in range(count))
        lines.append(sentence.capitalize() + "." + ("\n" if chance.random() < 0.3 else ""))
        words -= count
    return "\n".join(lines) + "\n"
