"""What very many books would take, reckoned from measured rates; and what breaks first.

Work is divided, not measured again: core hours are tokens by a core's rate, machines are work by
its seconds. What cannot be divided is simulated: workers that share one library wait for each
other when they commit, for it has one writer at a time. Every rate says where it is from; a file
of JSON with other values replaces them.
"""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from infinidoc.errors import SourceError

WORKERS = (1, 16, 64, 128, 256, 1024)
SIMULATED = 4 * 3600.0  # seconds of a shared library
LARGEST_FILE = 281e12  # bytes: SQLite's limit


@dataclass(frozen=True)
class Rates:
    """Measured on the machines that docs/scale.md names; seconds are of one core."""

    tokens_a_book: float = 150_000  # 275 novels of the training data: 630,000 characters
    cpu_tokens: float = 1_041  # a second and core: bench speed, 2,082 on two cores
    gpu_tokens: float = 73_256  # a second and GPU (H200): bench speed --device cuda
    bytes_a_book: float = 100e6  # two memories of 21.5 MB, 37 snapshots of 1.54 MB, the text
    bytes_written: float = 25e6  # at a commit
    commit_seconds: float = 0.2  # for which a library is locked: ingest.py
    commit_every: float = 15.0  # seconds of reading: ingest.py
    answer_seconds: float = 1.46  # a question and document: 0.73 s on two cores, bench speed
    route_seconds: float = 0.1  # a question among all documents: bench routing
    documents_asked: float = 3  # by a question that names none: store/routing.py


def run(documents: int, questions: float, measured: Path | None) -> None:
    """Print what it comes to and one JSON line."""
    rates = rates_of(measured)
    report: dict[str, Any] = {
        "reading": reading(rates, documents),
        "questions": asking(rates, questions),
        "one library": [shared(rates, workers) for workers in WORKERS],
    }
    print(f"{documents:,} books, {questions:,.0f} questions a second")
    for line in _lines(report):
        print(line)
    print(json.dumps({"benchmark": "scale", "rates": asdict(rates), **report}))


def rates_of(path: Path | None) -> Rates:
    """The rates, some of them as they are in the file. Raises SourceError."""
    if path is None:
        return Rates()
    try:
        given = json.loads(path.read_text("utf-8"))
        names = {field.name for field in fields(Rates)}
        unknown = sorted(given.keys() - names)
        if unknown:
            what, hint = f"no such rate: {', '.join(unknown)}", "there are: " + ", ".join(names)
            raise SourceError(what, where=path, hint=hint)
        return Rates(**{name: float(value) for name, value in given.items()})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SourceError("these are no rates", where=path, hint="a JSON object") from error


def reading(rates: Rates, documents: int) -> dict[str, float]:
    """Core hours, GPU hours and bytes of a book and of all."""
    core = rates.tokens_a_book / rates.cpu_tokens / 3600
    gpu = rates.tokens_a_book / rates.gpu_tokens / 3600
    return {
        "core hours a book": round(core, 4),
        "core hours": round(core * documents),
        "GPU hours a book": round(gpu, 6),
        "GPU hours": round(gpu * documents),
        "terabytes": round(rates.bytes_a_book * documents / 1e12, 2),
        "books a library file can hold": round(LARGEST_FILE / rates.bytes_a_book),
    }


def asking(rates: Rates, questions: float) -> dict[str, float]:
    """Core seconds of a question, and the cores that so many a second keep busy."""
    named = rates.answer_seconds
    routed = rates.route_seconds + rates.documents_asked * rates.answer_seconds
    return {
        "core seconds, document named": round(named, 2),
        "core seconds, routed": round(routed, 2),
        "cores, document named": round(named * questions),
        "cores, routed": round(routed * questions),
        "of these for routing": round(rates.route_seconds * questions),
    }


def shared(rates: Rates, workers: int, seconds: float = SIMULATED) -> dict[str, float]:
    """So many workers with one library: books an hour, and how busy its writer is.

    Each reads for a while (half to one and a half times `commit_every`), then waits for its
    turn to commit. Workers are cores.
    """
    chance = random.Random(0)
    ready = [(chance.uniform(0, rates.commit_every), worker) for worker in range(workers)]
    heapq.heapify(ready)
    free = busy = read = 0.0
    while ready[0][0] < seconds:
        at, worker = heapq.heappop(ready)
        begun = max(at, free)
        free = begun + rates.commit_seconds
        busy += rates.commit_seconds
        stretch = rates.commit_every * chance.uniform(0.5, 1.5)
        read += stretch
        heapq.heappush(ready, (free + stretch, worker))
    books = read * rates.cpu_tokens / rates.tokens_a_book / seconds * 3600
    return {
        "workers": workers,
        "books an hour": round(books, 1),
        "of what they could": round(read / (workers * seconds), 3),
        "writer busy": round(min(busy / seconds, 1.0), 3),
        "megabytes written a second": round(
            busy / rates.commit_seconds * rates.bytes_written / seconds / 1e6, 1
        ),
    }


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for name, rows in report.items():
        for row in rows if isinstance(rows, list) else [rows]:
            yield f"{name}: " + ", ".join(f"{key} {value:,}" for key, value in row.items())
