"""What the measurements were made on, and what it can do at best.

Rates are medians of several rounds. A GPU is waited for before a clock is read.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from torch.nn import functional

SQUARE, SQUARE_GPU = 1536, 8192  # side of the big matrices: a GPU is not filled by less
BUFFER = 1 << 28  # bytes: no cache holds them


def describe() -> str:
    """One line: processor, cores in use, library versions."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((ln.split(":")[1].strip() for ln in lines if "model name" in ln), name)
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    threads = f"{torch.get_num_threads()} threads of {os.cpu_count()}"
    return f"{name}{gpu}, {threads}, torch {torch.__version__}"


def working_type(device: str) -> torch.dtype:
    """What models compute in there: float32 on a CPU, bfloat16 on a GPU."""
    return torch.float32 if device == "cpu" else torch.bfloat16


def seconds(work: Callable[[], object], device: str = "cpu") -> float:
    """How long `work` takes, with what it left running on the device."""
    settle(device)
    start = time.perf_counter()
    work()
    settle(device)
    return time.perf_counter() - start


def settle(device: str) -> None:
    """Wait until the device has done all it was given; a CPU always has."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    elif device.startswith("mps"):
        torch.mps.synchronize()


def matrix_rate(device: str = "cpu", rounds: int = 9, dtype: torch.dtype | None = None) -> float:
    """GFLOP/s of products of big square matrices."""
    size = SQUARE if device == "cpu" else SQUARE_GPU
    work = products(device, size, [(size, size)], dtype)
    work()  # warms up
    return 2 * size**3 / statistics.median(seconds(work, device) for _ in range(rounds)) / 1e9


def products(
    device: str,
    rows: int,
    shapes: Sequence[tuple[int, int]],
    dtype: torch.dtype | None = None,
) -> Callable[[], None]:
    """Work to be timed: `rows` vectors through matrices of these (in, out) sizes."""
    dtype = dtype or working_type(device)
    inputs = {i: torch.randn(rows, i, device=device, dtype=dtype) for i, _ in shapes}
    weights = [torch.randn(o, i, device=device, dtype=dtype) for i, o in shapes]

    def work() -> None:
        for weight in weights:
            functional.linear(inputs[weight.shape[1]], weight)

    return work


def bandwidth(device: str = "cpu", size: int = BUFFER, rounds: int = 9) -> float:
    """GB/s of reading memory once, as a decoder reads its weights: a matrix times a vector."""
    read = reading_once(device, size)
    read()  # warms up
    return size / statistics.median(seconds(read, device) for _ in range(rounds)) / 1e9


def reading_once(device: str, size: int) -> Callable[[], object]:
    """Work to be timed: a matrix of about `size` bytes times one vector."""
    dtype, width = working_type(device), 4096
    rows = max(round(size / width / dtype.itemsize), 1)
    matrix = torch.ones(rows, width, device=device, dtype=dtype)
    return partial(torch.mv, matrix, torch.ones(width, device=device, dtype=dtype))
