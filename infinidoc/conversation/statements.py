"""What somebody tells in a conversation: whether they tell or ask, and what holds of it now.

Knows English words and the turns of a conversation. In doubt it is a question, which is answered
as ever. Of what was told twice the later holds: "I moved it to 2 April".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from infinidoc.answering.answer_spans import AnswerSpans
from infinidoc.retrieval.evidence import Evidence
from infinidoc.store.store import CONVERSATION
from infinidoc.text.languages import ASKING
from infinidoc.text.words import words

LATER = 25.0  # the odds for what a later turn says, against an earlier one

_STOPPED = re.compile(r"[.!][\"'”’»)\]]*\s*$")
_ASKING_WITHIN = frozenset("know wonder wondering tell what which how please".split())


def is_told(said: str) -> bool:
    """Whether it is a statement: it ends as one, and nothing in it asks."""
    first = words(said)[:1]
    return bool(
        "?" not in said
        and _STOPPED.search(said)
        and ASKING.isdisjoint(first)
        and not _asks_within(said)
    )


def _asks_within(said: str) -> bool:
    """Whether a word in it may ask: "I want to know why.", "In what year did he come."."""
    return not _ASKING_WITHIN.isdisjoint(words(said))


def later_first(pointed: AnswerSpans, passages: Sequence[Evidence]) -> AnswerSpans:
    """What was pointed at, if of two turns of a conversation that both answer the later holds."""
    best: dict[int, float] = {}
    for one in pointed.candidates:
        if passages[one.passage].kind == CONVERSATION:
            best[one.passage] = max(best.get(one.passage, 0.0), one.probability)
    turns = sorted(best, key=lambda at: passages[at].start)
    weights = dict.fromkeys(range(len(passages)), 1.0)
    for at, turn in enumerate(turns[1:], 1):
        if best[turn] * LATER > max(best[old] * weights[old] for old in turns[:at]):
            weights.update((old, weights[old] / LATER) for old in turns[:at])
    total = sum(one.probability * weights[one.passage] for one in pointed.candidates) or 1.0
    weighed = (
        replace(one, probability=one.probability * weights[one.passage] / total)
        for one in pointed.candidates
    )
    return replace(pointed, candidates=tuple(weighed))
