"""What each part of the memory is worth to plain reading, on books it was never taught on.

Loss a token over the second half of 8,192 tokens of each book: the window with what is
carried, with the matrices, behind kept tokens, with both, and full attention. Controls:
another book's matrices in the place of its own, the average of all other books', and as many
bytes as the matrices have spent on more kept tokens. Then books read on to greater lengths,
matrices on and off, the last 4,096 tokens scored: books that are that long, or if there are none
several joined. Differences are paired book by book; intervals are bootstrapped over books.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import torch
from torch import Tensor

from infinidoc.benchmarks.machine import describe
from infinidoc.benchmarks.plot import line_plot
from infinidoc.language import LanguageModel
from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.training.corpus import Corpus
from infinidoc.training.distilling import full_attention, shut

SCORED, LENGTH = 4096, 8192  # tokens: scored are the last ones
LONG_ENOUGH = 150_000  # characters of a book
START = 20_000  # characters: where a book proper has begun
MOST_LONG = 3  # books that are read to a greater length
ROWS = ("window", "carried", "matrices", "kept", "kept + matrices", "full attention",
        "more kept", "reader, window")  # fmt: skip
CONTROLS = ("other book", "average book")
Losses = dict[str, list[float]]


def run(
    model: str | None, data: Path, books: int, lengths: list[int], plot: Path | None = None
) -> None:
    """Print the table and one JSON line; with `plot` only draw the curve over position."""
    language = LanguageModel.find(model)
    print(f"{describe()}; {language.name}, adapter {language.adapter_name}")
    every = [text for text in Corpus(data, "dev").books if len(text) > LONG_ENOUGH]
    texts = every[:books]
    if plot:
        draw(language, texts, plot)
        return
    ids = [language.tokenizer.encode(text[START : START + LENGTH * 12])[:LENGTH] for text in texts]
    losses: Losses = {name: [] for name in (*ROWS, *CONTROLS)}
    halves = [_half(language.decoder, row) for row in ids]
    for number, row in enumerate(ids):
        others = [memory for at, memory in enumerate(halves) if at != number]
        for name, loss in _book(language, row, halves[number], others):
            losses[name].append(loss)
        last = ", ".join(f"{name} {values[-1]:.4f}" for name, values in losses.items() if values)
        print(f"book {number + 1}: {last}", flush=True)
    closed = {name: _closed(losses, name) for name in ("matrices", *CONTROLS) if losses[name]}
    if texts:
        closed["carried"] = _closed(losses, "carried", "window")
        closed["kept"] = _closed(losses, "kept", "window")
        closed["all"] = _closed(losses, "kept + matrices", "window")
        closed["matrices behind kept"] = _closed(losses, "kept + matrices", "kept")
        closed["equal bytes"] = _closed(losses, "more kept", "kept")
    for name, (mean, low, high, harmed) in closed.items():
        print(f"closed by {name:20} {mean:6.3f} [{low:.3f}, {high:.3f}], harm to {harmed} books")
    at: dict[str, dict[str, float]] = {}
    rate = 0.0
    for length in lengths:
        at[f"{length // 1024}K"], rate = _long(language, every, length)
        print(f"{length} tokens: {at[f'{length // 1024}K']}", flush=True)
    memory = halves[0] if halves else language.empty_memory()
    report = {"benchmark": "memory", "closed": {k: v[0] for k, v in closed.items()},
              "intervals": {k: v[1:3] for k, v in closed.items()},
              "harmed": closed["matrices"][3] if "matrices" in closed else 0,
              "losses": {k: sum(v) / len(v) for k, v in losses.items() if v},
              "controls": {name: closed[name][0] for name in (*CONTROLS, "equal bytes")
                           if name in closed},
              "at": at, "books": len(ids), "bytes": memory.nbytes,
              "tokens_per_second": rate}  # fmt: skip
    print(json.dumps(report))


def _blocks(decoder: Decoder, ids: list[int]) -> Iterator[Tensor]:
    for start in range(0, len(ids), decoder.config.segment * 4):
        yield torch.tensor([ids[start : start + decoder.config.segment * 4]])


@torch.inference_mode()
def _half(decoder: Decoder, ids: list[int]) -> Memory:
    """The memory before the tokens that are scored."""
    memory = decoder.empty_memory()
    for block in _blocks(decoder, ids[:-SCORED]):
        memory = decoder.read(block, memory)
    return memory


@torch.inference_mode()
def _book(
    language: LanguageModel, ids: list[int], half: Memory, others: list[Memory]
) -> Iterator[tuple[str, float]]:
    """Mean loss of the scored tokens under each way of seeing what came before."""
    decoder = language.decoder
    with shut(decoder.attentions):
        plain = _half(decoder, ids)
        yield "carried", _read_on(decoder, ids, plain)
    yield "matrices", _read_on(decoder, ids, half)
    if others:
        yield "other book", _read_on(decoder, ids, half, others[0])
        yield "average book", _read_on(decoder, ids, half, _average(others))
    yield "window", _by_window(decoder, ids, half, lambda _: (None, KVCache(decoder.shape.depth)))
    yield "kept", _by_window(decoder, ids, half, lambda m: (None, decoder.open_cache(m)))
    yield "kept + matrices", _by_window(decoder, ids, half, lambda m: (m, decoder.open_cache(m)))
    with shut(decoder.attentions), keeping(decoder, _as_many_bytes(half)):
        more = _half(decoder, ids)
        yield "more kept", _by_window(decoder, ids, more, lambda m: (None, decoder.open_cache(m)))
    if language.reader is not decoder:
        bare = _by_window(
            decoder, ids, half, lambda _: (None, KVCache(decoder.shape.depth)), language.reader
        )
        yield "reader, window", bare
    hidden = full_attention(decoder, torch.tensor([ids]))[:, -SCORED - 1 : -1]
    yield "full attention", _loss(decoder, hidden, ids[-SCORED:]) / SCORED


@contextlib.contextmanager
def keeping(decoder: Decoder, more: int) -> Iterator[None]:
    """Within this, `more` tokens are kept beside the usual number."""
    selector = decoder.selector
    if selector is not None:
        selector.count += more
    try:
        yield
    finally:
        if selector is not None:
            selector.count -= more


def _as_many_bytes(memory: Memory) -> int:
    """How many kept tokens take the bytes of the matrices."""
    spent = sum(layer.matrix.nbytes + layer.norm.nbytes for layer in memory.layers)
    kept = sum(layer.kept_keys.nbytes + layer.kept_values.nbytes for layer in memory.layers)
    count = memory.kept.positions.shape[1]
    return round(spent * count / kept) if kept else 0


def _read_on(
    decoder: Decoder, ids: list[int], memory: Memory, instead: Memory | None = None
) -> float:
    """Loss as `ingest` reads; with the sums of `instead` in the place of its own."""
    total, segment = 0.0, decoder.config.segment
    for at in range(len(ids) - SCORED, len(ids), segment):
        if instead is not None:
            memory = _with_sums(memory, instead)
        hidden, memory = decoder._read(torch.tensor([ids[at : at + segment]]), memory, False)
        total += _loss(decoder, hidden, ids[at + 1 : at + segment + 1])
    return total / (SCORED - 1)


def _with_sums(memory: Memory, other: Memory) -> Memory:
    layers = (
        replace(mine, matrix=theirs.matrix, norm=theirs.norm)
        for mine, theirs in zip(memory.layers, other.layers, strict=True)
    )
    return replace(memory, layers=tuple(layers))


def _average(memories: list[Memory]) -> Memory:
    """The mean of the matrices of many books: what helps of it is no memory of this one."""
    layers = []
    for each in zip(*(memory.layers for memory in memories), strict=True):
        matrix, norm = (
            torch.stack([getattr(layer, name) for layer in each]).mean(0)
            for name in ("matrix", "norm")
        )
        layers.append(replace(each[0], matrix=matrix, norm=norm))
    return replace(memories[0], layers=tuple(layers))


def _by_window(
    decoder: Decoder,
    ids: list[int],
    memory: Memory,
    opened: Callable[[Memory], tuple[Memory | None, KVCache]],
    asked: Decoder | None = None,
) -> float:
    """Loss segment by segment, each behind a window that is opened for it, as `ask` reads."""
    total, segment, asked = 0.0, decoder.config.segment, asked or decoder
    for at in range(len(ids) - SCORED, len(ids), segment):
        piece = torch.tensor([ids[at : at + segment]])
        hidden = asked.ask(piece, *opened(decoder.settled(memory)))
        total += _loss(asked, hidden, ids[at + 1 : at + segment + 1])
        memory = decoder.read(piece, memory)
    return total / (SCORED - 1)


@torch.inference_mode()
def _long(language: LanguageModel, texts: list[str], length: int) -> tuple[dict[str, float], float]:
    """Perplexity of the last tokens of books of this `length`, matrices on and off."""
    decoder = language.decoder
    on, off, seconds, read = [], [], 0.0, 0
    for ids in _as_long(language, texts, length):
        start = time.perf_counter()
        memory = _half(decoder, ids)
        seconds, read = seconds + time.perf_counter() - start, read + length - SCORED
        on.append(_read_on(decoder, ids, memory))
        with shut(decoder.attentions):  # what is carried is of the last segments alone
            memory = _half(decoder, ids[-LENGTH:])
            off.append(_read_on(decoder, ids, replace(memory, tokens_seen=length - SCORED)))
    if not on:
        return {}, 0.0
    gains = [1.0 - math.exp(a - b) for a, b in zip(on, off, strict=True)]
    low, high = _interval(gains)
    found = {
        "on": sum(on) / len(on),
        "off": sum(off) / len(off),
        "books": len(on),
        "perplexity_gain": sum(gains) / len(gains),
        "low": low,
        "high": high,
    }
    return found, read / seconds


def _as_long(language: LanguageModel, texts: list[str], length: int) -> list[list[int]]:
    """The first `length` tokens of each book that has as many, or of books joined in turn."""

    def begin(text: str) -> list[int]:
        return language.tokenizer.encode(text[START : START + length * 8])[:length]

    long = (begin(text) for text in texts if len(text) > START + length * 2)
    alone = list(islice((ids for ids in long if len(ids) == length), MOST_LONG))
    joined = (begin("\n\n".join([*texts[n:], *texts[:n]])) for n in range(len(texts)))
    return alone or list(islice((ids for ids in joined if len(ids) == length), MOST_LONG))


CURVE, BIN = 32_768, 2048  # tokens of a book that are read, and of a point


@torch.inference_mode()
def draw(language: LanguageModel, texts: list[str], path: Path) -> None:
    """Perplexity over the place in a book: the memory read, shut, and another book's read."""
    decoder, segment = language.decoder, language.config.segment
    rows = [language.tokenizer.encode(text[START : START + CURVE * 8])[:CURVE] for text in texts]
    rows = [row for row in rows if len(row) == CURVE]
    sums = {way: [0.0] * (CURVE // BIN) for way in ("memory", "shut", "another book's")}
    for number, ids in enumerate(rows):
        other = _half(decoder, rows[number - 1][: LENGTH + SCORED])
        for way, totals in sums.items():
            memory, place = decoder.empty_memory(), contextlib.nullcontext()
            with shut(decoder.attentions) if way == "shut" else place:
                for at in range(0, CURVE, segment):
                    if way == "another book's" and at:
                        memory = _with_sums(memory, other)
                    piece = torch.tensor([ids[at : at + segment]])
                    hidden, memory = decoder._read(piece, memory, False)
                    totals[at // BIN] += _loss(decoder, hidden, ids[at + 1 : at + segment + 1])
        print(f"book {number + 1} of {len(rows)}", flush=True)
    series = {
        way: [
            ((place + 0.5) * BIN, math.exp(total / (len(rows) * BIN)))
            for place, total in enumerate(totals)
        ]
        for way, totals in sums.items()
    }
    line_plot(path, series, "tokens of the book", "perplexity")
    print(json.dumps({"benchmark": "memory", "plot": str(path), "series": series}))


def _closed(losses: Losses, name: str, start: str = "carried") -> tuple[float, float, float, int]:
    """Share of the distance from `start` to full attention that `name` closes; its interval
    over books; books on which it does harm."""
    rows = list(zip(losses[start], losses[name], losses["full attention"], strict=True))
    shares = [(begin - loss) / (begin - full) for begin, loss, full in rows]
    low, high = _interval(shares)
    return sum(shares) / len(shares), low, high, sum(share < 0 for share in shares)


def _interval(values: list[float], draws: int = 2000) -> tuple[float, float]:
    """Ninety-five in a hundred means of values drawn again lie within."""
    chance = Random(0)
    means = sorted(sum(chance.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def _loss(decoder: Decoder, hidden: Tensor, following: list[int]) -> float:
    """Summed loss of `following`, predicted from hidden states [1, >= n, width]."""
    total, wanted = 0.0, torch.tensor(following)
    for at in range(0, len(wanted), 256):  # the head a stretch at a time: it is wide
        part = wanted[at : at + 256]
        logits = decoder.logits(hidden[0, at : at + len(part)]).float()
        total += float(torch.nn.functional.cross_entropy(logits, part, reduction="sum"))
    return total
