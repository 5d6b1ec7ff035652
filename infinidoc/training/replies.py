"""What a model answers to items, and how much it wanted to refuse.

Refusing and answering are measured apart: every question is answered as if refusing were
forbidden, and the probability of refusing is kept beside the answer, so that the border
between the two can be set afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from infinidoc.answering.answer_spans import predict_spans
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.answering.refusal import Refusal, refusal_of
from infinidoc.answering.rescoring import rescored
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.pointing.pointer import Pointer
from infinidoc.retrieval.evidence import Evidence
from infinidoc.tokens import Tokenizer
from infinidoc.training.items import Item


@dataclass(frozen=True)
class Reply:
    """The words if the model may not refuse, and the probability that it would."""

    text: str
    refusal: float

    def at(self, threshold: float) -> str:
        """The answer given when refusing above `threshold`."""
        return NOT_FOUND if self.refusal > threshold else self.text


@torch.inference_mode()
def replies(
    decoder: Decoder,
    tokenizer: Tokenizer,
    item: Item,
    window: KVCache | None = None,
    most: int = 32,
) -> Iterator[Reply]:
    """One reply per branch of `item`, whose prompt is read once behind `window`.

    The memory that the window was opened with is read. Greedy, as `ask` writes.
    """
    window = window or KVCache(decoder.shape.depth)
    memory = window.opened
    for hidden in _asked(decoder, item, window):
        logits = decoder.logits(hidden)[0, -1].float()
        refusal = refusal_of(decoder, tokenizer, window, logits, memory)
        written = _greedy(decoder, tokenizer, window, logits, most, refusal)
        yield Reply(tokenizer.decode(written).strip(), refusal.probability)


@torch.inference_mode()
def pointed_replies(
    decoder: Decoder,
    tokenizer: Tokenizer,
    pointer: Pointer,
    item: Item,
    passages: Sequence[Evidence],
    questions: Sequence[str],
) -> Iterator[Reply]:
    """One reply per branch of `item`: words of a passage that the pointer is sure of, or that
    pointer and model agree on."""
    window = KVCache(decoder.shape.depth)
    for question, hidden in zip(questions, _asked(decoder, item, window), strict=True):
        found = predict_spans(pointer, question, passages)
        if found.sure < pointer.sure:
            found = rescored(decoder, tokenizer, found, window, hidden, None)
        yield Reply(found.answer.words if found.answer else "", found.nowhere)


def _asked(decoder: Decoder, item: Item, window: KVCache) -> Iterator[Tensor]:
    """The last hidden state [1, 1, width] behind each branch's question, the window being
    read that far; in the end it is as it was."""
    before, memory = window.length, window.opened
    if item.prompt:
        decoder.ask(torch.tensor([item.prompt], device=decoder.device), memory, window)
    start = window.length
    for branch in item.branches:
        question = torch.tensor([branch.ids[: branch.answer]], device=decoder.device)
        yield decoder.ask(question, memory, window)[:, -1:]
        window.cut(start)
    window.cut(before)


def _greedy(
    decoder: Decoder,
    tokenizer: Tokenizer,
    window: KVCache,
    logits: Tensor,
    most: int,
    refusal: Refusal,
) -> list[int]:
    """The likeliest tokens, to the end of the answer or of the line."""
    written: list[int] = []
    while len(written) < most:
        token = int(refusal.without(logits, written).argmax())
        if token in tokenizer.eos_ids:
            break
        written.append(token)
        if "\n" in tokenizer.decode([token]):
            break
        ids = torch.tensor([[token]], device=decoder.device)
        logits = decoder.logits(decoder.ask(ids, window.opened, window))[0, -1]
    return written
