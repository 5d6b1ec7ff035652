"""Teaches a reader that points: groups of passages with one question, one softmax over them.

What is learned is where the answer begins and where it ends among all the passages of a
group, or "nowhere". In the folder of a run:

    pointing.safetensors   the checkpoint to go on from
    pointer.safetensors    what a user needs, written with every checkpoint
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from infinidoc.grounding.overlap import exact_match, f1
from infinidoc.model.quantized import as_stored
from infinidoc.pointing.encoder import Encoder
from infinidoc.pointing.file import FILE, WORDS, bits_of, read_encoder, save_pointer
from infinidoc.pointing.pieces import Pieces, Row, side_by_side
from infinidoc.pointing.pointer import Pointed, Pointer
from infinidoc.training.corpus import Corpus, for_choosing
from infinidoc.training.loop import Rates, Schedule, Trainer
from infinidoc.training.pointed import Place
from infinidoc.training.questions import UNASKABLE, Questions, Share

CHECKPOINT = "pointing.safetensors"
LONGEST = 4000  # characters of a context that is watched
MULTIPLE = 32  # of a batch's length: products of a new shape are slow the first time


def teach_pointer(
    start: Path,
    data: Path,
    out: Path,
    share: Share,
    schedule: Schedule,
    rates: Rates,
    *,
    kind: torch.dtype = torch.float32,
    seconds: float = math.inf,
    seed: int = 0,
    log: Callable[[str], None] = print,
) -> bool:
    """Teach the encoder in the file or folder `start` into `out`, or go on; True once done.

    `kind` is the type in which matrices are multiplied.
    """
    torch.manual_seed(seed)
    encoder, pieces, header = read_encoder(start, share.depth)
    task = Pointing(encoder, pieces, Corpus(data), Corpus(data, "dev"), share, seed, kind)
    words = encoder.get_parameter(WORDS)
    words.requires_grad_(False)  # what a word means is known; and much of all numbers
    if bits_of(WORDS, words, share.bits) < 8:
        words.data = as_stored(words.data, share.bits)
    if encoder.shape.distances:
        encoder.distances.requires_grad_(False)  # its way back costs more than it can teach
    parameters = {n: p for n, p in encoder.named_parameters() if p.requires_grad}
    trainer = Trainer(task, parameters, schedule, rates, out / CHECKPOINT, log)
    trainer.on_save = lambda: save_pointer(out / FILE, encoder, pieces, header, share.bits)
    return trainer.run(seconds)


class Pointing:
    """The task: losses of steps, and scores on development questions it may choose by."""

    def __init__(
        self,
        encoder: Encoder,
        pieces: Pieces,
        train: Corpus,
        dev: Corpus,
        share: Share,
        seed: int = 0,
        kind: torch.dtype = torch.float32,
    ) -> None:
        self.encoder, self.pieces, self.share, self.kind = encoder, pieces, share, kind
        self.questions = Questions(train, share, seed)
        self.watched = watched(dev, share.watched)

    def losses(self, step: int) -> Iterator[Tensor]:
        """One loss, whose way back is taken with the matrices as they will be stored
        (straight-through estimator, arXiv 1308.3432)."""
        self.encoder.train()
        with stored(self.encoder, self.share.bits):
            yield self._loss(step)

    def _loss(self, step: int) -> Tensor:
        asked = self.questions.step(step)
        rows, groups = [], []
        for number, question in enumerate(asked):
            made = self.pieces.rows(question.question, question.passages)
            rows += [(row, targets(row, question.places)) for row in made]
            groups += [number] * len(made)
        return joint_loss(self._scores([row for row, _ in rows]), [t for _, t in rows], groups)

    def _scores(self, rows: Sequence[Row]) -> list[tuple[Tensor, Tensor]]:
        """Start and end scores of each row's passage; rows of like length go together."""
        found: list[tuple[Tensor, Tensor] | None] = [None] * len(rows)
        for batch in by_length(rows, self.share.together):
            part = [rows[index] for index in batch]
            batch_ = side_by_side(part, MULTIPLE)
            with torch.autocast("cpu", self.kind, enabled=self.kind != torch.float32):
                start, end = self.encoder(batch_.ids, batch_.kinds, batch_.lengths)
            for at, index in enumerate(batch):
                row = part[at]
                found[index] = (start[at, row.first : row.last], end[at, row.first : row.last])
        return [scores for scores in found if scores is not None]

    def evaluate(self) -> dict[str, float]:
        with stored(self.encoder, self.share.bits):
            pointer = Pointer(deepcopy(self.encoder), self.pieces, self.kind)
        return scores(pointer, self.watched)


