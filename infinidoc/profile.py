"""Where the time goes: seconds by the name of what was done.

A `Profile` is a clock that is told what is being done; `NOTHING` is the one that nobody
looks at, and costs nothing. Knows no model and no document.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

T = TypeVar("T")
REST = "the rest"
START = "start-up"


class Profile:
    """Seconds of every part; those within another are taken out of it.

    `settle` waits for a device before the clock is read, where calls return too early.
    """

    on = True

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.settle: Callable[[], object] = lambda: None
        self._doing = [REST]
        self._since = clock()
        self.seconds: dict[str, float] = {}

    def part(self, name: str) -> AbstractContextManager[None]:
        """Within this, `name` is being done."""
        return self._part(name)

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        self._turn()
        self._doing.append(name)
        try:
            yield
        finally:
            self._turn()
            self._doing.pop()

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The items; making one of them is `name`, what is done with it is not."""
        source, end = iter(items), object()
        while True:
            with self.part(name):
                item: Any = next(source, end)
            if item is end:
                return
            yield item

    def timed(self, name: str, work: Callable[..., T]) -> Callable[..., T]:
        """`work`, each call of which is `name`."""

        def doing(*arguments: Any, **options: Any) -> T:
            with self.part(name):
                return work(*arguments, **options)

        return doing

    def taken(self) -> dict[str, Any]:
        """Seconds in all, and of each part with its share, the longest first; starts anew."""
        self._turn()
        total = sum(self.seconds.values())
        longest = sorted(self.seconds.items(), key=lambda part: -part[1])
        self.seconds = {}
        parts = {
            name: {"seconds": round(spent, 4), "share": round(spent / (total or 1.0), 4)}
            for name, spent in longest
        }
        return {"seconds": round(total, 4), "parts": parts}

    def _turn(self) -> None:
        """What was done until now is counted."""
        self.settle()
        now, doing = self.clock(), self._doing[-1]
        self.seconds[doing] = self.seconds.get(doing, 0.0) + now - self._since
        self._since = now

    @classmethod
    def since_start(cls) -> Profile:
        """One that knows what the process did before: by its processor time, nearly all of it."""
        profile = cls()
        profile.seconds[START] = time.process_time()
        return profile


class Nothing(Profile):
    """A profile that nobody wants: it looks at no clock."""

    on = False

    def part(self, name: str) -> AbstractContextManager[None]:
        return _NOTHING_DONE

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        return iter(items)

    def timed(self, name: str, work: Callable[..., T]) -> Callable[..., T]:
        return work

    def taken(self) -> dict[str, Any]:
        return {}


_NOTHING_DONE = nullcontext()
NOTHING = Nothing()
