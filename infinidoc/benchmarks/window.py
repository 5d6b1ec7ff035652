"""Perplexity of a model under different windows, sinks, carried tokens and gates.

The table behind the default `MemoryConfig`: what each exact part of the window is worth
before anything was trained, and what an open gate costs an untrained memory.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from infinidoc.benchmarks.machine import describe
from infinidoc.language import LanguageModel
from infinidoc.memory import MemoryConfig
from infinidoc.model.compressive import SHUT
from infinidoc.model.decoder import Decoder

PLAIN = MemoryConfig(segment=512, sinks=0, carried=0)


def variants() -> Iterator[tuple[str, MemoryConfig, float]]:
    """Name, configuration and gate (beta) of each row."""
    yield "segment 512 alone", PLAIN, SHUT
    yield "+ 4 sinks", replace(PLAIN, sinks=4), SHUT
    yield "+ 4 sinks, 64 carried", replace(PLAIN, sinks=4, carried=64), SHUT
    yield "+ 4 sinks, 128 carried", replace(PLAIN, sinks=4, carried=128), SHUT
    yield "+ 4 sinks, 256 carried", replace(PLAIN, sinks=4, carried=256), SHUT
    yield "+ 4 sinks, 508 carried", replace(PLAIN, sinks=4, carried=508), SHUT
    yield "segment 256, 4 sinks, 252 carried", MemoryConfig(256, 4, 252), SHUT
    yield "segment 1024, 4 sinks, 128 carried", MemoryConfig(1024, 4, 128), SHUT
    for beta in (-6.0, -4.0, -2.0):
        yield f"+ 4 sinks, 128 carried, beta {beta:g}", MemoryConfig(512, 4, 128), beta
    yield "full attention (8,192)", MemoryConfig(8192, 0, 0), SHUT


def run(model: str | None, text: str, tokens: int) -> None:
    """Print the table and one JSON line."""
    language = LanguageModel.find(model)
    tokens = min(tokens, 8192)
    ids = language.tokenizer.encode(Path(text).read_text("utf-8"))[:tokens]
    print(f"{describe()}; {len(ids)} tokens of {Path(text).name}, first 1,024 not scored")
    rows = {}
    for name, config, beta in variants():
        decoder = language.load(config)
        for attention in decoder.attentions:
            torch.nn.init.constant_(attention.gate, beta)
            attention.forget_gate()
        rows[name] = perplexity(decoder, ids)
        memory = decoder.empty_memory()
        with torch.inference_mode():
            size = decoder.read(torch.tensor([ids[: config.segment]]), memory).nbytes
        print(f"{name:40} {rows[name]:8.3f}   {size / 1e6:6.1f} MB", flush=True)
    print(json.dumps({"benchmark": "window", "tokens": len(ids), "perplexity": rows}))


@torch.inference_mode()
def perplexity(decoder: Decoder, ids: list[int], skip: int = 1024) -> float:
    """exp of the mean negative log-likelihood of ids[skip:], read segment by segment."""
    memory, total, count = decoder.empty_memory(), 0.0, 0
    step = decoder.config.segment
    for start in range(0, len(ids) - 1, step):
        piece = torch.tensor([ids[start : start + step]])
        hidden, memory = decoder._read(piece, memory, False)
        following = torch.tensor(ids[start + 1 : start + step + 1])
        for at in range(0, len(following), 256):  # the head a stretch at a time: it is wide
            if start + at < skip:
                continue
            wanted = following[at : at + 256]
            logits = decoder.logits(hidden[0, at : at + len(wanted)]).float()
            total += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            count += len(wanted)
    return math.exp(total / count)
