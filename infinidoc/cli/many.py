"""`--each` and `--workers`: jobs of many documents, and how they are shown."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infinidoc import control
from infinidoc.cli import display, options
from infinidoc.cli.warned import tell_warnings
from infinidoc.errors import InfinidocError, Interrupted, UsageError

if TYPE_CHECKING:
    from infinidoc.many.crew import Crew
    from infinidoc.many.task import Outcome, Task, WorkerProgress

Each = Annotated[
    bool, typer.Option("--each", help="Every file its own document, those of folders too.")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="With --each: processes at work at once. Default: 1."),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="With --each: workers on this Ray cluster; local: on one started for the job.",
        show_default=False,
    ),
]


def refuse_without_each(
    each: bool, workers: int | None, output: Path | None = None, ray: str | None = None
) -> None:
    """Refuse options that mean nothing to a single document."""
    given = {"workers": workers, "ray": ray, "output": output}
    if not each and any(given.values()):
        raise UsageError(f"--{next(name for name in given if given[name])} goes with --each")


class Board:
    """Shows a job on stderr: bars for the whole and each worker in a terminal, else lines."""

    def __init__(self, verb: str, total: int, workers: int, quiet: bool) -> None:
        self.verb, self.total, self.workers, self.quiet = verb, total, workers, quiet
        self.done, self.last = 0, time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> Board:
        display.end_wait()
        if not self.quiet and display.draws_progress():
            self.bar = display.bars()
            self.bar.start()
            self.whole = self.bar.add_task("", total=self.total, detail="")
            self.rows = [
                self.bar.add_task(f"  {n}", total=1.0, detail=display.LOADING)
                for n in range(1, self.workers + 1)
            ]
            self._draw()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, progress: WorkerProgress) -> None:
        """Where a worker stands."""
        if self.bar is not None:
            rate = f", {progress.tokens_per_second:.0f} tokens/s" if progress.tokens else ""
            row, name = self.rows[progress.worker - 1], control.line(progress.name)
            self.bar.update(row, completed=progress.fraction or 0.0, detail=f"{name}{rate}")

    def passed(self) -> None:
        """One more task is over."""
        self.done += 1
        if self.bar is not None:
            self._draw()
        elif not self.quiet and time.monotonic() - self.last >= display.PLAIN_SECONDS:
            self.last = time.monotonic()
            display.note(f"{self.verb}: {self.done:,} of {self.total:,}")

    def _draw(self) -> None:
        said = f"{self.verb}: {self.done:,} of {self.total:,}"
        self.bar.update(self.whole, completed=self.done, description=said)


@dataclass
class Job:
    """What came of a job; `kept`: what is told of it as JSON."""

    verb: str
    workers: int
    quiet: bool
    json: bool
    kept: list[dict[str, Any]] = field(default_factory=list)
    failures: list[tuple[Task, InfinidocError]] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, crew: Crew, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Do the tasks, shown while they are done; yields those that have a result."""
        started = time.monotonic()
        with Board(self.verb, len(tasks), crew.workers, self.quiet) as board:
            crew.watch = board
            try:
                for outcome in crew.run(tasks):
                    if outcome.error is not None:
                        self.failures.append((outcome.task, outcome.error))
                    else:
                        yield outcome
                    board.passed()
            except KeyboardInterrupt:
                what = f"interrupted; {board.done:,} of {board.total:,} are done"
                raise Interrupted(what, hint="the same command does the rest") from None
            finally:
                self.seconds = time.monotonic() - started

    def told(self) -> list[dict[str, Any]]:
        """The failures as JSON has them."""
        keys = ("what", "where", "hint", "exit_code")
        return [
            {"path": task.name, "error": str(error), **{key: getattr(error, key) for key in keys}}
            for task, error in self.failures
        ]

    def tell_failures(self) -> None:
        """Each on a line of stderr, with what it came of."""
        for task, error in self.failures:
            error.where = error.where or task.name
            display.error(type(error)(error.what, where=error.where, hint=error.hint), self.json)

    def exit_code(self, partial: bool) -> int:
        """0, 3 if a part failed, the first failure's own if everything did."""
        if self.failures and not self.kept:
            return self.failures[0][1].exit_code
        return options.PARTIAL if self.failures or partial else 0


def ingest_each(
    library: Any, paths: list[str], selection: dict[str, Any], job: Job, ray: str | None
) -> None:
    """Read every file into a document of its own, then say what was read and what was not.

    `ray`: the address of a cluster whose workers read; None: processes of this machine do.
    """
    from infinidoc.many.crew import Crew, hired
    from infinidoc.many.files import files_of
    from infinidoc.many.reading import reading_tasks

    chosen = {
        key: selection.pop(key) for key in ("include", "exclude", "max_size") if key in selection
    }
    files = files_of(paths, **chosen)
    setup = setup_of(library, "read", selection)
    with hired(ray, job.workers) as hire:
        crew = Crew(setup, job.workers, hire=hire)
        for outcome in job.run(crew, reading_tasks(files.paths)):
            result = outcome.result or {}
            job.kept.append(result)
            if not (job.quiet or job.json or result["status"] == "unchanged"):
                display.row(display.ingested(result))
                tell_warnings(result["warnings"], f"{result['document']}: ")
    _report(job, files.left_out, crew.lost)
    code = job.exit_code(any(row["status"] == "partial" for row in job.kept))
    if code:
        raise typer.Exit(code)


def setup_of(library: Any, work: str, options: dict[str, Any]) -> dict[str, Any]:
    """What workers are told first; a model that is not here is fetched once, before them."""
    _ = library.language
    given = {key: getattr(library, key) for key in ("model", "device", "offline")}
    place = library.store.path
    path = str(place.resolve()) if isinstance(place, Path) else place.url
    return {"work": work, "library": {**given, "path": path}, "options": options}


def _report(job: Job, left_out: Iterable[str], lost: int) -> None:
    tokens = sum(row["tokens"] for row in job.kept if row["status"] != "unchanged")
    read = [row for row in job.kept if row["status"] != "unchanged"]
    rate = len(read) / job.seconds * 3600 if job.seconds else 0.0
    if job.json:
        display.emit_json(
            {
                "documents": job.kept,
                "failures": job.told(),
                "left_out": list(left_out),
                "workers": job.workers,
                "workers_lost": lost,
                "tokens": tokens,
                "seconds": round(job.seconds, 3),
                "documents_per_hour": round(rate, 1),
            }
        )
        return
    job.tell_failures()
    if job.quiet:
        return
    for line in left_out:
        display.note(f"note: {line}")
    if lost:
        display.note(f"note: {display.count(lost, 'worker')} broke off and had to be replaced")
    same, failed = len(job.kept) - len(read), len(job.failures)
    parts = [
        f"{display.count(len(read), 'document')} read",
        f"{same:,} unchanged",
        f"{failed:,} failed",
    ]
    display.note(f"{', '.join(parts)} in {job.seconds:.0f} s ({rate:.0f} documents an hour)")
