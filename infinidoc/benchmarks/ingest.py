"""How fast reading is, and how flat: against transformers, and over document length.

First checks that the fast attention equals the naive one and refuses to report otherwise.
Then, in one run: the machine's own matrix rate, transformers' prefill of the same weights
at 512 tokens in turn with the blocks of an ingest, and two ingests in their own processes.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from infinidoc.benchmarks.exactness import refuse_if_wrong
from infinidoc.benchmarks.machine import describe, matrix_rate, seconds, settle
from infinidoc.benchmarks.peak import peak_megabytes
from infinidoc.benchmarks.peers import Transformers
from infinidoc.ingest import Ingestion
from infinidoc.language import LanguageModel
from infinidoc.library import Library
from infinidoc.reading import open_source
from infinidoc.store import Store

PREFILL = 512  # tokens of transformers' prefill
ROUNDS = 12
QUESTIONS = [  # several: passages, and so prompts, differ in length
    f"What is {place} the {thing}?"
    for thing in ("water", "harbour", "lantern", "ledger", "orchard", "treaty")
    for place in ("on", "behind")
]
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


def against_transformers(language: LanguageModel, gate: float | None) -> dict[str, Any]:
    """A whole ingest, and after each of its blocks transformers' prefill of as many tokens."""
    open_gates(language, gate)
    theirs, block = Transformers(language, "cpu"), block_tokens(language)
    taken: list[float] = []

    def between(_: int) -> None:
        taken.append(sum(theirs.prefill(PREFILL) for _ in range(0, block, PREFILL)))

    spent = seconds_of_blocks(language, ROUNDS, between)
    ours, peer = (ROUNDS * block / sum(each) for each in (spent[1:], taken[1:]))
    ratio = ours / peer  # of the whole times: a median would leave out the blocks that commit
    print(f"ingest, block by block: {ours:.0f} tokens/s")
    print(f"transformers prefill at {PREFILL}: {peer:.0f} tokens/s; ratio {ratio:.3f}", flush=True)
    return {"ingest": ours, "transformers": peer, "ingest_over_transformers": round(ratio, 3)}


def block_tokens(language: LanguageModel) -> int:
    """Tokens of a whole block."""
    return language.config.segment * language.segments_per_block


def seconds_of_blocks(
    language: LanguageModel, rounds: int, between: Callable[[int], object]
) -> list[float]:
    """Seconds each block of an ingest takes, the first, which warms up, and `rounds` more.

    A block is everything between two of them: reading the file, tokens, the model, the
    commits. After each comes `between(number)`, in which the ingest's own clock stands still.
    """
    device, paused, spent = str(language.decoder.device), 0.0, []

    def clock() -> float:
        settle(device)
        return time.perf_counter() - paused

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "library.db") as store:
        text = Path(folder) / "text.txt"
        text.write_text(random_text(language, block_tokens(language) * (rounds + 3)), "utf-8")
        began = clock()
        for number, _ in enumerate(_ingestion(store, language, text, clock).run()):
            spent.append(clock() - began)
            paused += seconds(partial(between, number), device)
            if number == rounds:
                break
            began = clock()
    return spent


def _ingestion(
    store: Store, language: LanguageModel, text: Path, clock: Callable[[], float]
) -> Ingestion:
    """An ingest of `text` into a new library, keeping time by `clock`."""
    source = open_source(text)
    document = store.add_document("text", source.kind, language.identity, str(text), source.sha256)
    return Ingestion(store, language, document, source, clock)


def open_gates(language: LanguageModel, gate: float | None) -> None:
    """Set every gate, so that the cost of reading the memory is in the figure."""
    for attention in language.decoder.attentions if gate is not None else []:
        torch.nn.init.constant_(attention.gate, gate or 0.0)
        attention.forget_gate()


def whole_ingest(
    language: LanguageModel, tokens: int, gate: float | None = None, device: str = "auto"
) -> dict[str, Any]:
    """A whole ingest and a question in a process of its own: rate, flatness, peak, latency."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(random_text(language, tokens), "utf-8")
        call = f"from infinidoc.benchmarks.ingest import worker; worker({str(language.path)!r}, "
        call += f"{str(text)!r}, {gate!r}, {device!r})"
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


def worker(model: str, text: str, gate: float | None, device: str) -> None:
    """Ingest `text` in this process, ask about it, and print what it took."""
    marks: list[tuple[int, float, float]] = []
    start = time.perf_counter()
    with Library(model=model, device=device) as library:
        open_gates(library.language, gate)
        result = library.ingest(
            text,
            watch=lambda progress: marks.append(
                (progress.tokens, time.perf_counter(), time.process_time())
            ),
        )
        peak, spent = peak_megabytes(), time.perf_counter() - start
        library.ask(QUESTIONS[0])  # loads the reader
        asked = [library.ask(question)["first_token_seconds"] for question in QUESTIONS]
    report = {
        "tokens": result["tokens"],
        "tokens_per_second": result["tokens_per_second"],
        "last_over_first": flatness([(tokens, wall) for tokens, wall, _ in marks]),
        "last_over_first_cpu": flatness([(tokens, cpu) for tokens, _, cpu in marks]),
        "peak_mb": peak,
        "memory_bytes": result["memory_bytes"],
        "seconds": round(spent, 1),
        "first_token_seconds": statistics.mean(asked),
    }
    if torch.cuda.is_available():
        report["peak_device_mb"] = round(torch.cuda.max_memory_allocated() / 2**20, 1)
    print(json.dumps(report))


def flatness(marks: list[tuple[int, float]]) -> float:
    """The rate over the last tenth of the blocks over that of the first tenth."""
    tenth = max(len(marks) // 10, 1)
    steps = [(b[0] - a[0]) / (b[1] - a[1]) for a, b in pairwise(marks)]
    steps = steps[1:-1] or steps or [1.0]  # the first warms up, the last is not a whole block
    return round(statistics.median(steps[-tenth:]) / statistics.median(steps[:tenth]), 4)


def _line(name: str, report: dict[str, Any]) -> str:
    return (
        f"{name} ingest: {report['tokens']:,} tokens, {report['tokens_per_second']:.0f} tokens/s, "
        f"peak {report['peak_mb']:.0f} MB, memory {report['memory_bytes']:,} bytes, "
        f"last tenth over first {report['last_over_first']:.3f}"
    )
