"""What a user would otherwise run, timed on the same weights with the same threads.

transformers with full attention here, llama.cpp on the GGUF file the default model was made
from in `llama.py`. Every method gives seconds; a peer that cannot run here says why in a
ModelError.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Protocol

import torch

from infinidoc.benchmarks.machine import seconds, working_type
from infinidoc.benchmarks.prompts import PROMPT, prompt
from infinidoc.language import LanguageModel
from infinidoc.model.precision import type_name


class Peer(Protocol):
    """Something that reads and writes tokens."""

    name: str
    made: str  # what of it this is: version, weights, what of the processor it uses

    def prefill(self, tokens: int) -> float: ...
    def decode(self, tokens: int) -> float: ...
    def close(self) -> None: ...


class Transformers:
    """transformers' own model, its full attention and its cache."""

    name = "transformers"

    def __init__(
        self, language: LanguageModel, device: str, dtype: torch.dtype | None = None
    ) -> None:
        from transformers import AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar

        self.device, self.vocabulary = device, language.decoder.shape.vocabulary
        if dtype and dtype != working_type(device):
            self.name = f"transformers in {type_name(dtype)}"
        dtype = dtype or working_type(device)
        disable_progress_bar()
        model: Any = AutoModelForCausalLM.from_pretrained(language.path, dtype=dtype)
        self.model = model.to(device).eval()
        attention = model.config._attn_implementation
        self.made = f"{version('transformers')}, {attention} attention, {dtype}"

    @torch.inference_mode()
    def prefill(self, tokens: int) -> float:
        """Seconds to read a prompt, with logits of its last token only."""
        ids = torch.tensor([prompt(tokens, self.vocabulary)], device=self.device)
        return seconds(lambda: self.model(ids, use_cache=True, logits_to_keep=1), self.device)

    def decode(self, tokens: int) -> float:
        """Seconds `generate` takes for `tokens` more tokens than one."""
        one, all_of_them = self._generate(1), self._generate(tokens + 1)
        return max(all_of_them - one, 1e-9)

    def close(self) -> None:
        """Let go of its weights."""
        del self.model

    def _generate(self, tokens: int) -> float:
        ids = torch.tensor([prompt(PROMPT, self.vocabulary)], device=self.device)
        settings = {"min_new_tokens": tokens, "max_new_tokens": tokens, "do_sample": False}
        mask = torch.ones_like(ids)
        return seconds(
            lambda: self.model.generate(ids, attention_mask=mask, pad_token_id=0, **settings),
            self.device,
        )
