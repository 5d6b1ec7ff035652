"""Workers under one leader: who does what, and what becomes of the task of one that dies.

A dead worker is replaced and its task goes on; a task that kills worker after worker without
getting any further has failed. Knows processes and tasks, no documents.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from infinidoc.errors import Busy, InfinidocError
from infinidoc.many.task import Outcome, Row, Task, Watch, WorkerProgress
from infinidoc.many.wire import encoded, error_of

ATTEMPTS = 3  # deaths of workers at the same place, or before one was ready
_START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "sys.path.insert(0, {!r}); from infinidoc.many import worker; worker.serve()"
)


def thread_share(workers: int) -> int:
    """The threads each of so many workers may compute with."""
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    with suppress(KeyError, ValueError):
        cores = int(os.environ["OMP_NUM_THREADS"]) or cores
    return max(1, cores // workers)


class Hired(Protocol):
    """A worker as its leader sees it, wherever it works."""

    number: int
    is_ready: bool
    task: Task | None

    @property
    def pid(self) -> int: ...

    def take(self, task: Task) -> None:
        """Have it do a task."""

    def death(self) -> str:
        """What it died of, in words."""

    def end(self) -> None:
        """End it, whatever it is at."""


Inbox = queue.Queue[tuple[Any, Row | None]]  # a worker and what it says; None: it died
Hire = Callable[[int, Row, Inbox], Hired]  # a worker of this number, told this first


@contextmanager
def hired(ray: str | None, workers: int) -> Iterator[Hire | None]:
    """Where workers come from: the Ray cluster at that address; None: processes of this machine."""
    if ray is None:
        yield None
        return
    from infinidoc.many.ray_crew import cluster

    with cluster(ray, workers) as hire:
        yield hire


class Crew:
    """Does tasks with so many workers; `lost` counts those that died.

    `setup`: what every worker is told first (see worker.py). `hire`: where they come from;
    None: processes of this machine.
    """

    def __init__(
        self, setup: Row, workers: int, watch: Watch | None = None, hire: Hire | None = None
    ) -> None:
        self.setup, self.workers, self.watch = setup, workers, watch
        self.lost = 0
        self._from = hire
        self._inbox: Inbox = queue.Queue()
        self._left: deque[Task] = deque()
        self._refused: list[Task] = []  # another process had them; tried again after the next one
        self._false_starts = 0

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Do the tasks; yields each when it is done, in whatever order that is.

        Raises InfinidocError if no worker can be started.
        """
        self._left.extend(tasks)
        count = min(self.workers, len(self._left))
        self._crew = {number: self._hire(number) for number in range(1, count + 1)}
        try:
            while self._left or self._refused or self._at_work():
                worker, row = self._inbox.get()
                outcome = self._heed(worker, row)
                if outcome is not None:
                    self._left.extend(self._refused)
                    self._refused.clear()
                    yield outcome
                self._employ()
        finally:
            for worker in self._crew.values():
                worker.end()

    def _hire(self, number: int) -> Hired:
        if self._from is not None:
            return self._from(number, self.setup, self._inbox)
        return _Worker(number, self.setup, thread_share(self.workers), self._inbox)

    def _at_work(self) -> list[Hired]:
        return [worker for worker in self._crew.values() if worker.task is not None]

    def _employ(self) -> None:
        """Give every idle worker a task, as far as there are any."""
        for worker in self._crew.values():
            if self._left and worker.is_ready and worker.task is None:
                worker.take(self._left.popleft())
                self._tell(worker, {})

    def _heed(self, worker: Hired, row: Row | None) -> Outcome | None:
        """What a worker says; an outcome if its task is over."""
        if row is None:
            return self._replace(worker)
        if "refused" in row:
            raise error_of(row)
        if "ready" in row:
            worker.is_ready, self._false_starts = True, 0
        elif "progress" in row and worker.task:
            worker.task.note(row["progress"]["tokens"])
            self._tell(worker, row["progress"])
        elif worker.task:
            task, worker.task = worker.task, None
            return self._over(task, row)
        return None

    def _over(self, task: Task, row: Row) -> Outcome | None:
        if "result" in row:
            return Outcome(task, row["result"])
        error = error_of(row)
        task.refusals += isinstance(error, Busy)
        if isinstance(error, Busy) and (self._at_work() or task.refusals < ATTEMPTS):
            (self._refused if self._at_work() else self._left).append(task)
            return None
        return Outcome(task, error=error)

    def _replace(self, worker: Hired) -> Outcome | None:
        """Another worker in the place of one that died; its task goes on, if that has a point."""
        died = worker.death()
        self.lost += 1
        task = worker.task
        self._crew[worker.number] = self._hire(worker.number)
        if task is None:
            self._false_starts += not worker.is_ready
            if self._false_starts >= ATTEMPTS:
                raise InfinidocError(f"workers end before they begin ({died})")
            return None
        task.deaths += 1
        if task.deaths < ATTEMPTS:
            self._left.appendleft(task)
            return None
        what = f"{ATTEMPTS} workers broke off at the same place ({died})"
        return Outcome(task, error=InfinidocError(what, where=task.name))

    def _tell(self, worker: Hired, progress: Row) -> None:
        if self.watch and worker.task:
            at, name = worker.pid, worker.task.name
            self.watch(WorkerProgress(worker.number, at, name, **progress))


class _Worker:
    """A worker's process, as its leader sees it; what it says comes into the leader's inbox."""

    def __init__(self, number: int, setup: Row, threads: int, inbox: Inbox) -> None:
        self.number, self.is_ready = number, False
        self.task: Task | None = None
        share = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        root = str(Path(__file__).parent.parent.parent)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(root)],  # -P: no code from this folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **share},
        )
        threading.Thread(target=self._listen, args=[inbox], daemon=True).start()
        self._say(setup)

    @property
    def pid(self) -> int:
        return self.process.pid

    def take(self, task: Task) -> None:
        self.task = task
        self._say(task.request)

    def _say(self, row: Row) -> None:
        assert self.process.stdin
        with suppress(BrokenPipeError):  # that it died is heard by who listens
            self.process.stdin.write(encoded(row))
            self.process.stdin.flush()

    def _listen(self, inbox: Inbox) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with suppress(ValueError):  # half a line of one that was killed
                inbox.put((self, json.loads(line)))
        inbox.put((self, None))

    def death(self) -> str:
        """What it died of, in words."""
        code = self.process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit {code}"

    def end(self) -> None:
        """End it, whatever it is at: what it has not committed is read again another time."""
        self.process.kill()
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.close()
        self.process.wait()
