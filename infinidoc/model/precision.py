"""The number type that a model's matrices are multiplied in.

Processors with bfloat16 products (AVX-512 BF16, AMX) do four times as many of them a second
as of float32, others are slower at them: so it is measured once, in milliseconds, and
remembered in the cache. Only the weights of the layers' matrices are held in it on a CPU. What
flows between them is so too while a document is read; sums of norms, of the softmax and of the
memory are float32, and so is all else that an answer is written with.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Callable
from functools import lru_cache

import torch

from infinidoc import home
from infinidoc.errors import UsageError

SETTING = "INFINIDOC_PRECISION"
KINDS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
FASTER = 1.2  # times: bfloat16 rounds, so it must be worth it
SHAPE = (512, 576, 1536)  # rows, width in, width out of the products that are timed
TRIES = 7


def matrix_type(device: str) -> torch.dtype:
    """bfloat16 where it is faster, else float32, unless `INFINIDOC_PRECISION` names one."""
    wanted = os.environ.get(SETTING) or "auto"
    if wanted in KINDS:
        return KINDS[wanted]
    if wanted != "auto":
        hint = "auto, float32 or bfloat16"
        raise UsageError(f"no precision is called {wanted!r}", where=SETTING, hint=hint)
    if device != "cpu":
        return torch.bfloat16
    times = product_times()
    return torch.bfloat16 if times["bfloat16"] * FASTER < times["float32"] else torch.float32


def type_name(kind: torch.dtype) -> str:
    """As people call it: "bfloat16"."""
    return str(kind).removeprefix("torch.")


def product_times() -> dict[str, float]:
    """Milliseconds of one product in each type: as they were measured here before, or now.

    What another processor or another torch measured is not believed.
    """
    remembered = home.cache_folder() / "precision.json"
    here = f"{_processor()}, torch {torch.__version__}"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        saved = json.loads(remembered.read_text("utf-8"))[here]
        return {name: float(saved[name]) for name in KINDS}
    times = measured()
    with contextlib.suppress(OSError):  # a cache that cannot be written is measured again
        remembered.parent.mkdir(parents=True, exist_ok=True)
        remembered.write_text(json.dumps({here: times}), "utf-8")
    return times


@lru_cache(maxsize=1)
def measured() -> dict[str, float]:
    """Milliseconds of one product in each type."""
    return {name: round(_product(kind), 3) for name, kind in KINDS.items()}


@torch.inference_mode()
def _product(kind: torch.dtype) -> float:
    """Milliseconds of one product in one type."""
    rows, width, out = SHAPE
    x, weight = torch.ones(rows, width, dtype=kind), torch.ones(out, width, dtype=kind)
    return milliseconds(lambda: torch.nn.functional.linear(x, weight))


def milliseconds(work: Callable[[], object]) -> float:
    """The best of a few runs, once it ran."""
    work()
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000.0


def _processor() -> str:
    """What is known of the processor: its name, and the features torch may use of it."""
    features = sorted(name for name, has in torch.cpu.get_capabilities().items() if has is True)
    used = torch.backends.cpu.get_cpu_capability()  # less, where a user has said so
    return " ".join([platform.machine(), platform.processor(), used, *features])
