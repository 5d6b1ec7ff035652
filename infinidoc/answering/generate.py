"""Reads a prompt into a KV cache and writes on from it.

Knows the decoder and token ids; the memory is only read here, never written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from infinidoc.answering.prompt_lookup import NextLogits
from infinidoc.answering.prompts import NOT_FOUND, PromptPart, answer_prompt
from infinidoc.answering.refusal import refusal_of
from infinidoc.errors import UsageError
from infinidoc.language import LanguageModel
from infinidoc.memory import Memory
from infinidoc.model.focus import FOCUS, focused
from infinidoc.model.kv_cache import KVCache

REPEAT = 4  # no run of this many tokens is written twice: small models love to loop


@dataclass(frozen=True)
class Piece:
    """A piece of text as it is written, and the model's log-probability of its token.

    With the first piece comes the probability of refusing, if that was allowed. `unended`: the
    model would have gone on, and was not let.
    """

    text: str
    log_probability: float
    refusing: float | None = None
    refuses: bool = False
    unended: bool = False


@torch.inference_mode()
def read_prompt(
    language: LanguageModel,
    spans: Sequence[PromptPart],
    memories: Sequence[Memory | None],
    opened: Memory | None = None,
) -> tuple[KVCache, Tensor]:
    """Read `spans`, each with its memory; returns the KV cache and the last hidden state.

    The cache begins with the kept tokens of `opened`, else with those of the last memory that
    the last span is about.
    """
    decoder = language.reader
    if opened is None and memories[-1] is not None:
        opened = about(language, spans, memories[-1])
    cache = decoder.open_cache(opened)
    cache.read = [token for span in spans for token in span.ids]
    length = cache.length + len(cache.read)
    if length > decoder.shape.max_positions - 64:
        raise UsageError(f"the question and its passages are {length} tokens: too long")
    parts: list[tuple[Tensor, Memory | None]] = []
    for _, group in groupby(zip(spans, memories, strict=True), lambda pair: id(pair[1])):
        together = list(group)
        ids = [token for span, _ in together for token in span.ids]
        parts.append((torch.tensor([ids], device=decoder.device), together[0][1]))
    return cache, decoder.ask_each(parts, cache)[:, -1:]


def about(
    language: LanguageModel, spans: Sequence[PromptPart], memory: Memory, count: int = FOCUS
) -> Memory:
    """`memory` with `count` of its kept tokens: those that the last span is about."""
    asked = torch.tensor([spans[-1].ids], device=language.reader.device)
    return focused(language.reader, asked, memory, count)


@torch.inference_mode()
def write(
    language: LanguageModel,
    cache: KVCache,
    hidden: Tensor,
    memory: Memory | None,
    *,
    most: int,
    stop_at_line: bool,
    may_refuse: bool = False,
) -> Iterator[Piece]:
    """Words from the last hidden state [1, 1, width] on, at most `most` tokens, always the
    likeliest next. What goes on behind them ends with a piece that says so.

    A model that was taught to refuse does so only where it may, and where the probability of
    that is above the adapter's threshold.
    """
    decoder, tokenizer = language.reader, language.tokenizer
    following, written = NextLogits(decoder, cache, memory), list[int]()
    shown, refusal = "", None
    logits = decoder.logits(hidden)[0, -1].float()
    if language.adapter:
        refusal = refusal_of(decoder, tokenizer, cache, logits, memory)
        if may_refuse and refusal.probability > language.adapter.refusal:
            said = math.log(refusal.probability)
            yield Piece(NOT_FOUND, said, refusal.probability, refuses=True)
            return
    wanted = refusal.probability if refusal and may_refuse else None
    for count in range(most + 1):
        allowed = refusal.without(logits, written) if refusal else logits
        token, probability = _next_token(allowed, written)
        if token in language.ends:
            return
        if count == most:
            yield Piece("", probability, unended=True)
            return
        written.append(token)
        text = tokenizer.decode(written)
        if text.endswith("\ufffd"):  # half a character: wait for the rest
            piece = ""
        else:
            piece, shown = text[len(shown) :], text
        if stop_at_line and shown.strip() and "\n" in shown.lstrip():
            yield Piece(piece.partition("\n")[0], probability)
            return
        yield Piece(piece, probability, None if count else wanted)
        logits = following.after(written)


def warm_up(language: LanguageModel) -> None:
    """Load all that an answer needs and use it once, so that the first one waits for nothing."""
    spans = answer_prompt(language.tokenizer, "Ready?", [])
    memories = [None] * len(spans)
    cache, hidden = read_prompt(language, spans, memories)
    list(write(language, cache, hidden, None, most=1, stop_at_line=True))
    if language.pointer is not None:
        language.pointer.point("Ready?", ["Ready."])
    if language.embedder is not None:
        language.embedder.question(language.tokenizer.encode(" Ready?"))


def _next_token(logits: Tensor, written: list[int]) -> tuple[int, float]:
    """The likeliest token that does not complete a run of REPEAT tokens written before."""
    probabilities = torch.log_softmax(logits, -1)
    allowed = probabilities.clone()
    run = written[len(written) - REPEAT + 1 :]
    for start in range(len(written) - REPEAT + 1):
        if written[start : start + REPEAT - 1] == run:
            allowed[written[start + REPEAT - 1]] = float("-inf")
    token = int(allowed.argmax())
    return token, float(probabilities[token])
