"""How near reading and writing come to what the machine can do, beside what others reach.

First the gate: a fast attention that is not the naive one is not measured. Then the
machine's ceiling and what theory asks of it; blocks of an ingest in turn with bare matrix
products of the same shapes and with the prefill of transformers and llama.cpp; decoding;
tokenizing; whole ingests of growing length, each in a process of its own with a question
at its end. Medians, and ratios of what was measured in turn, so that other work on the
machine falls on both sides. Every part is printed as it is measured, a JSON line last.
"""

from __future__ import annotations

import copy
import json
import statistics
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Any

import torch

from infinidoc.answering.generate import read_prompt, write
from infinidoc.answering.prompts import PromptPart
from infinidoc.benchmarks import theory
from infinidoc.benchmarks.exactness import refuse_if_wrong
from infinidoc.benchmarks.ingest import block_tokens, random_text, seconds_of_blocks, whole_ingest
from infinidoc.benchmarks.llama import Llama
from infinidoc.benchmarks.machine import (
    bandwidth,
    describe,
    matrix_rate,
    products,
    reading_once,
    seconds,
    working_type,
)
from infinidoc.benchmarks.peers import Peer, Transformers
from infinidoc.benchmarks.prompts import PROMPT, prompt
from infinidoc.errors import InfinidocError, ModelError, UsageError
from infinidoc.language import LanguageModel
from infinidoc.model.load import pick_device
from infinidoc.model.precision import type_name
from infinidoc.weights import DEFAULT, default_gguf

PEERS = ("transformers", "llama.cpp")
LLAMA_ROOM = 292  # tokens of its context that llama.cpp's server keeps for other things
TEXT, PAGE = 200_000, 3000  # tokens that are tokenized; characters fed at a time
Report = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is measured, and how large; `prefills` and `lengths` in tokens, short ones first."""

    lengths: Sequence[int]
    prefills: Sequence[int]
    written: int  # tokens that are decoded
    rounds: int
    peers: Sequence[str]


@dataclass
class Turn:
    """What takes its turn after a block of an ingest: so many tokens, in `take()` seconds."""

    name: str
    tokens: int
    take: Callable[[], float]
    spent: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.tokens / statistics.median(self.spent)


def run(model: str | None, device: str, plan: Plan, offline: bool = False) -> None:
    """Print every part and one JSON line."""
    unknown = set(plan.peers) - set(PEERS)
    if unknown:
        raise UsageError(f"no peer {sorted(unknown)[0]!r}", hint="one of " + ", ".join(PEERS))
    refuse_if_wrong(pick_device(device))
    language = LanguageModel.find(model, device=device, offline=offline)
    machine, types = describe(), number_types(language)
    print(f"{machine}; {language.name} on {language.decoder.device}, matrices {types[-1]}; "
          "attention exact", flush=True)  # fmt: skip
    report: Report = {"benchmark": "speed", "machine": machine, "model": language.name}
    report["device"], report["matrices"] = str(language.decoder.device), str(types[-1])
    report["ceiling"] = ceiling(language)
    peers = list(find_peers(language, plan, offline))
    report["peers"] = {peer.name: peer.made for peer, _ in peers}
    for peer, _ in peers:
        print(f"{peer.name}: {peer.made}", flush=True)
    report["reading"] = reading(language, plan, peers)
    report["decoding"] = decoding(language, plan, peers, report["ceiling"]["decode_bytes"])
    for peer, _ in peers:
        peer.close()
    report["tokenizing"] = tokenizing(language, plan.rounds)
    report["lengths"] = [growing(language, tokens, device) for tokens in plan.lengths]
    print(json.dumps(report))


def ceiling(language: LanguageModel) -> Report:
    """What the machine does at best, and what the model asks of it."""
    device, shape = str(language.decoder.device), language.decoder.shape
    square, speed = matrix_rate(device), bandwidth(device)
    own = matrix_rate(device, dtype=number_types(language)[-1])
    flop, size = theory.product_flop(shape), theory.decode_bytes(language.reader)
    attention = theory.attention_flop(shape, language.config)
    print(f"ceiling: {square:.0f} GFLOP/s in big matrix products ({own:.0f} in the type of the "
          f"model's matrices), memory read at {speed:.1f} GB/s")  # fmt: skip
    print(f"theory: {flop / 1e9:.3f} GFLOP of products a token read (and {attention / 1e9:.3f} of "
          f"attention), so {square / flop * 1e9:.0f} tokens/s at most; {size / 1e6:.0f} MB of "
          f"weights a token written, so {speed / size * 1e9:.0f} tokens/s", flush=True)  # fmt: skip
    return {
        "square_gflops": square,
        "own_type_gflops": own,
        "memory_gb_per_second": speed,
        "product_flop": flop,
        "attention_flop": attention,
        "decode_bytes": size,
    }


# -- peers -----------------------------------------------------------------------------------


def find_peers(
    language: LanguageModel, plan: Plan, offline: bool
) -> Iterator[tuple[Peer, list[int]]]:
    """Each peer that can run here, with the prompts it reads; the others say why not."""
    most = language.decoder.shape.max_positions
    lengths = sorted({min(tokens, most) for tokens in plan.prefills})
    for name in plan.peers:
        try:
            if name == Transformers.name:
                for dtype in number_types(language):
                    yield Transformers(language, str(language.decoder.device), dtype), lengths
            else:
                longest = min(lengths[-1], most - LLAMA_ROOM)
                ends = sorted({min(lengths[0], longest), longest})
                yield find_llama(language, longest, offline), ends
        except InfinidocError as error:
            print(f"{name}: left out: {error}", flush=True)


def find_llama(language: LanguageModel, longest: int, offline: bool) -> Llama:
    """llama.cpp with the default model's own GGUF file."""
    if language.name != DEFAULT:
        raise ModelError("no GGUF file of this model is known", where=language.name)
    if language.decoder.device.type != "cpu":
        raise ModelError("its wheel runs on a CPU only", hint="--device cpu compares there")
    vocabulary = language.decoder.shape.vocabulary
    return Llama(lambda: default_gguf(offline=offline), vocabulary, longest)


