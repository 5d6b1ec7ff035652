"""An answer from the memory alone, written twice: from the few kept tokens that the question is
about, and from all of them. The draft whose tokens are likelier on average is the answer.

A single fact is found among a few tokens and lost among thousands; what is spread over many
sentences is not among the few. How sure the model is of its words tells which of the two it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from infinidoc.answering.generate import Piece, about, read_prompt, write
from infinidoc.answering.prompts import PromptPart
from infinidoc.language import LanguageModel
from infinidoc.memory import Memory

FEW = 96  # kept tokens of the first draft


@torch.inference_mode()
def recalled(
    language: LanguageModel,
    spans: Sequence[PromptPart],
    memory: Memory,
    most: int,
    *,
    matrices: bool = True,
) -> Iterator[Piece]:
    """The pieces of the likelier draft, of at most `most` tokens; it may be a refusal.

    `spans` is a question without passages. Without `matrices` only kept tokens are read.
    """
    few = about(language, spans, memory, FEW)
    views = [memory] if few is memory else [few, memory]
    read = memory if matrices else None
    drafts = [_draft(language, spans, read, view, most) for view in views]
    yield from max(drafts, key=_likelihood)


def _draft(
    language: LanguageModel,
    spans: Sequence[PromptPart],
    memory: Memory | None,
    view: Memory,
    most: int,
) -> list[Piece]:
    cache, hidden = read_prompt(language, spans, [memory] * len(spans), view)
    return list(
        write(language, cache, hidden, memory, most=most, stop_at_line=True, may_refuse=True)
    )


def _likelihood(draft: Sequence[Piece]) -> float:
    """Mean log-probability of a draft's tokens; of an empty one, as unlikely as can be."""
    if not draft:
        return float("-inf")
    return sum(piece.log_probability for piece in draft) / len(draft)
