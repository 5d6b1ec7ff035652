"""Summarizes by quoting: the sentences of a text that tell most, as they stand, in order.

Knows strings only. The sentences are spread over the text, none says again what another
says, and the last part of the text is heard, for there stands how it ends, unless the text
says at its beginning what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infinidoc.summarizing.quotations import Quotation
from infinidoc.summarizing.salience import Telling
from infinidoc.text.grounding import same

ALIKE = 0.35  # what being like a chosen sentence costs, of the whole range of scores
ALIKE_THERE = 0.2  # the same where an abstract is, which says one thing in several sentences
NEAR = 0.1  # what standing beside one costs
LAST = 0.2  # the share of the text that is its last part
DANGLING = 0.2  # what beginning with "he" or "this" costs where the sentence before is not taken
TELLS = 0.05  # what a claim, a turn or an end is worth: who holds what, and how it ends

_MARKDOWN = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)|\*\*")


@dataclass(frozen=True)
class SummaryLine:
    """A sentence of a summary: where it comes from in its text, and how far it is borne out."""

    text: str
    start: int
    support: float
    quoted: bool


def quote(
    sentences: Sequence[Quotation],
    count: int,
    words: int,
    focus: str | None = None,
    besides: Sequence[str] = (),
) -> list[SummaryLine]:
    """At most `count` sentences and about `words` words, in reading order.

    With a focus only sentences that share a word with it, if there are any; none that says
    what one of `besides` says.
    """
    telling = Telling(sentences, focus)
    allowed = np.asarray(telling.focused()) if focus else np.ones(len(sentences), dtype=bool)
    if not allowed.any():
        allowed[:] = True
    for index in np.flatnonzero(allowed).tolist() if besides else ():
        allowed[index] = not any(same(sentences[index].text, other) for other in besides)
    chosen = choose(telling, np.where(allowed, telling.scores(), -np.inf), count, words)
    return [_line(sentences[index]) for index in chosen]


def choose(telling: Telling, scores: NDArray[np.float64], count: int, words: int) -> list[int]:
    """The indices of the sentences taken, in order."""
    chosen: list[int] = []
    left, total = _readable(telling, _even(scores)), 0
    while len(chosen) < count and np.isfinite(left).any():
        index = int(left.argmax())
        length = telling.sentences[index].words
        left[index] = -np.inf
        if chosen and (total + length / 2 > words or _again(telling, index, chosen)):
            continue
        chosen.append(index)
        total += length
        left -= _cost(telling, index, count)
        if index + 1 < len(left) and telling.dangles(index + 1):
            left[index + 1] += DANGLING
    return sorted(_ended(telling, _readable(telling, _even(scores)), chosen))


def _readable(telling: Telling, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a reader wants and the summaries it was fitted to do not show."""
    count = range(len(scores))
    dangles = np.asarray([telling.dangles(index) for index in count], dtype=np.float64)
    tells = np.asarray([telling.argues(index) for index in count], dtype=np.float64)
    return scores - DANGLING * dangles + TELLS * tells


def _even(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0 to 1; what may not be taken stays at minus infinity."""
    finite = scores[np.isfinite(scores)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    return np.asarray((scores - low) / max(float(high - low), 1e-9), dtype=np.float64)


def _cost(telling: Telling, index: int, count: int) -> NDArray[np.float64]:
    """What every sentence loses once this one is taken: for likeness and for nearness.

    The sentences of an abstract stand side by side and lose nothing by that.
    """
    total = len(telling.sentences)
    alike, near = (ALIKE_THERE, 0.0) if telling.abstract else (ALIKE, NEAR)
    like = np.asarray([telling.vectors.cosine(index, other) for other in range(total)])
    distance = np.abs(np.arange(total) - index) * 2 * count / max(total, 1)
    return np.asarray(alike * like + near * np.clip(1 - distance, 0, 1), dtype=np.float64)


def _again(telling: Telling, index: int, chosen: Sequence[int]) -> bool:
    text = telling.sentences[index].text
    return any(same(text, telling.sentences[other].text) for other in chosen)


def _ended(telling: Telling, scores: NDArray[np.float64], chosen: list[int]) -> list[int]:
    """The choice with its weakest changed for the best of the last part, if that is missing."""
    border = int(len(scores) * (1 - LAST))
    last = scores[border:]
    if telling.abstract or len(chosen) < 2 or max(chosen) >= border or not np.isfinite(last).any():
        return chosen
    for at in np.argsort(-last):
        index = border + int(at)
        if np.isfinite(scores[index]) and not _again(telling, index, chosen[:-1]):
            return [*chosen[:-1], index]
    return chosen


def _line(sentence: Quotation) -> SummaryLine:
    return SummaryLine(plain(sentence.text), sentence.start, 1.0, True)


def plain(text: str) -> str:
    """Without the marks that Markdown puts around words: a link is its words."""
    return _MARKDOWN.sub(lambda found: found.group(1) or "", text).strip()
