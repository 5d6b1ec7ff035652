"""How fast reading is, and how flat: against transformers, and over document length.

First checks that the fast attention equals the naive one and refuses to report otherwise.
Then, in one run: the machine's own matrix rate, transformers' prefill of the same weights
at 512 tokens in turn with the blocks of an ingest, and two ingests in their own processes.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from infinidoc.benchmarks.machine import describe, matrix_rate
from infinidoc.ingest import Ingestion
from infinidoc.language import SEGMENTS_PER_BLOCK, LanguageModel
from infinidoc.library import Library
from infinidoc.reading import open_source
from infinidoc.store import Store

PREFILL = 512  # tokens of transformers' prefill
ROUNDS = 12
_WORDS = """
    the of and to in a is that for it was on are as with they be at this from or had by but
    what some we can out other were all there when up use your how said an each she which do
    their if will way about many then them write would like so these her long make thing see
    him two has look more day could go come did number sound most people over know water
    than call first who may down side been now find any new work part take get place made
    live where after back little only round man year came show every good me give our under
    name very through just form sentence great think help low line differ turn cause much
    mean before move right boy old too same tell does set three harbour captain lantern
    ledger parliament telescope orchard mercury violin treaty
""".split()


def run(model: str | None, long: int, short: int, gate: float | None) -> None:
    """Print the table and one JSON line."""
    refuse_if_wrong()
    language = LanguageModel.find(model)
    print(describe())
    ceiling = matrix_rate()
    print(f"fp32 matrix product: {ceiling:.0f} GFLOP/s")
    report: dict[str, Any] = {"benchmark": "ingest", "machine": describe(), "gflops": ceiling}
    report |= against_transformers(language, gate)
    for name, tokens in (("short", short), ("long", long)):
        report[name] = whole_ingest(language, tokens, gate)
        print(_line(name, report[name]), flush=True)
    report["last_over_first"] = report["long"]["last_over_first"]
    report["last_over_first_cpu"] = report["long"]["last_over_first_cpu"]
    report["peak_long_over_short"] = round(
        report["long"]["peak_mb"] / report["short"]["peak_mb"], 4
    )
    report["memory_identical"] = report["long"]["memory_bytes"] == report["short"]["memory_bytes"]
    for key in ("ingest_over_transformers", "last_over_first", "last_over_first_cpu"):
        print(f"{key}: {report[key]:.3f}")
    print(f"peak memory, long over short: {report['peak_long_over_short']:.4f}")
    print(json.dumps(report))


def refuse_if_wrong() -> None:
    """Raise unless the fast attention gives what the naive one gives."""
    from infinidoc.memory import MemoryConfig
    from infinidoc.model.attention import InfiniAttention
    from infinidoc.model.naive import naive_infini_attention
    from infinidoc.model.rotary import Rotation

    torch.manual_seed(0)
    base = torch.nn.Module()
    for name, width in (("q_proj", 32), ("k_proj", 16), ("v_proj", 16)):
        setattr(base, name, torch.nn.Linear(32, width, bias=False))
    base.o_proj, base.head_dim, base.scaling = torch.nn.Identity(), 8, 8**-0.5  # type: ignore[assignment]
    attention = InfiniAttention(base, MemoryConfig(16, 2, 4), 0).eval()
    torch.nn.init.normal_(attention.gate)
    rotation = Rotation(8, {}, "cpu")
    hidden = torch.randn(1, 50, 32)
    with torch.no_grad():
        fast, _ = attention.read(hidden, rotation, attention.empty_memory(), 0)
        keys, values = attention._keys_values(hidden)
        truth, _, _ = naive_infini_attention(
            attention._queries(hidden)[0],
            keys[0],
            values[0],
            lambda x, at: rotation(x, torch.tensor(at)),
            attention.gate,
            attention.config,
        )
    assert fast is not None
    torch.testing.assert_close(fast[0], truth.transpose(0, 1).reshape(50, -1), atol=1e-5, rtol=1e-4)


def against_transformers(language: LanguageModel, gate: float | None) -> dict[str, Any]:
    """A whole ingest, and after each of its blocks transformers' prefill of as many tokens.

    Ours is everything between two blocks: reading the file, tokens, the model, the commits.
    """
    from transformers import AutoModelForCausalLM

    theirs = AutoModelForCausalLM.from_pretrained(language.path, dtype=torch.float32).eval()
    open_gates(language, gate)
    block = language.config.segment * SEGMENTS_PER_BLOCK
    ids = torch.randint(0, language.decoder.shape.vocabulary, (1, block))
    pairs: list[tuple[float, float]] = []
    paused = 0.0  # the peer's turns, in which the ingest's own clock stands still

    def clock() -> float:
        return time.perf_counter() - paused

    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        text = Path(folder) / "text.txt"
        text.write_text(random_text(language, block * (ROUNDS + 2)), "utf-8")
        began = clock()
        for _ in _ingestion(Path(folder), language, text, clock).run():
            ours, start = clock() - began, time.perf_counter()
            for first in range(0, block, PREFILL):
                theirs(ids[:, first : first + PREFILL], use_cache=True, logits_to_keep=1)
            peer = time.perf_counter() - start
            pairs.append((block / ours, block / peer))
            paused += peer
            began = clock()
    pairs = pairs[1 : ROUNDS + 1]  # the first block warms up, the last is not whole
    ours, peer = (len(pairs) / sum(1 / rate for rate in side) for side in zip(*pairs, strict=True))
    ratio = ours / peer  # of the whole times: a median would leave out the blocks that commit
    print(f"ingest, block by block: {ours:.0f} tokens/s")
    print(f"transformers prefill at {PREFILL}: {peer:.0f} tokens/s; ratio {ratio:.3f}", flush=True)
    return {"ingest": ours, "transformers": peer, "ingest_over_transformers": round(ratio, 3)}


def _ingestion(
    folder: Path, language: LanguageModel, text: Path, clock: Callable[[], float]
) -> Ingestion:
    """An ingest of `text` into a new library, keeping time by `clock`."""
    store, source = Store(folder / "library.db"), open_source(text)
    document = store.add_document("text", source.kind, language.identity, str(text), source.sha256)
    return Ingestion(store, language, document, source, clock)


def open_gates(language: LanguageModel, gate: float | None) -> None:
    """Set every gate, so that the cost of reading the memory is in the figure."""
    for attention in language.decoder.attentions if gate is not None else []:
        torch.nn.init.constant_(attention.gate, gate or 0.0)
        attention.forget_gate()


def whole_ingest(language: LanguageModel, tokens: int, gate: float | None) -> dict[str, Any]:
    """A whole ingest in a process of its own: rate, flatness, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(random_text(language, tokens), "utf-8")
        call = f"from infinidoc.benchmarks.ingest import worker; worker({str(language.path)!r}, "
        call += f"{str(text)!r}, {gate!r})"
        environment = {**os.environ, "INFINIDOC_HOME": folder}
        done = subprocess.run(
            [sys.executable, "-c", call], capture_output=True, text=True, env=environment
        )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def random_text(language: LanguageModel, tokens: int) -> str:
    """Sentences of common words, about as long as asked."""
    chance = random.Random(0)
    words = [chance.choice(_WORDS) for _ in range(tokens)]
    lines = [" ".join(words[at : at + 12]).capitalize() + "." for at in range(0, len(words), 12)]
    text = "\n".join(lines)
    share = tokens / len(language.tokenizer.encode(text[:100_000])) * min(len(text), 100_000)
    return text[: int(share)] + "\n"


