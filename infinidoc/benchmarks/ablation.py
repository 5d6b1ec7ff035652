"""Which memory learns to remember, at the same small training budget.

Every variant is trained the same way: a passkey in the first of a few short segments of a
novel, asked for in the last, low-rank changes on all matrices, gates and write gates
learned with it, as many steps for each. Then: digits right at lengths never trained, in
other novels; perplexity; bytes; tokens per second. The exact residue is asked through a
window, as `ask` does; the others inside the stream, as the paper does.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.benchmarks.banks import give_banks
from infinidoc.benchmarks.journal import Journal
from infinidoc.benchmarks.machine import describe
from infinidoc.benchmarks.window import perplexity
from infinidoc.language import LanguageModel
from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model.architecture import Architecture
from infinidoc.model.decoder import Decoder
from infinidoc.model.lora import add_low_rank, unchanged
from infinidoc.training.corpus import Corpus
from infinidoc.training.keeping import teach_keeper
from infinidoc.training.stories import Stories

SEGMENT, DIGITS, TOGETHER = 64, 5, 4
LENGTHS = {3: 5, 8: 5, 32: 2}  # segments, and how many batches are asked at that length
PAPER = MemoryConfig(segment=SEGMENT, sinks=0, carried=0)


@dataclass(frozen=True)
class Variant:
    """A memory to try; an `exact` one is asked through its kept tokens."""

    name: str
    config: MemoryConfig
    banks: bool = False

    @property
    def exact(self) -> bool:
        return self.config.kept > 0


VARIANTS = (
    Variant("paper, linear", PAPER),
    Variant("paper, delta", replace(PAPER, update="delta")),
    Variant("linear + write gate", replace(PAPER, write_gate=True)),
    Variant("+ wide features (DPFP 3)", replace(PAPER, write_gate=True, features="dpfp")),
    Variant("+ sinks", replace(PAPER, write_gate=True, sinks=4)),
    Variant("+ carried segment", replace(PAPER, write_gate=True, sinks=4, carried=60)),
    Variant("+ banks", replace(PAPER, write_gate=True, sinks=4, carried=60), banks=True),
    Variant("exact residue (128)", replace(PAPER, sinks=4, carried=16, kept=128)),
)


class Passkeys:
    """Token ids of novels with a passkey in the first segment and its question in the last."""

    def __init__(self, language: LanguageModel, books: list[str], seed: int) -> None:
        self.encode = language.tokenizer.encode
        self.books, self.chance = books, Random(seed)

    def batch(self, count: int, segments: int) -> Tensor:
        """ids [count, segments * SEGMENT]; the last DIGITS are the key."""
        return torch.tensor([self._one(segments * SEGMENT) for _ in range(count)])

    def _one(self, length: int) -> list[int]:
        key = str(self.chance.randrange(10 ** (DIGITS - 1), 10**DIGITS))
        fact = self.encode(f" The pass key is {key}. Remember it.")
        question = self.encode(f"\nThe pass key is {key}")
        book = self.chance.choice(self.books)
        start = self.chance.randrange(max(len(book) - length * 8, 1))
        filler = self.encode(book[start : start + length * 8])
        at = self.chance.randrange(0, SEGMENT - len(fact))
        body = filler[:at] + fact + filler[at:]
        return body[: length - len(question)] + question


def run(model: str | None, data: Path, work: Path, steps: int, names: list[str]) -> None:
    """Train and measure every variant; those in `work` already are not done again."""
    language = LanguageModel.find(model)
    print(f"{describe()}; {language.name}; {steps} steps of {TOGETHER} x 3 segments of {SEGMENT}")
    journal = Journal(work / "ablation.jsonl")
    rows = []
    for variant in VARIANTS:
        if names and variant.name not in names:
            continue
        key = f"{variant.name}: {steps} steps"
        if key not in journal:
            journal[key] = measure(language, data, variant, steps)
        rows.append(row := journal[key])
        digits = "  ".join(f"{k} {v:.2f}" for k, v in row["digits"].items())
        print(f"{variant.name:26} digits at {digits}  perplexity {row['perplexity']:.2f}  "
              f"{row['bytes'] / 1e6:.2f} MB  {row['tokens_per_second']:.0f} tokens/s",
              flush=True)  # fmt: skip
    print(json.dumps({"benchmark": "ablation", "rows": rows}))


def measure(language: LanguageModel, data: Path, variant: Variant, steps: int) -> dict[str, object]:
    """One row of the table."""
    torch.manual_seed(0)
    train, dev = Corpus(data), Corpus(data, "dev")
    middle = Architecture.from_folder(language.path).depth // 2
    config = replace(variant.config, kept_from=min(variant.config.kept_from, middle))
    decoder = language.load(config)
    if variant.exact:
        teach_keeper(decoder, language.tokenizer, Stories(train), texts=max(4, steps // 8))
    learn(decoder, variant, Passkeys(language, train.books, 0), steps)
    decoder.eval()
    found = {}
    for segments in LENGTHS:
        asked = Passkeys(language, dev.books, 1)
        found[str(segments * SEGMENT)] = right(decoder, variant, asked, segments)
    book = dev.books[0]
    ids = language.tokenizer.encode(book[len(book) // 2 :][:20_000])[: SEGMENT * 48]
    start, memory = time.perf_counter(), decoder.empty_memory()
    with torch.inference_mode():
        for at in range(0, len(ids), 4 * SEGMENT):
            memory = decoder.read(torch.tensor([ids[at : at + 4 * SEGMENT]]), memory)
    return {
        "variant": variant.name,
        "steps": steps,
        "digits": found,
        "perplexity": round(perplexity(decoder, ids), 3),
        "bytes": memory.nbytes,
        "tokens_per_second": round(len(ids) / (time.perf_counter() - start), 1),
    }


def learn(decoder: Decoder, variant: Variant, passkeys: Passkeys, steps: int) -> None:
    """Gates at 2e-2 without decay, low-rank changes at 1e-3; the loss is on the digits."""
    low_rank = list(add_low_rank(decoder, 16, 2.0).values())
    gates: list[nn.Parameter] = []
    if variant.banks:
        gates += give_banks(decoder)
    for attention in decoder.attentions if not variant.exact else []:
        nn.init.constant_(attention.gate, -1.5)
        gates.append(attention.gate)
        if attention.write_gate is not None:
            gates += list(attention.write_gate.parameters())
    for parameter in gates:
        parameter.requires_grad_(True)
    decoder.train()
    optimizer = torch.optim.AdamW(
        [{"params": low_rank, "lr": 1e-3}, {"params": gates, "lr": 2e-2}], weight_decay=0.0
    )
    for _ in range(steps):
        ids = passkeys.batch(TOGETHER, 3)
        loss = functional.cross_entropy(
            _logits(decoder, variant, ids).flatten(0, 1), ids[:, -DIGITS:].flatten()
        )
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_([*low_rank, *gates], 1.0)
        optimizer.step()
    for attention in decoder.attentions:
        attention.forget_gate()


@torch.inference_mode()
def right(decoder: Decoder, variant: Variant, passkeys: Passkeys, segments: int) -> float:
    """The share of digits that are the likeliest, each after the right ones before it."""
    hits, total = 0, 0
    for _ in range(LENGTHS[segments]):
        ids = passkeys.batch(4, segments)
        best = _logits(decoder, variant, ids).argmax(-1)
        hits += int((best == ids[:, -DIGITS:]).sum())
        total += best.numel()
    return round(hits / total, 3)


def _logits(decoder: Decoder, variant: Variant, ids: Tensor) -> Tensor:
    """Logits [B, DIGITS, vocabulary] of the tokens that should be the key."""
    if not variant.exact:
        hidden, _ = decoder._read(ids, decoder.empty_memory(len(ids)), False)
        return decoder.logits(hidden[:, -DIGITS - 1 : -1])
    asked = ids.shape[1] - SEGMENT  # the last segment is the question's window
    memory: Memory = decoder.empty_memory(len(ids))
    with torch.no_grad(), unchanged(decoder):
        memory = decoder.read(ids[:, :asked], memory)
    hidden = decoder.ask(ids[:, asked:], None, decoder.open_window(memory))
    return decoder.logits(hidden[:, -DIGITS - 1 : -1])
