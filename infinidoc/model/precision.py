"""The number type that a model's matrices are multiplied in.

Processors with bfloat16 products (AVX-512 BF16, AMX) do four times as many of them a second
as of float32. Only the weights of the layers' matrices are held in it on a CPU. What flows
between them is so too while a document is read; sums of norms, of the softmax and of the
memory are float32, and so is all else that an answer is written with.
"""

from __future__ import annotations

import os

import torch

from infinidoc.errors import UsageError

SETTING = "INFINIDOC_PRECISION"
KINDS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
FAST = ("avx512_bf16", "amx_bf16")  # processor features, by torch's names


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
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if any(able.get(name) for name in FAST) else torch.float32


def type_name(kind: torch.dtype) -> str:
    """As people call it: "bfloat16"."""
    return str(kind).removeprefix("torch.")
