"""What a user would otherwise run, timed on the same weights with the same threads.

transformers with full attention, and llama.cpp (the wheel `xllamacpp`) on the GGUF file the
default model was made from. Prompts are random tokens, their number is what counts. Every
method gives seconds; a peer that cannot run here says why in a ModelError.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import torch

from infinidoc.benchmarks.machine import seconds, working_type
from infinidoc.errors import ModelError
from infinidoc.language import LanguageModel

PROMPT = 32  # tokens before what is decoded
PLAIN = 1000  # ids from here on are words in every vocabulary large enough to matter


class Peer(Protocol):
    """Something that reads and writes tokens."""

    name: str
    made: str  # what of it this is: version, weights, what of the processor it uses

    def prefill(self, tokens: int) -> float: ...
    def decode(self, tokens: int) -> float: ...


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
            self.name = f"transformers in {str(dtype).removeprefix('torch.')}"
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

    def _generate(self, tokens: int) -> float:
        ids = torch.tensor([prompt(PROMPT, self.vocabulary)], device=self.device)
        settings = {"min_new_tokens": tokens, "max_new_tokens": tokens, "do_sample": False}
        mask = torch.ones_like(ids)
        return seconds(
            lambda: self.model.generate(ids, attention_mask=mask, pad_token_id=0, **settings),
            self.device,
        )


class Llama:
    """llama.cpp's server in this process, told to remember nothing between prompts."""

    name = "llama.cpp"

    def __init__(self, find: Callable[[], Path], vocabulary: int, longest: int) -> None:
        """`find` the GGUF file, called once it is sure to be of use; `longest`: of the prompts."""
        xllamacpp = _xllamacpp()
        settings = xllamacpp.CommonParams()
        file = find()
        settings.model.path = str(file)
        settings.n_ctx, settings.n_parallel = longest + 256, 1
        settings.verbosity, settings.cache_prompt = 0, False
        for part in (settings.cpuparams, settings.cpuparams_batch):
            part.n_threads = torch.get_num_threads()
        self.vocabulary, self.server = vocabulary, xllamacpp.Server(settings)
        uses = re.findall(r"(\w+) = 1", xllamacpp.get_system_info())
        self.made = f"xllamacpp {version('xllamacpp')}, {file.name}, {' '.join(uses)}"

    def prefill(self, tokens: int) -> float:
        """Seconds to read a prompt, by its own clock."""
        return float(self._complete(tokens, 1)["prompt_ms"]) / 1000

    def decode(self, tokens: int) -> float:
        """Seconds to write tokens, by its own clock; the first one comes with the prompt."""
        return float(self._complete(PROMPT, tokens + 1)["predicted_ms"]) / 1000

    def _complete(self, tokens: int, more: int) -> dict[str, Any]:
        wanted = {"prompt": prompt(tokens, self.vocabulary), "n_predict": more}
        wanted |= {"temperature": 0, "ignore_eos": True, "cache_prompt": False}
        answer = self.server.handle_completions(wanted)
        if "timings" not in answer:
            raise ModelError("llama.cpp did not answer", where=f"{tokens} tokens")
        return dict(answer["timings"])


def prompt(tokens: int, vocabulary: int) -> list[int]:
    """Random token ids, the same every time."""
    chance, lowest = random.Random(tokens), min(PLAIN, vocabulary // 2)
    return [chance.randrange(lowest, vocabulary) for _ in range(tokens)]


def _xllamacpp() -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        hint = "pip install 'infinidoc[bench]'"
        raise ModelError("the package xllamacpp is not installed", hint=hint) from error
    return xllamacpp
