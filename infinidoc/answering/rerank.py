"""Weighs the answers a model could give against one another: the one nearest to all is given.

The likeliest next word, taken again and again, makes neither the likeliest answer nor the one
most like the others: "1884", "in 1884" and "in May 1884" share their probability among them.
So a short answer the model is unsure of is drafted in several ways, best first, and that draft
is chosen whose expected overlap with the truth is largest, the drafts' probabilities standing
for what is true (minimum Bayes risk decoding, Kumar and Byrne 2004, with the F1 of SQuAD).
Where there are passages, a draft in their own words goes before all that are not.

Knows the decoder and token ids; the KV cache is left as it was found.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from infinidoc.answering.refusal import Refusal
from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import AttentionMask, KVCache
from infinidoc.text.overlap import normalized, overlap, stands
from infinidoc.tokens import Tokenizer

SHORT = 16  # tokens; a longer answer is written as it comes
SURE = 0.3  # of the likeliest draft: others seldom outweigh it
ROUNDS, TOGETHER = 6, 8  # how often drafts are carried on, and how many at once
ENOUGH = 0.8  # of all probability is in whole drafts: the rest can hardly matter
NEXT = 8  # tokens that may follow each
FAINT = math.log(0.001)  # a beginning less likely than this is not carried on


@dataclass(frozen=True)
class Draft:
    """Tokens, the log-probability of each, and whether an end was written after them.

    `agreed` is the overlap with the truth that is expected of it, 0 to 1.
    """

    tokens: tuple[int, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    ended: bool = False
    end: float = 0.0  # log-probability of the end
    agreed: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.log_probabilities) + self.end

    def __lt__(self, other: Draft) -> bool:
        return self.total > other.total  # the likeliest comes first


class Drafts:
    """The drafts of one answer, behind `cache`, as far as they have been written."""

    def __init__(
        self,
        decoder: Decoder,
        tokenizer: Tokenizer,
        cache: KVCache,
        memory: Memory | None = None,
        texts: Sequence[str] = (),
        refusal: Refusal | None = None,
    ) -> None:
        """`texts`: the passages in `cache`, in whose words the answer should be.

        No draft begins with what `refusal` bars.
        """
        self.decoder, self.tokenizer, self.refusal = decoder, tokenizer, refusal
        self.cache, self.memory = cache, memory
        self.texts = [normalized(text) for text in texts]
        self.start = cache.length
        self.whole: list[Draft] = []
        self._open: list[Draft] = []  # a heap

    @torch.inference_mode()
    def likeliest(self, logits: Tensor) -> Draft:
        """Greedily from the logits [V] of the first token; not `ended` if it is not SHORT.

        What was passed over on the way is remembered for `best`.
        """
        draft = Draft()
        while True:
            begun, ended = self._split(draft, torch.log_softmax(logits.float(), -1))
            following = min([*begun, *ended], default=Draft(ended=True))
            self.whole += ended
            for other in begun:
                if other is not following:
                    self._put(other)
            if following.ended or len(following.tokens) >= SHORT:
                self.cache.cut(self.start)
                return following
            draft = following
            ids = torch.tensor([draft.tokens[-1:]], device=self.decoder.device)
            logits = self.decoder.logits(self.decoder.ask(ids, self.memory, self.cache))[0, -1]

    def best(self) -> Draft:
        """Carry the drafts on, the likeliest first, then choose."""
        for _ in range(ROUNDS):
            if sum(math.exp(draft.total) for draft in self.whole) >= ENOUGH:
                break
            chosen = [heapq.heappop(self._open) for _ in range(min(TOGETHER, len(self._open)))]
            if not chosen:
                break
            for draft, logits in zip(chosen, self._after(chosen), strict=True):
                begun, ended = self._split(draft, logits)
                self.whole += ended
                for longer in begun:
                    self._put(longer)
        return nearest(self.whole, self.tokenizer, self.texts)

    def stands(self, draft: Draft) -> bool:
        """Whether the draft is in the words of a passage."""
        return stands(self.tokenizer.decode(list(draft.tokens)), self.texts)

    @torch.inference_mode()
    def _after(self, drafts: Sequence[Draft]) -> Tensor:
        """Log-probabilities [len(drafts), V] of what follows each, in one pass."""
        lengths = [len(draft.tokens) for draft in drafts]
        mask = AttentionMask.branches(lengths, self.start).to(self.decoder.device)
        ids = [token for draft in drafts for token in draft.tokens]
        asked = torch.tensor([ids], device=self.decoder.device)
        hidden = self.decoder.ask(asked, self.memory, self.cache, mask)[0]
        last = torch.tensor(lengths).cumsum(0) - 1
        return torch.log_softmax(self.decoder.logits(hidden[last]).float(), -1)

    def _split(self, draft: Draft, logits: Tensor) -> tuple[list[Draft], list[Draft]]:
        """The likeliest ways on from `draft`: those that go on, and those that end."""
        begun, ended = [], []
        if self.refusal is not None:
            logits = self.refusal.without(logits, draft.tokens)
        best = torch.topk(logits, min(NEXT, len(logits)))
        for value, token in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            if token in self.tokenizer.eos_ids or "\n" in self.tokenizer.decode([token]):
                ended.append(Draft(draft.tokens, draft.log_probabilities, True, value))
            else:
                said = (*draft.log_probabilities, value)
                begun.append(Draft((*draft.tokens, token), said))
        return begun, [d for d in ended if d.tokens]

    def _put(self, draft: Draft) -> None:
        if draft.total > FAINT and len(draft.tokens) < SHORT:
            heapq.heappush(self._open, draft)


def nearest(drafts: Sequence[Draft], tokenizer: Tokenizer, texts: Sequence[str] = ()) -> Draft:
    """The draft with the largest expected overlap; the likelier one among equals.

    Among those that stand in the `normalized` texts, if any does.
    """
    by_words: dict[tuple[str, ...], list[Draft]] = {}
    for draft in sorted(drafts):
        text = normalized(tokenizer.decode(list(draft.tokens)))
        by_words.setdefault(tuple(text.split()), []).append(draft)
    weights = {words: sum(math.exp(d.total) for d in same) for words, same in by_words.items()}

    def expected(words: tuple[str, ...]) -> float:
        return sum(weight * overlap(words, other) for other, weight in weights.items())

    standing = [words for words in by_words if stands(" ".join(words), texts)] or [*by_words]
    chosen = max(standing, key=lambda words: (expected(words), weights[words]))
    return replace(by_words[chosen][0], agreed=min(expected(chosen), 1.0))


def weighed(
    decoder: Decoder,
    tokenizer: Tokenizer,
    cache: KVCache,
    logits: Tensor,
    memory: Memory | None = None,
    texts: Sequence[str] = (),
    refusal: Refusal | None = None,
) -> Draft:
    """The answer to give behind `cache`, from the logits [V] of its first token.

    If it is not `ended`, it is only the beginning of a long one. `texts` are the passages
    in the cache, if there are any. It does not begin with what `refusal` bars.
    """
    drafts = Drafts(decoder, tokenizer, cache, memory, texts, refusal)
    draft = drafts.likeliest(logits)
    share = math.exp(draft.total)
    if draft.ended and draft.tokens and (share < SURE or not drafts.stands(draft)):
        return drafts.best()
    return replace(draft, agreed=share if draft.tokens else 0.0)
