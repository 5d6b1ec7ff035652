"""How much two short answers share: F1 and exact match as in SQuAD (arXiv 1606.05250).

Knows strings only: folded, no punctuation, no articles, the best over all answers.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from infinidoc.text import fold

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(text: str) -> str:
    """Folded, without punctuation, articles and extra spaces."""
    return " ".join(_ARTICLES.sub(" ", fold(text).translate(_PUNCTUATION)).split())


def exact_match(answer: str, wanted: Sequence[str]) -> float:
    """1.0 if the answer is one of those wanted, but for case, articles and punctuation."""
    return float(any(normalized(answer) == normalized(text) for text in wanted))


def f1(answer: str, wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of words, the best over `wanted`."""
    words = normalized(answer).split()
    return max((overlap(words, normalized(w).split()) for w in wanted), default=0.0)


def overlap(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """F-measure of the words (or pairs of them) that both have."""
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))
