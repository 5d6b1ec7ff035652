"""What the memory is worth to plain reading: perplexity on books it was never trained on.

Per token beyond the first 4,096 of a book: a 512-token window alone; the window with what
is carried into it, as `ingest` reads; the window behind the kept tokens, as `ask` reads;
and 8,192 tokens of full attention. Also the adapter's reader on the plain window, which
must stay near the base.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import Tensor

from infinidoc.benchmarks.machine import describe
from infinidoc.language import LanguageModel
from infinidoc.model.decoder import Decoder
from infinidoc.model.window import Window
from infinidoc.training.corpus import Corpus

SKIPPED, LENGTH = 4096, 8192
NAMES = ("window", "as ingest reads", "behind kept tokens", "full attention", "reader, window")


def run(model: str | None, data: Path, books: int) -> None:
    """Print perplexities, the share of the distance closed, and one JSON line."""
    language = LanguageModel.find(model)
    print(f"{describe()}; {language.name}, adapter {language.adapter}")
    losses: dict[str, list[float]] = {name: [] for name in NAMES}
    for text in Corpus(data, "dev").books[:books]:
        ids = language.tokenizer.encode(text[20_000:120_000])[:LENGTH]
        for name, loss in _book(language, ids).items():
            losses[name].append(loss)
    mean = {name: sum(values) / len(values) for name, values in losses.items()}
    found = {name: math.exp(value) for name, value in mean.items()}
    for name, value in found.items():
        print(f"{name:20} {value:8.3f}")
    distance = mean["window"] - mean["full attention"]
    closed = {n: (mean["window"] - mean[n]) / distance for n in NAMES[1:3]}
    for name, share in closed.items():
        print(f"share of the distance from window to full attention closed, {name}: {share:.3f}")
    change = found["reader, window"] / found["window"] - 1
    print(f"memory off: the decoder that reads is the base itself; the reader {change:+.2%}")
    print(json.dumps({"benchmark": "perplexity", "perplexity": found, "closed": closed,
                      "reader_change": change, "books": books}))  # fmt: skip


@torch.inference_mode()
def _book(language: LanguageModel, ids: list[int]) -> dict[str, float]:
    """Mean loss of every token after SKIPPED under each way of seeing what came before."""
    decoder, segment = language.decoder, language.config.segment
    block = segment * language.segments_per_block
    memory, totals = decoder.empty_memory(), dict.fromkeys(NAMES, 0.0)
    for start in range(0, len(ids), block):
        tokens = torch.tensor([ids[start : start + block]])
        following = torch.tensor(ids[start + 1 : start + block + 1])
        if start >= SKIPPED:
            hidden, _ = decoder._read(tokens, memory, False)
            totals["as ingest reads"] += _loss(decoder, hidden, following)
        for at in range(start, min(start + block, len(ids)), segment):
            if start < SKIPPED:
                break
            piece = torch.tensor([ids[at : at + segment]])
            after = torch.tensor(ids[at + 1 : at + segment + 1])
            plain, kept = Window(decoder.shape.depth), decoder.open_window(memory)
            totals["window"] += _loss(decoder, decoder.ask(piece, None, plain), after)
            totals["behind kept tokens"] += _loss(decoder, decoder.ask(piece, None, kept), after)
            reader = language.reader
            hidden = reader.ask(piece, None, Window(decoder.shape.depth))
            totals["reader, window"] += _loss(reader, hidden, after)
        memory = decoder.read(tokens, memory)
    hidden = decoder.ask(torch.tensor([ids]), None, Window(decoder.shape.depth))[:, SKIPPED:]
    totals["full attention"] = _loss(decoder, hidden, torch.tensor(ids[SKIPPED + 1 :]))
    return {name: total / (len(ids) - SKIPPED - 1) for name, total in totals.items()}


def _loss(decoder: Decoder, hidden: Tensor, following: Tensor) -> float:
    """Summed loss of `following` [n], predicted from hidden states [1, >= n, width]."""
    total = 0.0
    for at in range(0, len(following), 256):  # the head a stretch at a time: it is wide
        wanted = following[at : at + 256]
        logits = decoder.logits(hidden[0, at : at + len(wanted)]).float()
        total += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
    return total