@contextmanager
def stored(encoder: Encoder, bits: int) -> Iterator[None]:
    """The matrices that are taught rounded to so many bits, and afterwards as they were.

    Eight bits change nothing that could be learned from, so they are not rounded.
    """
    exact = {
        parameter: parameter.data
        for name, parameter in encoder.named_parameters()
        if parameter.requires_grad and bits_of(name, parameter, bits) < 8
    }
    try:
        for parameter, values in exact.items():
            parameter.data = as_stored(values, bits)
        yield
    finally:
        for parameter, values in exact.items():
            parameter.data = values


def by_length(rows: Sequence[Row], together: int) -> Iterator[list[int]]:
    """Indices of the rows, longest first, so many at a time."""
    order = sorted(range(len(rows)), key=lambda index: -len(rows[index].ids))
    for first in range(0, len(order), together):
        yield order[first : first + together]


def targets(row: Row, places: Sequence[Place]) -> tuple[list[int], list[int]]:
    """First and last pieces, of the row's passage, of the answers that stand in it whole."""
    starts, ends = [], []
    for passage, start, end in places:
        if passage != row.passage:
            continue
        held = [i for i, (a, b) in enumerate(row.places) if a < end and b > start]
        if held and row.places[held[0]][0] <= start and row.places[held[-1]][1] >= end:
            starts.append(held[0])
            ends.append(held[-1])
    return starts, ends


def joint_loss(
    rows: Sequence[tuple[Tensor, Tensor]],
    wanted: Sequence[tuple[list[int], list[int]]],
    groups: Sequence[int],
) -> Tensor:
    """Mean negative log-probability of a group's right starts and ends, or of "nowhere".

    `rows` are the scores of a passage's pieces; those of one group share a softmax with a
    "nowhere" of score 0. Of several right places any will do.
    """
    losses = []
    for group in sorted(set(groups)):
        members = [index for index, other in enumerate(groups) if other == group]
        for side in (0, 1):
            scores = torch.cat([rows[index][side] for index in members])
            nowhere = scores.new_zeros(1)
            shift, right = 0, []
            for index in members:
                right += [shift + place for place in wanted[index][side]]
                shift += len(rows[index][side])
            mass = scores[right].logsumexp(0) if right else nowhere[0]
            losses.append(torch.cat([scores, nowhere]).logsumexp(0) - mass)
    return torch.stack(losses).mean()


# -- what is watched -----------------------------------------------------------------------


def watched(dev: Corpus, count: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Questions on contexts to choose by, source by source in turn."""
    by_source: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for row in dev.qa:
        asked = for_choosing(row["context"]) and not row["source"].startswith(UNASKABLE)
        if asked and len(row["context"]) <= LONGEST:
            by_source.setdefault(row["source"], []).extend((row, q) for q in row["qas"])
    for questions in by_source.values():
        Random(0).shuffle(questions)
    turns = (q[turn] for turn in range(count) for q in by_source.values() if turn < len(q))
    return [question for question, _ in zip(turns, range(count), strict=False)]


def scores(
    pointer: Pointer, asked: Sequence[tuple[dict[str, Any], dict[str, Any]]]
) -> dict[str, float]:
    """F1 and exact answers if it may not refuse, free answers apart; shares refused."""
    spans: list[tuple[float, float, bool]] = []
    free: list[float] = []
    refused: list[bool] = []
    for row, question in asked:
        found = pointer.point(question["question"], [row["context"]])
        answers = [answer for answer in question["answers"] if answer.strip()]
        text = _said(found, row["context"])
        if not answers:
            refused.append(found.nowhere > 0.5)
        elif row["source"].startswith("fairytale"):
            free.append(f1(text, answers))
        else:
            spans.append((f1(text, answers), exact_match(text, answers), found.nowhere > 0.5))
    return {
        "f1": _mean([row[0] for row in spans]),
        "em": _mean([row[1] for row in spans]),
        "f1_free": _mean(free),
        "wrongly_refused": _mean([row[2] for row in spans]),
        "rightly_refused": _mean(refused),
        "questions": len(asked),
    }


def _said(found: Pointed, text: str) -> str:
    return text[found.spans[0].start : found.spans[0].end] if found.spans else ""


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else float("nan")
