"""Scores the sentences of a text by how likely a person would put them into a summary.

Knows strings only: where a sentence stands, how much it is like all the others, what it
says of itself ("this paper", "therefore"), what it cannot be understood without ("he",
"but"). The weights of these features were fitted to summaries that people wrote, by
`python -m infinidoc.training.selecting --data FOLDER`. Time and memory grow with the text,
not with its square.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infinidoc.answering.sentences import Sentence
from infinidoc.store.search import STOP_WORDS

FEATURES = """
    one first early late last opens central central2 title length short long itself claim
    turn end pronoun joined person question quoted figures names symbols focus focused
    fewcentral fewearly
""".split()
FEW = 12  # sentences: in so short a text position and likeness tell something else
WEIGHTS = np.zeros(len(FEATURES))

_WORD = re.compile(r"[^\W\d_]{3,}")
_FIGURE = re.compile(r"\d")
_NAME = re.compile(r"(?<=[^\W\d_] )[A-Z][\w’'-]+")
_ITSELF = re.compile(
    r"\b(?:this|the present|our) (?:paper|work|article|study|report|book|chapter|essay|proposal|"
    r"document|specification|section|library|program|tool|guide|thesis|approach|method|KEP|EIP|"
    r"RFC|PEP)s?\b|\b(?:we|I) (?:\w+ly )?(?:propose|present|introduce|show|study|find|describe|"
    r"demonstrate|develop|investigate|explore|argue|analy[sz]e|provide|examine)\b|\bproposes?\b",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(?:therefore|thus|hence|conclud\w+|argu(?:es?|ed|ing)|claim\w*|must|should|because|"
    r"means that|shows? that|believ\w+|propos\w+|suggest\w*|decid\w+|agree\w*|result\w*)\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:however|but|although|though|instead|nevertheless|yet|despite|until|unlike|whereas|"
    r"suddenly|discover\w*|reveal\w*|betray\w*|kill\w*|died|dead|marr(?:y|ied)|escap\w+)\b",
    re.IGNORECASE,
)
_END = re.compile(
    r"\b(?:finally|in the end|at last|in conclusion|in summary|to sum up|overall|eventually|"
    r"in short|altogether)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"[\"“'‘(]*(?:he|she|it|they|this|that|these|those|his|her|its|their|such)\b", re.I)
_JOINED = re.compile(
    r"[\"“'‘(]*(?:and|but|so|or|then|also|thus|hence|for example|for instance|moreover|"
    r"furthermore|however|therefore|similarly|note|here|there)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:I|me|my|you|your)\b")


def telling_words(text: str) -> list[str]:
    """The words that may tell something, in small letters, their plural endings cut."""
    return [_stem(word.lower()) for word in _WORD.findall(text)]


def _stem(word: str) -> str:
    for ending in ("ies", "es", "s", "ed", "ing"):
        if len(word) > len(ending) + 3 and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


class Vectors:
    """Each sentence as words weighted by rarity, of length one, and their common direction."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(telling_words(text)) for text in texts]
        found = Counter(word for count in counts for word in count)
        total = len(texts)
        self.rarity = {word: math.log((1 + total) / (0.5 + n)) for word, n in found.items()}
        self.each = [self._unit(count) for count in counts]
        self.common: Counter[str] = Counter()
        for vector in self.each:
            self.common.update(vector)

    def _unit(self, count: Counter[str]) -> dict[str, float]:
        vector = {w: (1 + math.log(n)) * self.rarity.get(w, 0.0) for w, n in count.items()}
        norm = math.sqrt(sum(value * value for value in vector.values()))
        return {word: value / norm for word, value in vector.items()} if norm else {}

    def like(self, one: int, other: int) -> float:
        """The cosine of two sentences."""
        a, b = self.each[one], self.each[other]
        a, b = (a, b) if len(a) <= len(b) else (b, a)
        return sum(value * b.get(word, 0.0) for word, value in a.items())

    def central(self) -> NDArray[np.float64]:
        """How like all the others each sentence is; the most central has 1."""
        sums = [sum(v * (self.common[w] - v) for w, v in each.items()) for each in self.each]
        scores = np.asarray(sums, dtype=np.float64)
        return scores / max(float(scores.max(initial=0.0)), 1e-9)


class Telling:
    """The sentences of one text, each with its score."""

    def __init__(
        self, sentences: Sequence[Sentence], title: str | None = None, focus: str | None = None
    ) -> None:
        self.sentences = sentences
        self.vectors = Vectors([sentence.text for sentence in sentences])
        self.title = wanted_words(title)
        self.focus = wanted_words(focus)

    def scores(self) -> NDArray[np.float64]:
        """The log odds that a person would take each sentence."""
        return self.features() @ WEIGHTS

    def features(self) -> NDArray[np.float64]:
        """[sentences, FEATURES]"""
        central, count = self.vectors.central(), len(self.sentences)
        rows = [
            [*_place(index, count, sentence.opens), *self._likeness(sentence, central[index])]
            + [*_manner(sentence), *self._focus(sentence)]
            + [(count < FEW) * central[index], (count < FEW) / (1 + index)]
            for index, sentence in enumerate(self.sentences)
        ]
        return np.asarray(rows, dtype=np.float64).reshape(count, len(FEATURES))

    def focused(self) -> list[bool]:
        """Which sentences share a telling word with the focus."""
        return [bool(self.focus & set(telling_words(s.text))) for s in self.sentences]

    def _likeness(self, sentence: Sentence, central: float) -> tuple[float, ...]:
        shared = len(self.title & set(telling_words(sentence.text)))
        return (central, central**2, shared / max(len(self.title), 1))

    def _focus(self, sentence: Sentence) -> tuple[float, float]:
        """The share of the focus in it, rare words counting more, and whether there is any."""
        weight = self.vectors.rarity
        shared = sum(weight.get(w, 0.0) for w in self.focus & set(telling_words(sentence.text)))
        total = sum(weight.get(word, 0.0) for word in self.focus)
        return (shared / total if total else 0.0, float(shared > 0))


def wanted_words(text: str | None) -> set[str]:
    """The words of a focus or a title that sentences can share."""
    return {word for word in telling_words(text or "") if word not in STOP_WORDS}


def _place(index: int, count: int, opens: bool) -> tuple[float, ...]:
    late = index / max(count - 1, 1)
    return (1.0, float(index == 0), 1 / (1 + index), late, float(late >= 0.95), float(opens))


def _manner(sentence: Sentence) -> list[float]:
    """How it is written: what a sentence gives away without being understood."""
    text, words = sentence.text, sentence.words
    seen = [float(bool(pattern.search(text))) for pattern in (_ITSELF, _CLAIM, _TURN, _END)]
    begins = [float(bool(pattern.match(text))) for pattern in (_PRONOUN, _JOINED)]
    symbols = sum(not ch.isalnum() and ch not in " .,'-" for ch in text)
    return [
        *(math.log(words) - 3, float(words < 10), float(words > 40)),
        *seen,
        *begins,
        float(bool(_PERSON.search(text))),
        float(text.rstrip('"”').endswith("?")),
        float(any(mark in text for mark in '"“”')),
        float(bool(_FIGURE.search(text))),
        min(len(_NAME.findall(text)), 4) / 4,
        min(10 * symbols / len(text.replace(" ", "")), 2.0),
    ]
