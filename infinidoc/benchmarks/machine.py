"""What the measurements were made on, and what it can do at best."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

import torch


def describe() -> str:
    """One line: processor, cores in use, library versions."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((ln.split(":")[1].strip() for ln in lines if "model name" in ln), name)
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    threads = f"{torch.get_num_threads()} threads of {os.cpu_count()}"
    return f"{name}{gpu}, {threads}, torch {torch.__version__}"


def matrix_rate(size: int = 1536, rounds: int = 8) -> float:
    """The machine's fp32 matrix product rate in GFLOP/s: the best of several rounds."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        torch.mm(a, b)
        best = max(best, 2 * size**3 / (time.perf_counter() - start) / 1e9)
    return best
