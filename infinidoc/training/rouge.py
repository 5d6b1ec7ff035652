"""How a summary compares with one that people wrote: ROUGE (Lin 2004).

Knows strings only. F-measures over words, stemmed by nothing.
"""

from __future__ import annotations

import re

from infinidoc.grounding.overlap import overlap


def rouge(summary: str, wanted: str) -> tuple[float, float, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L, each 0 to 1."""
    ours, theirs = (re.findall(r"[a-z0-9]+", text.lower()) for text in (summary, wanted))
    return (
        overlap(ours, theirs),
        overlap(_pairs(ours), _pairs(theirs)),
        _longest(ours, theirs),
    )


def _pairs(words: list[str]) -> list[str]:
    return [f"{a} {b}" for a, b in zip(words, words[1:], strict=False)]


def _longest(ours: list[str], theirs: list[str]) -> float:
    """F-measure of the longest common subsequence."""
    if not ours or not theirs:
        return float(ours == theirs)
    before = [0] * (len(theirs) + 1)
    for word in ours:
        row = [0]
        for index, other in enumerate(theirs):
            longer = before[index] + 1 if word == other else max(before[index + 1], row[-1])
            row.append(longer)
        before = row
    return 2 * before[-1] / (len(ours) + len(theirs))
