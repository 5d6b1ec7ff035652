"""Documents an hour by one worker and by several, and a job in which workers are killed.

The documents are generated and of one size. Every job reads them into a library of its own;
the memories of all libraries must be the same, bit for bit.
"""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infinidoc.benchmarks.machine import describe
from infinidoc.errors import InfinidocError
from infinidoc.library import Library
from infinidoc.many.crew import Crew, thread_share
from infinidoc.many.reading import reading_tasks
from infinidoc.many.task import WorkerProgress

_WORDS = (
    "the of and to in a was that he his had with her at it for as she not is on be him but they "
    "captain harbour letter morning window silence river garden soldier winter promise candle "
    "stranger journey island doctor village shadow bridge voice memory evening question answer "
    "carried opened waited turned remembered followed answered watched crossed broke kept found"
).split()


@dataclass
class Killer:
    """Ends the worker that is seen at a chance moment, so many times in all."""

    left: int
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def __call__(self, progress: WorkerProgress) -> None:
        if self.left and progress.tokens and self.chance.random() < 0.5:
            self.left -= 1
            os.kill(progress.process, signal.SIGTERM)


def run(model: str | None, documents: int, words: int, workers: Sequence[int], kills: int) -> None:
    """Print a line for each job and one JSON line."""
    print(f"{describe()}; {documents} documents of {words:,} words", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder) / "books", documents, words)
        jobs = [(count, 0) for count in workers] + ([(max(workers), kills)] if kills else [])
        rows, known = [], None
        for number, (count, killed) in enumerate(jobs):
            library = Path(folder) / f"{number}.db"
            row, digests = job(library, model, paths, count, killed)
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
    path: Path, model: str | None, paths: Sequence[Path], workers: int, kills: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """What a job took, workers' start included, and the digests of its memories."""
    with Library(path, model=model) as library:
        _ = library.language  # fetched once, before the clock runs
    where = {"path": str(path), "model": model}
    setup = {"work": "read", "library": where, "options": {"index_only": False}}
    crew = Crew(setup, workers, Killer(kills))
    started = time.perf_counter()
    outcomes = list(crew.run(reading_tasks(paths)))
    seconds = time.perf_counter() - started
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if failed:
        raise failed[0]
    results = [outcome.result for outcome in outcomes if outcome.result]
    with Library(path) as library:
        digests = {row["document"]: row["memory_sha256"] for row in library.list()}
        size = path.stat().st_size
    row = {
        "workers": workers,
        "threads each": thread_share(workers),
        "killed": crew.lost,
        "seconds": round(seconds, 1),
        "documents an hour": round(len(paths) / seconds * 3600, 1),
        "tokens": sum(result["tokens"] for result in results),
        "seconds of reading": round(sum(result["seconds"] for result in results), 1),
        "bytes a document": size // len(paths),
    }
    return row, digests