# -- reading ---------------------------------------------------------------------------------


def reading(language: LanguageModel, plan: Plan, peers: list[tuple[Peer, list[int]]]) -> Report:
    """An ingest, block by block, in turn with bare products and with the peers' prefill."""
    turns = [bare_products(language, dtype) for dtype in number_types(language)]
    for peer, lengths in peers:
        turns += [prefill(peer, tokens) for tokens in lengths]
    blocks = take_turns(language, turns, plan.rounds)
    tokens, shape = block_tokens(language), language.decoder.shape
    rate = tokens * len(blocks) / sum(blocks)
    flop = theory.product_flop(shape) / 1e9
    report: Report = {"ingest_tokens_per_second": rate}
    report["own_shapes_gflops"] = turns[0].rate * flop
    print(f"ingest: {rate:.0f} tokens/s over {len(blocks)} blocks, commits and all: "
          f"{rate * flop:.0f} GFLOP/s in products")  # fmt: skip
    report["in_turn"] = {}
    for number, turn in enumerate(turns):
        theirs = blocks[number :: len(turns)]
        ratio = tokens * len(theirs) / sum(theirs) * sum(turn.spent) / (turn.tokens * len(theirs))
        report["in_turn"][turn.name] = {
            "tokens_per_second": turn.rate,
            "ingest_over_it": round(ratio, 3),
        }
        print(f"  {turn.name}: {turn.rate:.0f} tokens/s; ingest over it {ratio:.3f}", flush=True)
    report["share_of_ceiling"] = report["in_turn"][turns[0].name]["ingest_over_it"]
    return report


def number_types(language: LanguageModel) -> list[torch.dtype]:
    """What models usually compute in there, and what the matrices of this one are, if other."""
    usual = working_type(str(language.decoder.device))
    own = language.decoder.attentions[0].matrices
    return list(dict.fromkeys((usual, own)))


def bare_products(language: LanguageModel, dtype: torch.dtype) -> Turn:
    """A block's matrix products of all layers and nothing else: the ceiling of reading."""
    shape, device = language.decoder.shape, str(language.decoder.device)
    tokens = block_tokens(language)
    layer = products(device, tokens, theory.layer_products(shape), dtype)

    def block() -> None:
        for _ in range(shape.depth):
            layer()

    name = f"bare matrix products, {type_name(dtype)}"
    return Turn(name, tokens, lambda: seconds(block, device))


def prefill(peer: Peer, tokens: int) -> Turn:
    """A peer's reading of a prompt."""
    return Turn(f"{peer.name} prefill at {tokens:,}", tokens, lambda: peer.prefill(tokens))


def take_turns(language: LanguageModel, turns: Sequence[Turn], rounds: int) -> list[float]:
    """Seconds of every block; after each of them the next one of `turns` is taken."""

    def between(number: int) -> None:
        if number == 0:  # the block that warms up, and with it all that is compared
            for turn in turns:
                turn.take()
            return
        turn = turns[(number - 1) % len(turns)]
        turn.spent.append(turn.take())

    return seconds_of_blocks(language, rounds * len(turns), between)[1:]


