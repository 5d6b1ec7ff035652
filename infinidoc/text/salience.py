"""Scores the sentences of a text by how likely a person would put them into a summary.

Knows strings only: where a sentence stands, how much it is like all the others, what it
says of itself ("this paper", "therefore"), what it cannot be understood without ("he",
"but"). The weights of these features were fitted to summaries that people wrote, as
`python -m infinidoc.training.selecting --data FOLDER` does. Time and memory grow with the text,
not with its square.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from infinidoc.text import fold
from infinidoc.text.sentences import Sentence
from infinidoc.text.words import STOP_WORDS

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
    "length": 0.14,
    "short": -0.14,
    "itself": 0.73,
    "claim": 0.09,
    "turn": -0.31,
    "end": -0.13,
    "pronoun": 0.13,
    "person": -0.43,
    "question": -0.35,
    "spoken": -0.17,
    "figures": -0.15,
    "names": 0.17,
    "focus": 0.19,
    "focused": 0.10,
}
FRONT = 6  # sentences after which a text's beginning has faded
OPENING = 8  # sentences in which an abstract would be

_WORD = regex.compile(r"[^\W\d_]{3,}")
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
_PRONOUN = re.compile(
    r"[\"“'‘(]*(?:he|she|it|they|this|that|these|those|his|her|its|their|such)\b", re.I
)
_SPOKEN = re.compile('["“”]')
_PERSON = re.compile(r"\b(?:I|me|my|you|your)\b")


def telling_words(text: str) -> list[str]:
    """The words that may tell something, folded, their plural endings cut."""
    return [_stem(word) for word in _WORD.findall(fold(text))]


def _stem(word: str) -> str:
    for ending in ("ies", "es", "s", "ed", "ing"):
        if len(word) > len(ending) + 3 and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


# What only names a text or a telling of it: a focus on these is a focus on the whole.
_WHOLE = set(
    telling_words(
        "plot story book novel chapter text document paper article summary summarize overview "
        "happen happens happened main whole"
    )
)


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

    def __init__(self, sentences: Sequence[Sentence], focus: str | None = None) -> None:
        self.sentences = sentences
        self.vectors = Vectors([sentence.text for sentence in sentences])
        self.focus = wanted_words(focus)
        self.abstract = any(_ITSELF.search(one.text) for one in sentences[:OPENING])

    def scores(self) -> NDArray[np.float64]:
        """The log odds that a person would take each sentence."""
        return self.features() @ np.asarray(list(WEIGHTS.values()))

    def features(self) -> NDArray[np.float64]:
        """[sentences, WEIGHTS]"""
        central = self.vectors.central()
        rows = []
        for index, sentence in enumerate(self.sentences):
            likeness = (central[index], central[index] ** 2)
            rows.append(
                [*self._place(index), *likeness, *_manner(sentence), *self._focus(sentence)]
            )
        return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(WEIGHTS))

    def focused(self) -> list[bool]:
        """Which sentences share a telling word with the focus."""
        return [bool(self.focus & set(telling_words(s.text))) for s in self.sentences]

    def dangles(self, index: int) -> bool:
        """Whether a sentence begins with a word that means something said before."""
        return bool(_PRONOUN.match(self.sentences[index].text))

    def argues(self, index: int) -> bool:
        """Whether a sentence holds a claim, a turn or an end."""
        text = self.sentences[index].text
        return any(pattern.search(text) for pattern in (_CLAIM, _TURN, _END))

    def _place(self, index: int) -> tuple[float, ...]:
        """Where it stands; a beginning counts for more where it says what the text is."""
        late = index / max(len(self.sentences) - 1, 1)
        front, opens = math.exp(-index / FRONT), float(self.sentences[index].opens)
        ends = (1.0, float(index == 0), 1 / (1 + index), late, float(late >= 0.95))
        return (*ends, opens, front, front * self.abstract)

    def _focus(self, sentence: Sentence) -> tuple[float, float]:
        """The share of the focus in it, rare words counting more, and whether there is any."""
        weight = self.vectors.rarity
        shared = sum(weight.get(w, 0.0) for w in self.focus & set(telling_words(sentence.text)))
        total = sum(weight.get(word, 0.0) for word in self.focus)
        return (shared / total if total else 0.0, float(shared > 0))


def wanted_words(text: str | None) -> set[str]:
    """The words of a focus that sentences can share: "the plot of the story" has none."""
    words = set(telling_words(text or ""))
    return {word for word in words if word not in STOP_WORDS} - _WHOLE


def _manner(sentence: Sentence) -> list[float]:
    """How it is written: what a sentence gives away without being understood."""
    text, words = sentence.text, sentence.words
    said = [float(bool(pattern.search(text))) for pattern in (_ITSELF, _CLAIM, _TURN, _END)]
    return [
        *(math.log(words) - 3, float(words < 10), *said),
        float(bool(_PRONOUN.match(text))),
        float(bool(_PERSON.search(text))),
        float(text.rstrip('"”').endswith("?")),
        float(bool(_SPOKEN.search(text))),
        float(bool(_FIGURE.search(text))),
        min(len(_NAME.findall(text)), 4) / 4,
    ]
