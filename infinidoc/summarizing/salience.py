"""Scores the sentences of a text by how likely a person would put them into a summary.

Knows strings only: where a sentence stands, how much it is like all the others, and whether
it says what the text is ("this paper"). The weights of these features were fitted to summaries
that people wrote, as `python -m infinidoc.training.selecting --data FOLDER` does. Time and memory
grow with the text, not with its square.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infinidoc.summarizing.quotations import Quotation
from infinidoc.text.similarity import TfIdf, stemmed_words
from infinidoc.text.words import stems

# Each feature's weight in the log odds that a person takes a sentence.
WEIGHTS = {
    "one": -1.33,
    "first": -0.82,
    "early": 0.21,
    "late": -0.36,
    "last": 0.40,
    "opens": 0.57,
    "front": 1.74,
    "abstract": 0.56,
    "central": 0.62,
    "most_central": 0.81,
    "itself": 0.73,
    "focus": 0.19,
    "focused": 0.10,
}
FRONT = 6  # sentences after which a text's beginning has faded
OPENING = 8  # sentences in which an abstract would be

_ITSELF = re.compile(
    r"\b(?:this|the present|our) (?:paper|work|article|study|report|book|chapter|essay|proposal|"
    r"document|specification|section|library|program|tool|guide|thesis|approach|method|KEP|EIP|"
    r"RFC|PEP)s?\b|\b(?:we|I) (?:\w+ly )?(?:propose|present|introduce|show|study|find|describe|"
    r"demonstrate|develop|investigate|explore|argue|analy[sz]e|provide|examine)\b|\bproposes?\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"[\"“'‘(]*(?:he|she|it|they|this|that|these|those|his|her|its|their|such)\b", re.I
)

# What only names a text or a telling of it: a focus on these is a focus on the whole.
_WHOLE = set(
    stemmed_words(
        "plot story book novel chapter text document paper article summary summarize overview "
        "happen happens happened main whole"
    )
)


class SentenceScorer:
    """The sentences of one text, each with its score."""

    def __init__(self, sentences: Sequence[Quotation], focus: str | None = None) -> None:
        self.sentences = sentences
        self.vectors = TfIdf([sentence.text for sentence in sentences])
        self.focus = wanted_words(focus)
        self.abstract = any(_ITSELF.search(one.text) for one in sentences[:OPENING])

    def scores(self) -> NDArray[np.float64]:
        """The log odds that a person would take each sentence."""
        return self.features() @ np.asarray(list(WEIGHTS.values()))

    def features(self) -> NDArray[np.float64]:
        """[sentences, WEIGHTS]"""
        central = self.vectors.centrality()
        rows = []
        for index, sentence in enumerate(self.sentences):
            likeness = (central[index], central[index] ** 2)
            itself = float(bool(_ITSELF.search(sentence.text)))
            rows.append([*self._place(index), *likeness, itself, *self._focus(sentence)])
        return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(WEIGHTS))

    def focused(self) -> list[bool]:
        """Which sentences share a content word with the focus."""
        return [bool(self.focus & set(stemmed_words(s.text))) for s in self.sentences]

    def is_anaphoric(self, index: int) -> bool:
        """Whether a sentence begins with a word that means something said before."""
        return bool(_PRONOUN.match(self.sentences[index].text))

    def _place(self, index: int) -> tuple[float, ...]:
        """Where it stands; a beginning counts for more where it says what the text is."""
        late = index / max(len(self.sentences) - 1, 1)
        front, opens = math.exp(-index / FRONT), float(self.sentences[index].opens)
        ends = (1.0, float(index == 0), 1 / (1 + index), late, float(late >= 0.95))
        return (*ends, opens, front, front * self.abstract)

    def _focus(self, sentence: Quotation) -> tuple[float, float]:
        """The share of the focus in it, rare words counting more, and whether there is any."""
        weight = self.vectors.idf
        shared = sum(weight.get(w, 0.0) for w in self.focus & set(stemmed_words(sentence.text)))
        total = sum(weight.get(word, 0.0) for word in self.focus)
        return (shared / total if total else 0.0, float(shared > 0))


def wanted_words(text: str | None) -> set[str]:
    """The words of a focus that sentences can share: "the plot of the story" has none."""
    words = set(stemmed_words(text or ""))
    return words & stems(text or "") - _WHOLE
