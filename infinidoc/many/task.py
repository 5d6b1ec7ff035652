"""One piece of a job: a file to read, or questions to a document; and what came of it.

Plain values only: tasks go to other processes as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infinidoc.errors import InfinidocError

Row = dict[str, Any]


@dataclass
class Task:
    """`request`: what a worker is told; `name`: what a person is told; `key`: its place in the
    job. The others count what happened to it: `deaths` of workers since it last got further.
    """

    key: int
    name: str
    request: Row
    deaths: int = 0
    refusals: int = 0
    furthest: int = 0  # tokens

    def note(self, tokens: int) -> None:
        """It got this far; when that is further than ever, earlier deaths do not count."""
        if tokens > self.furthest:
            self.furthest, self.deaths = tokens, 0


@dataclass(frozen=True)
class Outcome:
    """What came of a task: a result, or the error it failed with."""

    task: Task
    result: Row | None = None
    error: InfinidocError | None = None


@dataclass(frozen=True)
class WorkerProgress:
    """Where a worker stands in its task; `process`: its id. `tokens` and a rate, if any."""

    worker: int
    process: int
    name: str
    fraction: float | None = None
    tokens: int = 0
    tokens_per_second: float = 0.0


Watch = Callable[[WorkerProgress], None]
