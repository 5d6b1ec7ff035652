"""How a taught model refuses: it writes `NOT_FOUND`, and no other answer begins like that.

One token tells little ("Not guilty" begins with the same): where it is likely, it is looked at
what would follow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.tokens import Tokenizer

TELLING = 2  # tokens: "Not in" is the beginning of a refusal
UNLIKELY = 0.05  # a first token less likely is not looked at further


@dataclass(frozen=True)
class Refusal:
    """The probability that a model refuses, and the tokens that its answer must not begin with."""

    probability: float
    barred: tuple[int, ...]

    def without(self, logits: Tensor, written: Sequence[int]) -> Tensor:
        """Logits [V] after the tokens `written`, without the one that would make it a refusal."""
        if len(written) != len(self.barred) - 1 or tuple(written) != self.barred[:-1]:
            return logits
        allowed = logits.clone()
        allowed[self.barred[-1]] = float("-inf")
        return allowed


@torch.inference_mode()
def refusal_of(
    decoder: Decoder, tokenizer: Tokenizer, cache: KVCache, logits: Tensor, memory: Memory | None
) -> Refusal:
    """What a model thinks of refusing behind `cache`, from the logits [V] of its first token.

    Its first token is barred if a refusal would most likely follow it, else only what begins
    like one further on. The cache is left as it was found.
    """
    first, *others = tokenizer.encode(NOT_FOUND)[:TELLING]
    begins, start = float(torch.softmax(logits, -1)[first]), cache.length
    if begins <= UNLIKELY or not others:
        return Refusal(begins, (first,))
    ids = torch.tensor([[first, *others[:-1]]], device=decoder.device)
    following = torch.softmax(decoder.logits(decoder.ask(ids, memory, cache))[0].float(), -1)
    cache.cut(start)
    goes_on = math.prod(float(following[place, token]) for place, token in enumerate(others))
    return Refusal(begins * goes_on, (first,) if goes_on > 0.5 else (first, *others))
