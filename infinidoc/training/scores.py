"""How an answer compares with what people answered: the measures of SQuAD and ROUGE.

Knows strings only. F1 and exact match as in SQuAD (arXiv 1606.05250): lower case, no
punctuation, no articles, the best over all answers. ROUGE (Lin 2004) as F-measures over
words, stemmed by nothing.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(text: str) -> str:
    """Lower case, without punctuation, articles and extra spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, wanted: Sequence[str]) -> float:
    """1.0 if the answer is one of those wanted, but for case, articles and punctuation."""
    return float(any(normalized(answer) == normalized(text) for text in wanted))


def f1(answer: str, wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of words, the best over `wanted`."""
    return max(
        (_overlap(normalized(answer).split(), normalized(w).split()) for w in wanted), default=0.0
    )


def _overlap(ours: list[str], theirs: list[str]) -> float:
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))


def rouge(summary: str, wanted: str) -> tuple[float, float, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L, each 0 to 1."""
    ours, theirs = (re.findall(r"[a-z0-9]+", text.lower()) for text in (summary, wanted))
    return (
        _overlap(ours, theirs),
        _overlap(_pairs(ours), _pairs(theirs)),
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
