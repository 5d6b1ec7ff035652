"""Which memory learns to stand for full attention, at the same small training budget.

Every variant is taught the same way, from nothing, and from as many texts: half of them layer
by layer on what the base model passes up, half on what it passes up itself
(`training/transfer.py`); one variant the last third through the whole network
(`training/distilling.py`). Then: the share of the distance from the window to
full attention that it closes on unseen books; bytes of the matrices; tokens a second.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from infinidoc.benchmarks.journal import Journal
from infinidoc.benchmarks.machine import describe
from infinidoc.language import LanguageModel
from infinidoc.memory import MemoryConfig
from infinidoc.model.decoder import Decoder
from infinidoc.training.corpus import Corpus
from infinidoc.training.distilling import Course, Watched, begin, memory_parameters
from infinidoc.training.loop import Schedule
from infinidoc.training.recipes import BASE_INPUTS, NETWORK, OWN_INPUTS
from infinidoc.training.stages import Stage, teach_memory

MOSTLY_SHUT = -3.0  # beta of a scalar gate before teaching
OURS = MemoryConfig()


@dataclass(frozen=True)
class Variant:
    """A memory to try; without `length` what is read longer than taught counts in full."""

    name: str
    config: MemoryConfig
    length: bool = True
    through_network: bool = False


VARIANTS = (
    Variant("paper: ELU + 1, scalar gate", replace(OURS, features="elu", gate="scalar")),
    Variant("learned features, scalar gate", replace(OURS, gate="scalar")),
    Variant("learned features, joint gate", OURS, length=False),
    Variant("+ length", OURS),
    Variant("+ stage through the network", OURS, through_network=True),
    *(Variant(f"F = {count}", replace(OURS, feature_count=count)) for count in (32, 64, 256)),
)


def run(
    model: str | None,
    data: Path,
    work: Path,
    steps: int,
    names: list[str],
    tokens: int = 2048,
) -> None:
    """Teach and measure every variant; those in `work` already are not done again.

    Texts have `tokens` tokens; a segment is a quarter of one, and a quarter of that carried.
    """
    language = LanguageModel.find(model)
    print(f"{describe()}; {language.name}; {steps} texts of {tokens} tokens each")
    journal = Journal(work / "ablation.jsonl")
    rows = []
    for variant in VARIANTS:
        if names and variant.name not in names:
            continue
        key = f"{variant.name}: {steps} x {tokens}"
        if key not in journal:
            journal[key] = measure(language, data, work, variant, steps, tokens)
        rows.append(row := journal[key])
        print(f"{variant.name:32} closed {row['closed']:.3f} (worst book {row['worst']:.3f})  "
              f"{row['bytes'] / 1e6:.2f} MB  {row['tokens_per_second']:.0f} tokens/s",
              flush=True)  # fmt: skip
    print(json.dumps({"benchmark": "ablation", "rows": rows}))


def measure(
    language: LanguageModel, data: Path, work: Path, variant: Variant, steps: int, tokens: int
) -> dict[str, object]:
    """One row of the table."""
    torch.manual_seed(0)
    decoder = language.load(
        replace(variant.config, segment=tokens // 4, carried=tokens // 16)
    )  # fmt: skip
    course = Course(
        tokens=(tokens,), segments=(tokens // 4,), carried=(tokens // 16,),
        asked=min(1024, tokens // 2), watched=4, watched_tokens=(tokens // 2, 2 * tokens),
    )  # fmt: skip
    begin(decoder, opening=0.0 if variant.config.gate == "joint" else MOSTLY_SHUT)
    parameters = memory_parameters(decoder)
    if not variant.length:
        for name in [name for name in parameters if name.endswith(".length")]:
            parameters.pop(name).data.fill_(20.0)  # longer than any book
    place = work / "ablation" / str(sum(map(ord, variant.name)))
    stages = _stages(variant, course, steps)
    header = {"name": variant.name, "base": "", "config": asdict(variant.config)}
    teach_memory(decoder, language.tokenizer, data, place, stages, parameters,
                 header=header, log=lambda line: None)  # fmt: skip
    decoder.requires_grad_(False)
    watched = Watched(decoder, language.tokenizer, Corpus(data, "dev"), course)
    shares = list(watched.closed().values())
    rate, size = _read(decoder, watched.books[0][0])
    return {"name": variant.name, "steps": steps, "closed": sum(shares) / len(shares),
            "worst": min(shares), "bytes": size, "tokens_per_second": rate}  # fmt: skip


def _stages(variant: Variant, course: Course, steps: int) -> tuple[Stage, ...]:
    """As many texts for every variant, with nothing watched on the way."""
    quiet, parts = replace(course, watched=0), 3 if variant.through_network else 2
    stages = (BASE_INPUTS, OWN_INPUTS, NETWORK)[:parts]
    schedule = Schedule(steps=max(steps // parts, 1), warmup=5, evaluate_every=10**9)
    return tuple(replace(stage, course=quiet, schedule=schedule) for stage in stages)


@torch.inference_mode()
def _read(decoder: Decoder, ids: Tensor) -> tuple[float, int]:
    """Tokens a second of reading a book, and the bytes of its matrices."""
    block = decoder.config.segment * 4
    start, memory = time.perf_counter(), decoder.empty_memory()
    for piece in ids.split(block, 1):
        memory = decoder.read(piece, memory)
    seconds = time.perf_counter() - start
    size = sum(layer.matrix.nbytes + layer.norm.nbytes for layer in memory.layers)
    return ids.shape[1] / seconds, size
