"""Models that are worth trying, with what they need; and how fast this machine would be with one.

The list is of models that infinidoc can read with. Rates are estimates: products and memory
traffic are measured for a few seconds, and a model of so many parameters needs so much of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from infinidoc.weights import DEFAULT

SHARE = 0.5  # of the bare products' rate that reading reaches (README: 0.59 on one machine)
OVERHEAD = 1.0e9  # bytes beside the weights: torch, prompts, tables


@dataclass(frozen=True)
class Entry:
    """A model: `parameters` in all, `vocabulary`: those of its table of words."""

    model: str
    parameters: float
    vocabulary: float
    licence: str
    good_for: str

    def bytes_needed(self, device: str, narrow: bool) -> float:
        """Memory it takes; `narrow`: matrices in bfloat16. Tables are float32 on a CPU."""
        if device != "cpu":
            return 2 * self.parameters + OVERHEAD
        matrices = self.parameters - self.vocabulary
        return (2 if narrow else 4) * matrices + 4 * self.vocabulary + OVERHEAD

    def rates(self, speed: Speed, device: str, narrow: bool) -> tuple[float, float]:
        """Tokens a second that are read, and that are written."""
        matrices = self.parameters - self.vocabulary
        width, table = (2, 2) if device != "cpu" else (2 if narrow else 4, 4)
        seconds = width * matrices / speed.traffic + table * self.vocabulary / speed.wide_traffic
        return SHARE * speed.products / (2 * matrices), 1 / seconds


APACHE, LLAMA, GEMMA = "Apache-2.0", "Llama 3.2 (ask Meta)", "Gemma (accept Google's terms)"
CATALOG = (
    Entry(DEFAULT, 135e6, 28e6, APACHE, "the default: taught to read, refuse and remember"),
    Entry("HuggingFaceTB/SmolLM2-360M-Instruct", 362e6, 47e6, APACHE, "short answers"),
    Entry("HuggingFaceTB/SmolLM2-1.7B-Instruct", 1.71e9, 101e6, APACHE, "answers, summaries"),
    Entry("Qwen/Qwen3-0.6B", 596e6, 156e6, APACHE, "short answers, many languages"),
    Entry("Qwen/Qwen3-1.7B", 1.72e9, 311e6, APACHE, "answers, summaries, many languages"),
    Entry("Qwen/Qwen3-4B", 4.02e9, 389e6, APACHE, "the same, better; wants a GPU"),
    Entry("meta-llama/Llama-3.2-1B-Instruct", 1.24e9, 263e6, LLAMA, "answers"),
    Entry("meta-llama/Llama-3.2-3B-Instruct", 3.21e9, 394e6, LLAMA, "answers, summaries"),
    Entry("google/gemma-3-270m-it", 268e6, 168e6, GEMMA, "short answers, many languages"),
    Entry("google/gemma-3-1b-it", 1.0e9, 302e6, GEMMA, "answers, many languages"),
)


@dataclass(frozen=True)
class Speed:
    """What a machine does in a second: floating-point operations of products of many rows, bytes
    of matrices that one row is multiplied with, the same of float32 matrices."""

    products: float
    traffic: float
    wide_traffic: float


def measure(device: str, seconds: float = 4.5) -> Speed:
    """Bare products as a model's layers have them, and the reading of weights."""
    import torch

    from infinidoc.model.precision import matrix_type

    width, rows, each = 2048, 512, seconds / 3
    kind = matrix_type(device)
    wide = kind if device != "cpu" else torch.float32
    x = torch.randn(rows, width, device=device, dtype=kind)
    weights = torch.randn(width, width, device=device, dtype=kind)
    rate = _per_second(lambda: torch.nn.functional.linear(x, weights), device, each)
    traffic = [_traffic(width, device, kind, each) for kind in (kind, wide)]
    return Speed(2 * rows * width * width * rate, *traffic)


def _traffic(width: int, device: str, kind: Any, seconds: float) -> float:
    """Bytes a second of matrices that are multiplied with one row, more than a cache holds."""
    import torch

    many = [torch.randn(width, width, device=device, dtype=kind) for _ in range(8)]
    one = torch.randn(1, width, device=device, dtype=kind)
    size = sum(matrix.nbytes for matrix in many)
    times = _per_second(lambda: [torch.nn.functional.linear(one, m) for m in many], device, seconds)
    return size * times


def _per_second(act: Any, device: str, seconds: float) -> float:
    """How often something is done in a second, after a first time."""
    import torch

    def settled() -> float:
        if device == "cuda":
            torch.cuda.synchronize()
        return time.monotonic()

    with torch.inference_mode():
        act()
        count, started = 0, settled()
        while (now := settled()) - started < seconds:
            act()
            count += 1
    return count / max(now - started, 1e-9)


def entry(name: str) -> Entry | None:
    """A model of the list by its name."""
    return next((known for known in CATALOG if known.model == name), None)


def recommended(
    device: str, room: float, speed: Speed, entries: Iterable[Entry] = CATALOG
) -> list[dict[str, Any]]:
    """Models of the list with what they need here; `room`: bytes of the device's memory."""
    from infinidoc.model.precision import matrix_type

    narrow = matrix_type(device).itemsize == 2
    on_cpu = narrow if device == "cpu" else matrix_type("cpu").itemsize == 2
    rows = []
    for known in entries:
        needed = known.bytes_needed(device, narrow)
        read, written = known.rates(speed, device, narrow)
        rows.append(
            {
                **asdict(known),
                "bytes_needed": round(needed),
                "bytes_needed_cpu": round(known.bytes_needed("cpu", on_cpu)),
                "bytes_needed_gpu": round(known.bytes_needed("cuda", True)),
                "fits": needed < room,
                "tokens_read_per_second": round(read, 1),
                "tokens_written_per_second": round(written, 1),
                "has_memory": known.model == DEFAULT,
            }
        )
    return rows


def device_memory(device: str) -> float:
    """Bytes of memory of the machine, or of its graphics processor."""
    if device == "cuda":
        import torch

        return float(torch.cuda.get_device_properties(0).total_memory)
    import psutil

    return float(psutil.virtual_memory().total)
