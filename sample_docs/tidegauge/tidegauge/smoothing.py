"""Takes the waves out: the median of the last two minutes."""

from collections import deque
from statistics import median


class Smoother:
    """A running median; waves are symmetrical, so the median is the tide."""

    def __init__(self, window: int) -> None:
        self.levels: deque[float] = deque(maxlen=window)

    def add(self, level: float) -> float:
        self.levels.append(level)
        return median(self.levels)
