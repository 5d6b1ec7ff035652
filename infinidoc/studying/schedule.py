"""What to repeat when: Leitner's boxes, computed from the log of replies.

A question begins in box 1. A right reply moves it one box up, a wrong one back to box 1;
nearly right or skipped, it stays. It is due again after its box's days: 0, 1, 3, 7, 21.
So what is not known comes at once, and what is known well comes rarely.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from infinidoc.studying.grading import RIGHT, SKIPPED, WRONG

DAYS = (0, 1, 3, 7, 21)  # until a question of box 1, 2, ... is due again


@dataclass(frozen=True)
class Card:
    """A question that was asked before: `last` is the latest reply, a row of the log."""

    last: dict[str, Any]
    box: int = 1
    asked: int = 0
    right: int = 0

    @property
    def due(self) -> datetime:
        return datetime.fromisoformat(self.last["asked"]) + timedelta(days=DAYS[self.box - 1])

    @property
    def was_wrong(self) -> bool:
        return bool(self.last["grade"] == WRONG)

    def after(self, reply: dict[str, Any]) -> Card:
        """The card after one more reply."""
        grade, box = reply["grade"], self.box
        if grade == RIGHT:
            box = min(box + 1, len(DAYS))
        elif grade == WRONG:
            box = 1
        asked = self.asked + (grade != SKIPPED)
        return replace(self, last=reply, box=box, asked=asked, right=self.right + (grade == RIGHT))


def cards(replies: Iterable[dict[str, Any]]) -> list[Card]:
    """One card per question, what is to be repeated first at the front."""
    found: dict[str, Card] = {}
    for reply in replies:
        found[reply["question"]] = found.get(reply["question"], Card(reply)).after(reply)
    return sorted(found.values(), key=lambda card: (card.box, not card.was_wrong, card.due))


def now() -> datetime:
    return datetime.now(UTC)
