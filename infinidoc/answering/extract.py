"""Takes the answer out of the passages: a pointer's spans in the eyes of the model.

The model has read the same passages and the question; all spans are looked at in one pass
behind them. Knows the decoder and token ids; the KV cache is left as it was found.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from infinidoc.answering.pointed import Pointing
from infinidoc.answering.refusal import refusal_of
from infinidoc.memory import Memory
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import AttentionMask, KVCache
from infinidoc.tokens import Tokenizer

LONGEST = 32  # tokens of an answer that are looked at; what follows is seldom in doubt


@torch.inference_mode()
def weighed(
    decoder: Decoder,
    tokenizer: Tokenizer,
    pointing: Pointing,
    cache: KVCache,
    hidden: Tensor,
    memory: Memory | None,
) -> Pointing:
    """`pointing` as the model sees it behind `cache`, whose last hidden state is `hidden`
    [1, 1, width]."""
    if not pointing.candidates:
        return pointing
    logits = decoder.logits(hidden)[0, -1].float()
    refusal = refusal_of(decoder, tokenizer, cache, logits, memory)
    likely = log_probabilities(decoder, tokenizer, cache, logits, memory, pointing.words)
    return pointing.weighed(likely, refusal.probability)


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
    rows = [row[:LONGEST] for row in whole]
    ends = sorted(tokenizer.eos_ids)
    start, device = cache.length, decoder.device
    mask = AttentionMask.branches([len(row) for row in rows], start).to(device)
    ids = torch.tensor([[token for row in rows for token in row]], device=device)
    following = decoder.logits(decoder.ask(ids, memory, cache, mask)[0]).float()
    cache.cut(start)
    totals = following.logsumexp(-1)
    first = logits - logits.logsumexp(-1)
    found, at = [], 0
    for row, all_of_it in zip(rows, whole, strict=True):
        last = at + len(row) - 1
        said = following[range(at, last), row[1:]].sum() - totals[at:last].sum()
        end = following[last, ends].logsumexp(0) - totals[last]
        found.append(float(first[row[0]] + said + (end if row == all_of_it else 0.0)))
        at = last + 1
    return found