def worker(model: str, text: str, gate: float | None) -> None:
    """Ingest `text` in this process and print what it took."""
    marks: list[tuple[int, float, float]] = []
    start = time.perf_counter()
    with Library(model=model) as library:
        open_gates(library.language, gate)
        result = library.ingest(
            text,
            watch=lambda progress: marks.append(
                (progress.tokens, time.perf_counter(), time.process_time())
            ),
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report = {
        "tokens": result["tokens"],
        "tokens_per_second": result["tokens_per_second"],
        "last_over_first": flatness([(tokens, wall) for tokens, wall, _ in marks]),
        "last_over_first_cpu": flatness([(tokens, cpu) for tokens, _, cpu in marks]),
        "peak_mb": round(peak, 1),
        "memory_bytes": result["memory_bytes"],
        "seconds": round(time.perf_counter() - start, 1),
    }
    print(json.dumps(report))


def flatness(marks: list[tuple[int, float]]) -> float:
    """The rate over the last tenth of the blocks over that of the first tenth."""
    tenth = max(len(marks) // 10, 1)
    steps = [(b[0] - a[0]) / (b[1] - a[1]) for a, b in zip(marks, marks[1:], strict=False)]
    steps = steps[1:-1] or steps  # the first warms up, the last is not a whole block
    return round(statistics.median(steps[-tenth:]) / statistics.median(steps[:tenth]), 4)


def _line(name: str, report: dict[str, Any]) -> str:
    return (
        f"{name} ingest: {report['tokens']:,} tokens, {report['tokens_per_second']:.0f} tokens/s, "
        f"peak {report['peak_mb']:.0f} MB, memory {report['memory_bytes']:,} bytes, "
        f"last tenth over first {report['last_over_first']:.3f}"
    )
