"""Prompts of random tokens for whatever is timed: their number is what counts."""

from __future__ import annotations

import random

PROMPT = 32  # tokens before what is decoded
PLAIN = 1000  # ids from here on are words in every vocabulary large enough to matter


def prompt(tokens: int, vocabulary: int) -> list[int]:
    """Random token ids, the same every time."""
    chance, lowest = random.Random(tokens), min(PLAIN, vocabulary // 2)
    return [chance.randrange(lowest, vocabulary) for _ in range(tokens)]
