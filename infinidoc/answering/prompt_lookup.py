"""Guesses what is written next, as much of it is copied out of what was read.

What followed the last words where they stand in the prompt is checked by the model a few
tokens at a time, in one pass: speculative decoding (arXiv 2211.17192) with guesses from the
prompt. A guess saves time and changes nothing but the last bits of a probability.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache

GUESSED = 3  # tokens at a time: with the one before them as many as `QuantizedDecoder.most`
ALIKE = 2  # tokens before a guess that are as in the prompt
COMPARED = 16  # tokens before it that tell which of several places is meant


class PromptLookup:
    """Where in the tokens `read` what is being written may have been copied from."""

    def __init__(self, read: Sequence[int]) -> None:
        self.read = read
        self._places: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for place in range(ALIKE, len(read)):
            self._places[tuple(read[place - ALIKE : place])].append(place)

    def guesses(self, written: Sequence[int]) -> list[int]:
        """What followed, where the text before it is like the end of `written` for longest."""
        places = self._places.get(tuple(written[-ALIKE:]), ())
        if not places:
            return []
        best = max(places, key=lambda place: self._alike(place, written))
        return list(self.read[best : best + GUESSED])

    def _alike(self, place: int, written: Sequence[int]) -> int:
        """How many tokens before `place` are those at the end of `written`."""
        most = min(place, len(written), COMPARED)
        differ = (n for n in range(most) if self.read[place - 1 - n] != written[-1 - n])
        return next(differ, most)


class NextLogits:
    """The logits of one token after the other behind a KV cache, some of them computed ahead."""

    def __init__(self, decoder: Decoder, cache: KVCache, memory: Memory | None) -> None:
        self.decoder, self.cache, self.memory = decoder, cache, memory
        self._lookup = PromptLookup(cache.read)
        self._ahead: list[tuple[int, Tensor]] = []  # tokens that were guessed, what follows each

    def after(self, written: Sequence[int]) -> Tensor:
        """Logits [V] behind `written`, whose last token is new."""
        if self._ahead and self._ahead[0][0] == written[-1]:
            return self._ahead.pop(0)[1]
        self.forget()
        tokens = [written[-1], *self._lookup.guesses(written)]
        ids = torch.tensor([tokens], device=self.decoder.device)
        found = self.decoder.logits(self.decoder.ask(ids, self.memory, self.cache))[0].float()
        self._ahead = list(zip(tokens[1:], found[1:], strict=True))
        return found[0]

    def forget(self) -> None:
        """Take what was guessed and not written out of the cache."""
        self.cache.cut(self.cache.length - len(self._ahead))
        self._ahead = []
