"""A training item: a prompt that several questions share, each with the answer to learn.

The prompt goes through the model once; every question and its answer is a branch that
sees the prompt and itself, not the other branches. Knows token ids and tensors only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from infinidoc.model.kv_cache import AttentionMask


@dataclass(frozen=True)
class Branch:
    """What follows the shared prompt: `ids`, of which those from `answer` on are learned."""

    ids: tuple[int, ...]
    answer: int
    weight: float = 1.0


@dataclass(frozen=True)
class Item:
    """A shared prompt and its branches; `kind` names the sort of item in logs."""

    kind: str
    prompt: tuple[int, ...]
    branches: tuple[Branch, ...]

    def __len__(self) -> int:
        return len(self.prompt) + sum(len(branch.ids) for branch in self.branches)


@dataclass(frozen=True)
class Batch:
    """Items side by side, padded: B items, N tokens of the longest, Q tokens to predict.

    `rows`, `columns` [Q] say where the hidden states stand that predict `targets` [Q];
    `weights` [Q] sum to 1: every token counts the same within its item, every item too. (Were
    it every branch, the first token, which decides between answering and refusing, would
    weigh less in a refusal, the longer text, than in an answer.)
    """

    ids: Tensor
    layout: AttentionMask
    rows: Tensor
    columns: Tensor
    targets: Tensor
    weights: Tensor


def collate(items: Sequence[Item], past: int = 0, device: torch.device | str = "cpu") -> Batch:
    """The items as one batch whose prompts follow `past` tokens that all of them see."""
    length = max(len(item) for item in items)
    placed = torch.tensor([_placed(item, length) for item in items], device=device)
    ids, positions, branch = placed.unbind(1)
    asked = [(row, *rest) for row, item in enumerate(items) for rest in _asked(item)]
    rows, columns, targets, weights = zip(*asked, strict=True)
    return Batch(
        ids,
        AttentionMask(positions + past, _sight(branch, past)),
        torch.tensor(rows, device=device),
        torch.tensor(columns, device=device),
        torch.tensor(targets, device=device),
        torch.tensor(weights, device=device) / len(items),
    )


def _placed(item: Item, length: int) -> tuple[list[int], list[int], list[int]]:
    """An item's ids, positions and branches, padded: 0 is the prompt, -1 is padding."""
    start = len(item.prompt)
    ids, positions, branch = list(item.prompt), list(range(start)), [0] * start
    for number, following in enumerate(item.branches, 1):
        ids += following.ids
        positions += range(start, start + len(following.ids))
        branch += [number] * len(following.ids)
    rest = length - len(ids)
    return ids + [0] * rest, positions + [0] * rest, branch + [-1] * rest


def _sight(branch: Tensor, past: int) -> Tensor:
    """The mask [B, 1, N, past + N] of tokens of these branches [B, N].

    Each sees what came before it in the prompt and in its own branch.
    """
    batch, length = branch.shape
    to, at = branch.unsqueeze(1), branch.unsqueeze(2)
    earlier = torch.ones(length, length, dtype=torch.bool, device=branch.device).tril()
    own = earlier & ((to == at) | (to == 0))
    before = own.new_ones(batch, length, past)
    return torch.cat([before, own], 2).unsqueeze(1)


def _asked(item: Item) -> list[tuple[int, int, float]]:
    """(column, target, weight) of every token to learn."""
    asked, at = [], len(item.prompt)
    total = sum(branch.weight * (len(branch.ids) - branch.answer) for branch in item.branches)
    for branch in item.branches:
        learned = range(branch.answer, len(branch.ids))
        share = branch.weight / total
        for index in learned:  # predicted from the token before, which may be the prompt's last
            column = at + index - 1 if index or at == len(item.prompt) else len(item.prompt) - 1
            asked.append((column, branch.ids[index], share))
        at += len(branch.ids)
    return asked
