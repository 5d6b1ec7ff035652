"""llama.cpp (the wheel `xllamacpp`) as a peer, in a process that stands still out of turn.

Its server keeps a core busy as long as it is loaded, even when it has nothing to do: in our
own process it would cost everything else that is measured a third of its speed.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from infinidoc.benchmarks.prompts import PROMPT, prompt
from infinidoc.errors import ModelError

ROOM = 256  # tokens of its context beside the longest prompt


class Llama:
    """llama.cpp's server, told to remember nothing between prompts."""

    name = "llama.cpp"

    def __init__(self, find: Callable[[], Path], vocabulary: int, longest: int) -> None:
        """`find` the GGUF file, called once it is sure to be of use; `longest`: of the prompts."""
        _xllamacpp()
        self.vocabulary, context = vocabulary, get_context("spawn")
        self.here, there = context.Pipe()
        work = (there, str(find()), longest + ROOM, torch.get_num_threads())
        self.process = context.Process(target=serve, args=work, daemon=True)
        self.process.start()
        there.close()
        self.made = str(self._reply())
        self._pause()

    def prefill(self, tokens: int) -> float:
        """Seconds to read a prompt, by its own clock."""
        return float(self._complete(tokens, 1)["prompt_ms"]) / 1000

    def decode(self, tokens: int) -> float:
        """Seconds to write tokens, by its own clock; the first one comes with the prompt."""
        return float(self._complete(PROMPT, tokens + 1)["predicted_ms"]) / 1000

    def close(self) -> None:
        """End its process."""
        self.process.kill()
        self.process.join()

    def _complete(self, tokens: int, more: int) -> dict[str, Any]:
        wanted = {"prompt": prompt(tokens, self.vocabulary), "n_predict": more}
        wanted |= {"temperature": 0, "ignore_eos": True, "cache_prompt": False}
        self._go_on()
        try:
            timings = self._reply(wanted)
        finally:
            self._pause()
        if timings is None:
            raise ModelError("llama.cpp did not answer", where=f"{tokens} tokens")
        return dict(timings)

    def _reply(self, wanted: dict[str, Any] | None = None) -> Any:
        try:
            if wanted is not None:
                self.here.send(wanted)
            return self.here.recv()
        except (EOFError, OSError) as error:
            raise ModelError("llama.cpp's process ended", where=self.name) from error

    def _pause(self) -> None:
        self._signal("SIGSTOP")

    def _go_on(self) -> None:
        self._signal("SIGCONT")

    def _signal(self, name: str) -> None:
        number = getattr(signal, name, None)  # Windows has neither
        if number is not None and self.process.pid and self.process.is_alive():
            os.kill(self.process.pid, number)


def serve(there: Connection, file: str, context: int, threads: int) -> None:
    """In its process: say what is served, then the timings of every prompt that comes."""
    xllamacpp = _xllamacpp()
    settings = xllamacpp.CommonParams()
    settings.model.path, settings.n_ctx, settings.n_parallel = file, context, 1
    settings.verbosity, settings.cache_prompt = 0, False
    for part in (settings.cpuparams, settings.cpuparams_batch):
        part.n_threads = threads
    server = xllamacpp.Server(settings)
    uses = re.findall(r"(\w+) = 1", xllamacpp.get_system_info())
    there.send(f"xllamacpp {version('xllamacpp')}, {Path(file).name}, {' '.join(uses)}")
    while True:
        there.send(server.handle_completions(there.recv()).get("timings"))


def _xllamacpp() -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        hint = "pip install 'infinidoc[bench]'"
        raise ModelError("the package xllamacpp is not installed", hint=hint) from error
    return xllamacpp
