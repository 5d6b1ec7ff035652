"""A question to point at: passages, and where in them the answer stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

Place = tuple[int, int, int]  # passage, first and last character


@dataclass(frozen=True)
class Asked:
    """A question, the passages it is asked of, and every place that answers it: none, if
    they do not."""

    kind: str
    question: str
    passages: tuple[str, ...]
    places: tuple[Place, ...]


def places_of(answer: str, passages: Sequence[str]) -> tuple[Place, ...]:
    """Where `answer` stands in the passages, as words of its own if it ever does."""
    answer = answer.strip()
    found = [
        (index, match.start(), match.end())
        for index, text in enumerate(passages)
        for match in re.finditer(re.escape(answer), text)
    ]
    whole = [place for place in found if _is_whole(passages[place[0]], *place[1:])]
    return tuple(whole or found)


def _is_whole(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def among(asked: Asked, others: Sequence[str], chance: Random) -> Asked:
    """The same question with `others` among its passages, in any order."""
    texts = [*asked.passages, *others]
    order = list(range(len(texts)))
    chance.shuffle(order)
    at = {old: new for new, old in enumerate(order)}
    places = tuple((at[passage], start, end) for passage, start, end in asked.places)
    return Asked(asked.kind, asked.question, tuple(texts[old] for old in order), places)
