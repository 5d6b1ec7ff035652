"""How things look in a terminal: progress and notes on stderr, results on stdout.

The only place that writes: no character of a document, a name or an error is obeyed.
Nothing here decides anything. rich is imported only when there is a terminal to draw on.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from infinidoc import control

if TYPE_CHECKING:
    from infinidoc.ingest import Progress
    from infinidoc.profile import Profile

PLAIN_SECONDS = 15.0  # between progress lines when stderr is not a terminal


def say(text: object = "", *, err: bool = False, end: bool = True) -> None:
    """Write text on stdout, or with `err` on stderr; all that is shown goes through here.

    What a terminal would obey (escapes, changes of direction) is written out, as \\x1b.
    """
    typer.echo(control.shown(str(text)), err=err, nl=end)


def emit_json(value: Any) -> None:
    """One JSON object on one line of stdout."""
    say(control.in_json(json.dumps(value, ensure_ascii=False)))


def row(text: str) -> None:
    """One line on stdout: a line end in a name begins no line of ours."""
    say(control.line(text))


@contextmanager
def guarded() -> Iterator[None]:
    """Make harmless what typer will show of an error in the words of a command."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message"):
            error.message = control.line(str(error.message))  # type: ignore[attr-defined]
        raise


def note(message: str) -> None:
    """A remark on stderr, on one line."""
    say(control.line(message), err=True)


def profiled(result: dict[str, Any], profile: Profile, json: bool) -> None:
    """Where the time went, if that was wanted: on stderr, or in the result."""
    if not profile.on:
        return
    taken = profile.taken()
    if json:
        result["profile"] = taken
        return
    for name, part in taken["parts"].items():
        note(f"{part['share']:6.1%} {part['seconds']:9.3f} s  {name}")
    note(f"       {taken['seconds']:9.3f} s  in all")


def size(count: int) -> str:
    """Bytes for people: 7.6 MB."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


class Meter:
    """Shows an ingest on stderr: a bar in a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, quiet: bool) -> None:
        self.name, self.quiet = control.line(name), quiet
        self.last = time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> Meter:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self.bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>5.1f}%"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[detail]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
            self.task = self.bar.add_task(f"reading {self.name}", total=1.0, detail="")
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, progress: Progress) -> None:
        detail = (
            f"{progress.pages} pages, {progress.tokens:,} tokens, "
            f"{progress.tokens_per_second:.0f} tokens/s, memory {size(progress.memory_bytes)}"
        )
        if self.bar is not None:
            self.bar.update(self.task, completed=progress.fraction or 0.0, detail=detail)
        elif not self.quiet and time.monotonic() - self.last >= PLAIN_SECONDS:
            self.last = time.monotonic()
            share = "" if progress.fraction is None else f"{progress.fraction:.1%}, "
            note(f"reading {self.name}: {share}{detail}")


def ingested(result: dict[str, Any]) -> str:
    """One line about what an ingest did."""
    if result["status"] == "unchanged":
        return f"{result['document']}: unchanged, already remembered"
    pages = f"{result['pages']} page" + ("" if result["pages"] == 1 else "s")
    return (
        f"{result['document']}: {result['status']}, {pages}, {result['tokens']:,} tokens in "
        f"{result['seconds']:.1f} s ({result['tokens_per_second']:.0f} tokens/s), "
        f"memory {size(result['memory_bytes'])}"
    )


def place(evidence: dict[str, Any]) -> str:
    """Where a passage stands, as a reader would cite it."""
    from infinidoc.retrieval.evidence import Evidence

    return Evidence(**evidence).where()


def places(result: dict[str, Any]) -> str:
    """Where the evidence of an answer stands, in one line."""
    from infinidoc.store.store import CONVERSATION

    about = result["documents"]
    found = [
        place(e) if about == [e["document"]] or e["kind"] == CONVERSATION else _named(e)
        for e in result["evidence"]
    ]
    return "; ".join(dict.fromkeys(found))


def _named(evidence: dict[str, Any]) -> str:
    return f"{evidence['document']}, {place(evidence)}"


def passages(result: dict[str, Any]) -> str:
    """The evidence below an answer: place, then the first lines of the passage."""
    several = len(result.get("documents", [])) > 1
    lines = []
    for number, evidence in enumerate(result["evidence"], 1):
        words = " ".join(evidence["text"].split())
        shown = words[:160] + ("…" if len(words) > 160 else "")
        name = f"{evidence['document']}, " if several else ""
        lines.append(f"  [{number}] {name}{place(evidence)}: {shown}")
    return "\n".join(lines)
