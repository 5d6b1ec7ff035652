"""What a pointing reader is asked while it is taught: people's questions and templates'.

Each pass over people's questions has another order. A question's passages are its context,
whole or cut as `ask` cuts it, with near misses of the same document beside it or in its
place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from infinidoc.grounding.overlap import normalized, overlap
from infinidoc.text.passages import cut_passages
from infinidoc.training.corpus import Corpus
from infinidoc.training.near import NearMisses
from infinidoc.training.pointed import Asked, Place, among, places_of
from infinidoc.training.reading import swap
from infinidoc.training.templates import Templates

LONGEST = 1600  # characters of a context that is shown whole
UNASKABLE = ("pubmedqa",)  # yes and no stand nowhere
ALIKE = 0.5  # F1 from which a span stands for an answer in other words


@dataclass(frozen=True)
class Share:
    """What a step is made of, and how it goes through the encoder."""

    asked: int = 12  # questions that people asked
    made: int = 3  # questions by templates
    whole: float = 0.4  # how often a short context is shown whole
    alone: float = 0.5  # how often nothing stands beside it
    beside: tuple[int, ...] = (1, 1, 1, 2, 3)
    without: float = 0.15  # how often only near misses are shown
    swapped: float = 0.12  # how often a name or number of the question is exchanged
    together: int = 4  # rows that go through the encoder at once
    watched: int = 200  # development questions
    depth: int | None = None  # layers of a published encoder that are taken; None: all
    bits: int = 8  # in which large matrices are stored, and read while it is taught if fewer


class Questions:
    """What is asked at each step, a function of the seed and the step alone."""

    def __init__(self, corpus: Corpus, share: Share, seed: int = 0) -> None:
        self.corpus, self.share, self.seed = corpus, share, seed
        self.near, self.templates = NearMisses(corpus), Templates(corpus)
        self.all = [
            (at, number)
            for at, row in enumerate(corpus.qa)
            for number in range(len(row["qas"]))
            if not row["source"].startswith(UNASKABLE)
        ]

    def step(self, step: int) -> list[Asked]:
        chance = Random(f"{self.seed}:{step}:pointing")
        asked = (self._asked(*place, chance) for place in self._turn(step))
        made = (self.templates.ask(chance) for _ in range(self.share.made))
        return [question for question in (*asked, *made) if question is not None]

    def _turn(self, step: int) -> list[tuple[int, int]]:
        """The questions whose turn it is: every one comes once in a pass."""
        places = range(step * self.share.asked, (step + 1) * self.share.asked)
        count = len(self.all)
        return [self.all[_order(self.seed, at // count, count)[at % count]] for at in places]

    def _asked(self, at: int, number: int, chance: Random) -> Asked | None:
        """One question on its context, as it may come before a reader."""
        row = self.corpus.qa[at]
        question: dict[str, Any] = row["qas"][number]
        text, answers = row["context"], [a.strip() for a in question["answers"] if a.strip()]
        words = question["question"].strip()
        answer = chance.choice(answers) if answers else ""
        places = _answering(text, answer) if answer else ()
        if answer and not places:
            return None  # in words of its own
        shown, places = self._shown(text, places, chance)
        asked = Asked(row["source"], words, shown, places)
        beside = self._beside(at, words, text, answers, chance)
        if places and beside and chance.random() < self.share.without:
            return Asked(row["source"], words, tuple(beside), ())
        if places and chance.random() < self.share.swapped:
            elsewhere = self.corpus.qa[chance.randrange(len(self.corpus.qa))]["context"]
            other = swap(words, elsewhere, text.lower(), chance)
            if other:
                asked = Asked(row["source"], other, shown, ())
        return among(asked, [] if chance.random() < self.share.alone else beside, chance)

    def _shown(
        self, text: str, places: Sequence[Place], chance: Random
    ) -> tuple[tuple[str, ...], tuple[Place, ...]]:
        """The context whole, or the passages of it that hold the answer (any, if none does)."""
        if len(text) <= LONGEST and chance.random() < self.share.whole:
            return (text,), tuple(places)
        spans = cut_passages(text)
        holding = [
            (low, high)
            for low, high in spans
            if any(low <= start and end <= high for _, start, end in places)
        ]
        if not holding:  # it is cut by a border, or there is none
            if places:
                low = max(0, places[0][1] - chance.randrange(400))
                holding = [(low, max(low + 600, places[0][2]))]
            else:
                holding = [chance.choice(spans)] if spans else [(0, len(text))]
        low, high = chance.choice(holding)
        inside = [(0, s - low, e - low) for _, s, e in places if low <= s and e <= high]
        return (text[low:high],), tuple(inside)

    def _beside(
        self, at: int, question: str, text: str, answers: Sequence[str], chance: Random
    ) -> list[str]:
        """Near misses, most often; else passages of anything."""
        count = chance.choice(self.share.beside)
        if chance.random() < 0.8:
            found = self.near.of(at, question, text, answers)
            best = chance.random() < 0.7
            return found[:count] if best else chance.sample(found, min(count, len(found)))
        texts = [chance.choice(self.near.texts) for _ in range(count)]
        return [t for t in texts if t not in text and not any(a in t for a in answers)]


@lru_cache(maxsize=2)
def _order(seed: int, turn: int, count: int) -> list[int]:
    order = list(range(count))
    Random(f"{seed}:{turn}:order").shuffle(order)
    return order


def _answering(text: str, answer: str) -> tuple[Place, ...]:
    """Where the answer stands, or what is most like it."""
    return places_of(answer, [text]) or _nearest(text, answer)


def _nearest(text: str, answer: str) -> tuple[Place, ...]:
    """The run of words with the largest F1 against an answer in other words, if it is alike."""
    wanted = normalized(answer).split()
    words = [(m.start(), m.end(), normalized(m[0])) for m in re.finditer(r"\S+", text)]
    best, place = ALIKE, None
    for first, (start, _, begins) in enumerate(words):
        if begins not in wanted:
            continue
        for last in range(first, min(first + 2 * len(wanted) + 2, len(words))):
            if words[last][2] in wanted:
                score = overlap([w for _, _, w in words[first : last + 1] if w], wanted)
                if score > best:
                    best, place = score, (0, start, words[last][1])
    return (place,) if place else ()
