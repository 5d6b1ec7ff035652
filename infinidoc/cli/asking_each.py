"""`ask --each`: every question to every document alone, by workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infinidoc.cli import answers, display
from infinidoc.cli.many import Job, setup_of
from infinidoc.errors import UsageError

if TYPE_CHECKING:
    from infinidoc.library import Library
    from infinidoc.many.task import Outcome

NOTHING_FOUND = 5

Each = Annotated[
    bool,
    typer.Option(
        "--each", help="Ask each document alone; without --doc or --all those it is likely about."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", help="With --each: add answers to this file; ask what it lacks."),
]


def ask_each(
    library: Library,
    pairs: list[tuple[str, str]],
    output: Path | None,
    options: dict[str, Any],
    strict: bool,
    job: Job,
) -> None:
    """Ask `pairs` of question and document, show the answers in their order, then what failed."""
    from infinidoc.many.answers import AnswerFile
    from infinidoc.many.asking import asking_tasks
    from infinidoc.many.crew import Crew

    file = AnswerFile(output) if output else None
    tasks = asking_tasks(file.left(pairs) if file else pairs)
    crew = Crew(setup_of(library, "ask", options), job.workers)
    found: set[str] = set()
    for outcome in _in_order(job, job.run(crew, tasks), len(tasks), file):
        result = outcome.result or {}
        if result["found"]:
            found.add(result["question"])
        _show(outcome, job)
    job.tell_failures()
    if code := job.exit_code(False):
        raise typer.Exit(code)
    if strict and not found >= {task.request["question"] for task in tasks}:
        raise typer.Exit(NOTHING_FOUND)


def pairs(
    library: Library, questions: Sequence[str], documents: Sequence[str] | None, every: bool
) -> list[tuple[str, str]]:
    """Which question is put to which document."""
    from infinidoc.many.asking import to_each, to_likely

    if not all(question.strip() for question in questions):
        raise UsageError("the question is empty")
    if every:
        rows = [row for row in library.list() if row["status"] != "reading"]
        return to_each(questions, [row["document"] for row in rows])
    if documents:
        return to_each(questions, [library.named(name) for name in documents])
    return to_likely(library.store, questions)


def _in_order(job: Job, outcomes: Iterator[Outcome], count: int, file: Any) -> Iterator[Outcome]:
    """The outcomes as they were asked for; each is kept in the file as soon as it is there."""
    waiting: dict[int, Outcome] = {}
    failed: set[int] = set()
    following = 0
    for outcome in outcomes:
        job.kept.append({})
        if file:
            file.add(outcome.task.request["document"], outcome.result)
        waiting[outcome.task.key] = outcome
        failed |= {task.key for task, _ in job.failures[len(failed) :]}
        while following in waiting or following in failed:
            if following in waiting:
                yield waiting.pop(following)
            following += 1
    yield from (waiting[key] for key in sorted(waiting))


def _show(outcome: Outcome, job: Job) -> None:
    result = outcome.result or {}
    if job.json:
        display.emit_json(result)
        return
    if not job.quiet:
        display.say(f"> {result['question']}")
    places = f" [{display.places(result)}]" if result["found"] else ""
    display.say(f"{outcome.task.request['document']}: {result['answer']}{places}")
    for remark in [] if job.quiet else answers.remarks(result):
        display.note(remark)
