"""Chooses the tokens whose keys and values are kept exactly, however long the document.

A compressive matrix blurs names and numbers (see `benchmarks/LOG.md`), so a bounded number
of tokens is kept beside it: those that a question is most likely to ask for. A small
network scores every token once, from its hidden state at one layer; a token's neighbours
share its score, so that whole phrases survive. The best `kept` of all tokens read stay.

Shapes: B batch, N tokens of a block, n tokens kept so far.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.memory import Kept, MemoryConfig

WIDTH = 128  # of the scoring network


class TokenSelector(nn.Module):
    """Scores tokens by how much they are worth keeping."""

    def __init__(self, width: int, config: MemoryConfig) -> None:
        super().__init__()
        self.count, self.before, self.after = config.kept, config.kept_before, config.kept_after
        self.first = nn.Linear(width, WIDTH)
        self.second = nn.Linear(WIDTH, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """Scores [..., N] (logits) of hidden states [..., N, width], of any scale."""
        wide = hidden.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)
        return self.second(functional.silu(self.first(wide))).squeeze(-1)

    def choose(self, hidden: Tensor, kept: Kept, seen: int) -> tuple[Kept, Tensor]:
        """What is kept after a block, and its indices [B, m] into [kept so far | block]."""
        scores = self.shared(self(hidden))
        at = torch.arange(seen, seen + scores.shape[1], device=scores.device).expand_as(scores)
        scores, at = torch.cat([kept.scores, scores], 1), torch.cat([kept.positions, at], 1)
        best = scores.sort(dim=1, descending=True, stable=True).indices[:, : self.count]
        index = best.sort(dim=1).values  # document order
        return Kept(scores.gather(1, index), at.gather(1, index)), index

    def shared(self, scores: Tensor) -> Tensor:
        """Every token has the best score among itself, `before` tokens on and `after` back."""
        padded = functional.pad(scores, (self.after, self.before), value=float("-inf"))
        return functional.max_pool1d(padded.unsqueeze(1), self.before + self.after + 1, 1).squeeze(
            1
        )
