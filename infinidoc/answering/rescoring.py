"""Takes the answer out of the passages: a pointer's spans in the eyes of the model.

The model has read the same passages and the question; all spans are looked at in one pass
behind them. Knows the decoder and token ids; the KV cache is left as it was found.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from infinidoc.answering.answer_spans import AnswerSpans
from infinidoc.answering.refusal import refusal_of
from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import AttentionMask, KVCache
from infinidoc.tokens import Tokenizer

LONGEST = 16  # tokens of an answer that are looked at: what follows is seldom in doubt


@torch.inference_mode()
def rescored(
    decoder: Decoder,
    tokenizer: Tokenizer,
    pointing: AnswerSpans,
    cache: KVCache,
    hidden: Tensor,
    memory: Memory | None,
) -> AnswerSpans:
    """`pointing` as the model sees it behind `cache`, whose last hidden state is `hidden`
    [1, 1, width]."""
    if not pointing.candidates:
        return pointing
    logits = decoder.logits(hidden)[0, -1].float()
    refusal = refusal_of(decoder, tokenizer, cache, logits, memory)
    likely = log_probabilities(decoder, tokenizer, cache, logits, memory, pointing.words)
    return pointing.rescored(likely, refusal.probability)


@torch.inference_mode()
def log_probabilities(
    decoder: Decoder,
    tokenizer: Tokenizer,
    cache: KVCache,
    logits: Tensor,
    memory: Memory | None,
    answers: Sequence[str],
) -> list[float]:
    """The logarithm of each answer's probability behind `cache`, its end included.

    `logits` [V] are those of an answer's first token. No answer may be empty.
    """
    whole = [tokenizer.encode(answer) for answer in answers]
    tree = TokenTree([row[:LONGEST] for row in whole])
    ends = sorted(tokenizer.eos_ids)
    mask = AttentionMask.tree(tree.parents, cache.length).to(decoder.device)
    ids = torch.tensor([tree.tokens], device=decoder.device)
    length = cache.length
    following = decoder.logits(decoder.ask(ids, memory, cache, mask)[0]).float()
    cache.cut(length)
    totals = following.logsumexp(-1)
    first = logits - logits.logsumexp(-1)
    end = following[:, ends].logsumexp(-1) - totals
    found = []
    for row, path in zip(whole, tree.paths, strict=True):
        before, last = path[:-1], path[-1]
        said = following[before, row[1 : len(path)]].sum() - totals[before].sum()
        over = end[last] if len(row) == len(path) else 0.0
        found.append(float(first[row[0]] + said + over))
    return found


class TokenTree:
    """Texts of token ids, what they begin with in common held once.

    `tokens` and the index of each one's parent (-1: a text begins with it), which stands before
    it; `paths`: the indices of each text's tokens.
    """

    def __init__(self, texts: Sequence[Sequence[int]]) -> None:
        self.tokens: list[int] = []
        self.parents: list[int] = []
        self._children: dict[tuple[int, int], int] = {}
        self.paths = [self._path(text) for text in texts]

    def _path(self, text: Sequence[int]) -> list[int]:
        path = [-1]
        for token in text:
            at = self._children.setdefault((path[-1], token), len(self.tokens))
            if at == len(self.tokens):
                self.tokens.append(token)
                self.parents.append(path[-1])
            path.append(at)
        return path[1:]
