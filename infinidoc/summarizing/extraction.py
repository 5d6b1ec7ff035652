"""Summarizes by quoting: the sentences of a text that tell most, as they stand, in order.

Knows strings only. None of the sentences says again what another says, and the last part of
the text is heard, for there stands how it ends, unless the text says at its beginning what it
is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infinidoc.grounding.grounding import near_duplicates
from infinidoc.summarizing.quotations import Quotation
from infinidoc.summarizing.salience import SentenceScorer

REDUNDANCY = 0.35  # what being like a chosen sentence costs, of the whole range of scores
ENOUGH = 6  # sentences to choose from
LAST = 0.2  # the share of the text that is its last part
PRONOUN_COST = (
    0.2  # what beginning with "he" or "this" costs where the sentence before is not taken
)

_MARKDOWN = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)|\*\*")


@dataclass(frozen=True)
class SummaryLine:
    """A sentence of a summary: where it comes from in its text, and how far it is borne out."""

    text: str
    start: int
    support: float = 1.0


def quote(
    sentences: Sequence[Quotation],
    count: int,
    words: int,
    focus: str | None = None,
    besides: Sequence[str] = (),
) -> list[SummaryLine]:
    """At most `count` sentences and about `words` words, in reading order.

    With a focus only sentences that share a word with it, if there are any; none that says
    what one of `besides` says, nor one that takes more than two thirds of the words, if others are
    enough.
    """
    scorer = SentenceScorer(sentences, focus)
    allowed = np.asarray(scorer.focused() if focus else [True] * len(sentences), dtype=bool)
    if not allowed.any():
        allowed[:] = True
    for index in np.flatnonzero(allowed).tolist() if besides else ():
        allowed[index] = not any(near_duplicates(sentences[index].text, other) for other in besides)
    short = allowed & (np.asarray([3 * sentence.words for sentence in sentences]) <= 2 * words)
    if count > 1 and short.sum() >= ENOUGH:
        allowed = short
    chosen = select(scorer, np.where(allowed, scorer.scores(), -np.inf), count, words)
    return [SummaryLine(plain(sentences[at].text), sentences[at].start) for at in chosen]


def select(
    scorer: SentenceScorer, scores: NDArray[np.float64], count: int, words: int
) -> list[int]:
    """The indices of the sentences taken, in order."""
    chosen: list[int] = []
    pronouns = np.asarray([scorer.is_anaphoric(index) for index in range(len(scores))], dtype=bool)
    scores = _min_max(scores) - PRONOUN_COST * pronouns
    left, total = scores.copy(), 0
    while len(chosen) < count and np.isfinite(left).any():
        index = int(left.argmax())
        length = scorer.sentences[index].words
        left[index] = -np.inf
        if chosen and (total + length / 2 > words or _is_redundant(scorer, index, chosen)):
            continue
        chosen.append(index)
        total += length
        like = [scorer.vectors.cosine(index, other) for other in range(len(scores))]
        left -= REDUNDANCY * np.asarray(like)
        left[index + 1 : index + 2] += PRONOUN_COST * pronouns[index + 1 : index + 2]
    return sorted(_with_last_part(scorer, scores, chosen))


def _min_max(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0 to 1; what may not be taken stays at minus infinity."""
    finite = scores[np.isfinite(scores)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    return np.asarray((scores - low) / max(float(high - low), 1e-9), dtype=np.float64)


def _is_redundant(scorer: SentenceScorer, index: int, chosen: Sequence[int]) -> bool:
    text = scorer.sentences[index].text
    return any(near_duplicates(text, scorer.sentences[other].text) for other in chosen)


def _with_last_part(
    scorer: SentenceScorer, scores: NDArray[np.float64], chosen: list[int]
) -> list[int]:
    """The choice with its weakest changed for the best of the last part, if that is missing."""
    border = int(len(scores) * (1 - LAST))
    last = scores[border:]
    if scorer.abstract or len(chosen) < 2 or max(chosen) >= border or not np.isfinite(last).any():
        return chosen
    for at in np.argsort(-last):
        index = border + int(at)
        if np.isfinite(scores[index]) and not _is_redundant(scorer, index, chosen[:-1]):
            return [*chosen[:-1], index]
    return chosen


def plain(text: str) -> str:
    """Without the marks that Markdown puts around words: a link is its words."""
    return _MARKDOWN.sub(lambda found: found.group(1) or "", text).strip()
