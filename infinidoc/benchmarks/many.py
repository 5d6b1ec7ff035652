"""Documents an hour by one worker and by several, and jobs in which workers are killed.

The documents are generated and of one size. Every job reads them into a library of its own;
the memories of all libraries must be the same, bit for bit. On Ray, too, if asked for.
"""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from infinidoc.benchmarks.machine import describe
from infinidoc.errors import InfinidocError
from infinidoc.library import Library
from infinidoc.many.crew import Crew, hired, thread_share
from infinidoc.many.reading import reading_tasks
from infinidoc.many.task import WorkerProgress

SHARE = 0.5  # of the occasions that are taken
LATEST = 0.3  # seconds after a worker was seen at work
_WORDS = (
    "the of and to in a was that he his had with her at it for as she not is on be him but they "
    "captain harbour letter morning window silence river garden soldier winter promise candle "
    "stranger journey island doctor village shadow bridge voice memory evening question answer "
    "carried opened waited turned remembered followed answered watched crossed broke kept found"
).split()


class Killer:
    """Kills workers in the middle of their work, so many in all.

    It strikes a moment after a worker was seen at a place that its document had not come to when
    another was killed: no document is at fault, and none may fail.
    """

    def __init__(self, left: int, seed: int = 0) -> None:
        self.left = left
        self._chance = random.Random(seed)
        self._struck: dict[str, int] = {}
        self._dead: set[int] = set()

    def __call__(self, progress: WorkerProgress) -> None:
        further = progress.tokens > self._struck.get(progress.name, 0)
        if not self.left or not further or progress.process in self._dead:
            return
        if self._chance.random() < SHARE:
            self.left -= 1
            self._struck[progress.name] = progress.tokens
            self._dead.add(progress.process)
            delay = self._chance.uniform(0.0, LATEST)
            threading.Timer(delay, _kill, [progress.process]).start()


def _kill(process: int) -> None:
    with suppress(OSError):  # the job was over first
        os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))


def run(
    model: str | None,
    documents: int,
    words: int,
    workers: Sequence[int],
    kills: int,
    ray: str | None = None,
) -> None:
    """Print a line for each job and one JSON line."""
    print(f"{describe()}; {documents} documents of {words:,} words", flush=True)
    most = max(workers)
    jobs: list[tuple[int, int, str | None]] = [(count, 0, None) for count in workers]
    jobs += [(most, 0, ray)] if ray else []
    jobs += [(most, kills, where) for where in ([None, ray] if ray else [None])] if kills else []
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder) / "books", documents, words)
        rows, known = [], None
        for number, each in enumerate(jobs):
            row, digests = job(Path(folder) / f"{number}.db", model, paths, *each)
            if known not in (None, digests):
                raise InfinidocError("jobs of the same documents made other memories")
            known = digests
            rows.append(row)
            print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    print(json.dumps({"benchmark": "many", "documents": documents, "words": words, "jobs": rows}))


def written(folder: Path, documents: int, words: int) -> list[Path]:
    """So many texts of so many words, each another one."""
    folder.mkdir()
    paths = [folder / f"book {number}.txt" for number in range(documents)]
    for number, path in enumerate(paths):
        chance = random.Random(number)
        chosen = [chance.choice(_WORDS) for _ in range(words)]
        lines = [" ".join(chosen[at : at + 12]).capitalize() for at in range(0, words, 12)]
        path.write_text(".\n".join(lines) + ".\n", "utf-8")
    return paths


def job(
    path: Path,
    model: str | None,
    paths: Sequence[Path],
    workers: int,
    kills: int,
    ray: str | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """What a job took, workers' start included, and the digests of its memories."""
    with Library(path, model=model) as library:
        _ = library.language  # fetched once, before the clock runs
    where = {"path": str(path), "model": model}
    setup = {"work": "read", "library": where, "options": {"index_only": False}}
    begun = time.perf_counter()
    with hired(ray, workers) as hire:
        started = time.perf_counter()
        crew = Crew(setup, workers, Killer(kills), hire)
        outcomes = list(crew.run(reading_tasks(paths)))
        seconds = time.perf_counter() - started
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if failed:
        raise failed[0]
    results = [outcome.result for outcome in outcomes if outcome.result]
    with Library(path) as library:
        digests = {row["document"]: row["memory_sha256"] for row in library.list()}
        size = path.stat().st_size
    if len(digests) != len(paths):
        raise InfinidocError("documents are missing after a job")
    row = {
        "workers": workers,
        "on": "Ray" if ray else "processes",
        "threads each": thread_share(workers),
        "killed": crew.lost,
        "seconds": round(seconds, 1),
        "before it": round(started - begun, 1),
        "documents an hour": round(len(paths) / seconds * 3600, 1),
        "tokens": sum(result["tokens"] for result in results),
        "seconds of reading": round(sum(result["seconds"] for result in results), 1),
        "bytes a document": size // len(paths),
    }
    return row, digests
