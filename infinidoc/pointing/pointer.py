"""Points at the answer to a question in the passages that may hold it.

Each passage is read with the question by a small encoder, all in one batch. A span weighs
exp(start + end), measured from its own passage's "nowhere", which itself weighs 1, so the
spans of all passages and "nowhere" share one softmax (shared normalization, arXiv
1710.10723). Of the likeliest spans that one is the answer which shares most words with what
the answer is expected to be. Knows strings, not where a passage stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn

from infinidoc.pointing.encoder import Encoder
from infinidoc.pointing.pieces import Pieces, Row, Rows, side_by_side

LONGEST_SPAN = 64  # pieces
KEPT = 20  # of the likeliest spans


@dataclass(frozen=True)
class AnswerSpan:
    """Characters of a passage, and the probability that they are the answer."""

    passage: int
    start: int
    end: int
    probability: float


@dataclass(frozen=True)
class Pointed:
    """Where the answer is: the likeliest spans, best first, and the weight of "nowhere"."""

    spans: tuple[AnswerSpan, ...]
    nowhere: float
    pieces: int = 0  # that were read


class Pointer:
    """An encoder with its pieces, ready to read."""

    def __init__(
        self,
        encoder: Encoder,
        pieces: Pieces,
        kind: torch.dtype = torch.float32,
        refusal: float = 0.5,
        calibration: Sequence[float] = (),
        path: Path | None = None,
        sure: float = 1.0,
    ) -> None:
        """`kind` is the type in which the layers' matrices are multiplied, from now on.

        `refusal`: the probability of "nowhere" above which there is no answer; `calibration`:
        bias and weights by which an answer's confidence is told, if fitted; `path`: its
        file, if it has one; `sure`: how sure of an answer it must be for nobody else to be
        asked.
        """
        self.encoder, self.pieces, self.kind = encoder.eval(), pieces, kind
        self.refusal, self.calibration, self.path = refusal, calibration, path
        self.sure = sure
        for module in encoder.layers.modules():
            if isinstance(module, nn.Linear):
                module.to(kind)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its file, for who measures it; "" without one."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest() if self.path else ""

    @torch.inference_mode()
    def point(self, question: str, passages: Sequence[str], kept: int = KEPT) -> Pointed:
        """The likeliest spans of `passages`, each of different characters."""
        rows = self.pieces.rows(question, passages)
        if not rows:
            return Pointed((), 1.0)
        weights = span_weights(*self.scores(rows))
        total = torch.logsumexp(torch.cat([weights.flatten(), torch.zeros(1)]), 0)
        best = weights.flatten().topk(min(kept * 2, weights.numel()))
        found: dict[tuple[int, int, int], float] = {}
        for weight, place in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            if weight == float("-inf"):
                break
            at, start, length = _unravel(place, weights.shape)
            row = rows[at]
            low = row.places[start - row.first][0]
            high = row.places[start + length - row.first][1]
            key = (row.passage, low, high)  # seen by two windows: the surer one's
            found.setdefault(key, float(torch.exp(torch.tensor(weight) - total)))
        spans = tuple(AnswerSpan(*key, probability) for key, probability in found.items())
        pieces = sum(len(row.ids) for row in rows)
        return Pointed(spans[:kept], float(torch.exp(-total)), pieces)

    def scores(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor, Rows]:
        """Start and end scores [R, N] of the rows."""
        batch = side_by_side(rows)
        narrow = self.kind != torch.float32
        with torch.autocast("cpu", self.kind, enabled=narrow):
            start, end = self.encoder(batch.ids, batch.kinds, batch.lengths)
        return start, end, batch


def span_weights(start: Tensor, end: Tensor, rows: Rows) -> Tensor:
    """Logarithms [R, N, L] of the weights of spans that begin at n and are l + 1 pieces long."""
    nothing = float("-inf")
    start = start.masked_fill(~rows.inside, nothing)
    end = end.masked_fill(~rows.inside, nothing)
    longest = min(LONGEST_SPAN, start.shape[1])
    ends = torch.nn.functional.pad(end, (0, longest - 1), value=nothing).unfold(1, longest, 1)
    return start[:, :, None] + ends


def _unravel(place: int, shape: torch.Size) -> tuple[int, int, int]:
    rest, length = divmod(place, shape[2])
    return *divmod(rest, shape[1]), length