# -- writing ---------------------------------------------------------------------------------


def decoding(
    language: LanguageModel, plan: Plan, peers: list[tuple[Peer, list[int]]], size: int
) -> Report:
    """Tokens a second written after a short prompt, ours and the peers' in turn."""
    device = str(language.decoder.device)
    read = reading_once(device, size)
    writers: dict[str, Callable[[], float]] = {
        "infinidoc": lambda: decode(language, plan.written),
        "weights read once": lambda: plan.written * seconds(read, device),
    }
    writers |= {peer.name: partial(peer.decode, plan.written) for peer, _ in peers}
    for writer in writers.values():
        writer()  # warms up
    taken = [{name: writer() for name, writer in writers.items()} for _ in range(plan.rounds)]
    report: Report = {}
    for name in writers:
        rate = plan.written / statistics.median(turn[name] for turn in taken)
        ratio = statistics.median(turn[name] / turn["infinidoc"] for turn in taken)
        report[name] = {"tokens_per_second": rate, "ours_over_it": round(ratio, 3)}
        print(f"decoding, {name}: {rate:.1f} tokens/s; ours over it {ratio:.3f}", flush=True)
    report["share_of_ceiling"] = report["weights read once"]["ours_over_it"]
    return report


def decode(language: LanguageModel, tokens: int) -> float:
    """Seconds in which answers' own loop writes so many tokens after the first."""
    endless = _without_end(language)
    span = PromptPart(tuple(prompt(PROMPT, language.decoder.shape.vocabulary)))
    window, hidden = read_prompt(endless, [span], [None])
    pieces = write(endless, window, hidden, None, most=tokens + 1, stop_at_line=False)
    next(pieces)
    return seconds(lambda: deque(islice(pieces, tokens), 0), str(language.decoder.device))


def _without_end(language: LanguageModel) -> LanguageModel:
    """The same model with no token that ends an answer."""
    endless, tokenizer = copy.copy(language), copy.copy(language.tokenizer)
    vars(tokenizer)["eos_ids"] = frozenset()
    vars(endless)["tokenizer"] = tokenizer
    return endless


# -- tokenizing and length -------------------------------------------------------------------


def tokenizing(language: LanguageModel, rounds: int) -> Report:
    """MB/s of text into tokens, page by page as an ingest does, and by transformers."""
    from transformers import PreTrainedTokenizerFast

    text = random_text(language, TEXT)
    theirs = PreTrainedTokenizerFast.from_pretrained(language.path)
    ways: dict[str, Callable[[], list[int]]] = {
        "infinidoc": lambda: _streamed(language, text),
        "transformers": lambda: theirs(text, add_special_tokens=False, verbose=False)["input_ids"],
    }
    equal = ways["infinidoc"]() == ways["transformers"]()  # warms up as well
    taken = [{name: seconds(way) for name, way in ways.items()} for _ in range(rounds)]
    size = len(text.encode()) / 1e6
    rates = {name: size / statistics.median(turn[name] for turn in taken) for name in ways}
    ratio = statistics.median(turn["transformers"] / turn["infinidoc"] for turn in taken)
    said = "the same tokens" if equal else "OTHER TOKENS"
    print(f"tokenizing: {rates['infinidoc']:.2f} MB/s, transformers {rates['transformers']:.2f} "
          f"MB/s, {said}; ours over it {ratio:.2f}", flush=True)  # fmt: skip
    return {"mb_per_second": rates, "ours_over_transformers": round(ratio, 3), "equal": equal}


def _streamed(language: LanguageModel, text: str) -> list[int]:
    stream = language.tokenizer.stream()
    fed = [stream.feed(text[at : at + PAGE]) for at in range(0, len(text), PAGE)]
    return [token for token, _ in chain(*fed, stream.flush())]


def growing(language: LanguageModel, tokens: int, device: str) -> Report:
    """One whole ingest with a question at its end, in its own process."""
    found = whole_ingest(language, tokens, device=device)
    print(f"{found['tokens']:,} tokens: {found['tokens_per_second']:.0f} tokens/s, peak "
          f"{found['peak_mb']:.0f} MB, memory {found['memory_bytes']:,} bytes, first word of an "
          f"answer after {found['first_token_seconds']:.2f} s", flush=True)  # fmt: skip
    return found
