"""A training item: a prompt that several questions share, each with the answer to learn.

The prompt goes through the model once; every question and its answer is a branch that
sees the prompt and itself, not the other branches. Knows token ids and tensors only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from infinidoc.model.window import Layout


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
    layout: Layout
    rows: Tensor
    columns: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device | str) -> Batch:
        rest = (self.rows, self.columns, self.targets, self.weights)
        moved = (tensor.to(device) for tensor in rest)
        return Batch(self.ids.to(device), self.layout.to(device), *moved)


def collate(items: Sequence[Item], past: int = 0) -> Batch:
    """The items as one batch whose prompts follow `past` tokens that all of them see."""
    length = max(len(item) for item in items)
    ids = torch.zeros(len(items), length, dtype=torch.long)
    positions = torch.zeros(len(items), length, dtype=torch.long)
    mask = torch.zeros(len(items), 1, length, past + length, dtype=torch.bool)
    mask[..., :past] = True
    asked: list[tuple[int, int, int, float]] = []  # row, column, target, weight
    for row, item in enumerate(items):
        _place(item, ids[row], positions[row], mask[row, 0, :, past:])
        asked += [(row, *rest) for rest in _asked(item)]
    for row in range(len(items)):  # padding sees itself, so that no softmax is over nothing
        mask[row, 0, :, past:].fill_diagonal_(True)
    rows, columns, targets, weights = zip(*asked, strict=True)
    return Batch(
        ids,
        Layout(positions + past, mask),
        torch.tensor(rows),
        torch.tensor(columns),
        torch.tensor(targets),
        torch.tensor(weights) / len(items),
    )


def _place(item: Item, ids: Tensor, positions: Tensor, mask: Tensor) -> None:
    """Write an item's ids, positions and mask [N, N] into their rows."""
    start = len(item.prompt)
    ids[:start] = torch.tensor(item.prompt)
    positions[:start] = torch.arange(start)
    mask[:start, :start] = torch.ones(start, start, dtype=torch.bool).tril()
    at = start
    for branch in item.branches:
        end = at + len(branch.ids)
        ids[at:end] = torch.tensor(branch.ids)
        positions[at:end] = torch.arange(start, start + end - at)
        mask[at:end, :start] = True
        mask[at:end, at:end] = torch.ones(end - at, end - at, dtype=torch.bool).tril()
        at = end


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
