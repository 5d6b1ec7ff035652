"""How things look in a terminal: progress and notes on stderr, results on stdout.

The only place that writes: no character of a document, a name or an error is obeyed.
Nothing here decides anything. rich is imported only when there is a terminal to draw on.
"""

from __future__ import annotations

import json as jsonlib
import os
import re
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from infinidoc import control
from infinidoc.errors import InfinidocError, UsageError

if TYPE_CHECKING:
    from infinidoc.ingest import Progress
    from infinidoc.profile import Profile

LOADING = "loading the model"
_waiting = ""  # what stands on the terminal's last line until something is said

FULL, NARROW = 110, 60  # columns: beside a bar for all there is to say, and for the rate
PLAIN_SECONDS = 15.0  # between progress lines when stderr is not a terminal


def say(text: object = "", *, err: bool = False, end: bool = True) -> None:
    """Write text on stdout, or with `err` on stderr; all that is shown goes through here.

    What a terminal would obey (escapes, changes of direction) is written out, as \\x1b.
    """
    end_wait()
    typer.echo(control.shown(str(text)), err=err, nl=end)


def wait(what: str, quiet: bool = False) -> None:
    """A sign of life on stderr, in a terminal, that the next thing said takes away."""
    global _waiting
    line = f"{what} … "
    if line == _waiting:
        return
    end_wait()
    if not quiet and _is_terminal(sys.stderr):
        _waiting = line
        typer.echo(_waiting, err=True, nl=False)


def end_wait() -> None:
    """Take the sign of life away."""
    global _waiting
    if _waiting:
        typer.echo(f"\r{' ' * len(_waiting)}\r", err=True, nl=False)
    _waiting = ""


def _is_terminal(stream: Any) -> bool:
    return stream is not None and bool(stream.isatty())


def tell(text: str) -> None:
    """Write prose on stdout; in a terminal its lines end between words."""
    say(_fitted(text, sys.stdout))


class StreamedText:
    """Prose on stdout as it is written; in a terminal its lines end between words.

    There a word is shown when it is whole.
    """

    def __init__(self) -> None:
        self.width, self.column, self.word = _width(sys.stdout), 0, ""

    def __call__(self, piece: str) -> None:
        *whole, self.word = re.split(r"(?<=\s)", self.word + piece)
        for word in whole:
            self._put(word)

    def end(self) -> None:
        """The last word, and a line end."""
        self._put(self.word)
        say()

    def _put(self, word: str) -> None:
        if self.width and self.column and self.column + len(word.rstrip()) > self.width:
            say()
            self.column = 0
        if self.width and not word.endswith("\n"):
            word = word[: max(self.width - self.column, len(word.rstrip()))]
        say(word, end=False)
        self.column = 0 if word.endswith("\n") else self.column + len(word)


def _width(stream: Any) -> int:
    """The columns of a terminal; 0 if it is none or does not say."""
    if not _is_terminal(stream):
        return 0
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 0


def _fitted(text: str, stream: Any) -> str:
    """`text` as wide as a terminal; what goes on stands below what it goes on from."""
    width = _width(stream)
    return "\n".join(_folded(line, width) for line in text.split("\n")) if width else text


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    apart = textwrap.TextWrapper(
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return apart.fill(line)


def emit_json(value: Any) -> None:
    """One JSON object on one line of stdout."""
    say(control.in_json(jsonlib.dumps(value, ensure_ascii=False)))


def row(text: str) -> None:
    """One line on stdout: a line end in a name begins no line of ours."""
    tell(control.line(text))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], spare: Sequence[str] = ()) -> None:
    """Rows below a head; in a terminal only (`draws`).

    Where it is too narrow the columns of `spare` are left out, the first one first.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    end_wait()
    rows, console = [[control.line(cell) for cell in cells] for cells in rows], Console()
    shown = _columns([head, *rows], spare, console.width)
    head, *rows = [[cells[n] for n in shown] for cells in [head, *rows]]
    widest = max(len(cells[0]) for cells in [head, *rows])
    drawn = Table(box=box.SIMPLE_HEAD, show_header=any(head), show_edge=False, padding=0)
    for number, title in enumerate(head):
        least = widest if number == 0 and console.width > 3 * widest else None
        drawn.add_column(title, overflow="ellipsis" if number else "fold", min_width=least)
    for cells in rows:
        drawn.add_row(*map(Text, cells))
    console.print(drawn)


def _columns(rows: Sequence[Sequence[str]], spare: Sequence[str], width: int) -> list[int]:
    """The columns that there is room for, less those that are empty."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [n for n, cells in enumerate(zip(*rows[1:], strict=True)) if any(cells)]
    for title in spare:
        if sum(widths[n] + 1 for n in shown) - 1 > width:
            shown = [n for n in shown if rows[0][n] != title]
    return shown


def draws() -> bool:
    """Whether results are shown in a terminal."""
    return _is_terminal(sys.stdout)


@contextmanager
def guarded(json: bool) -> Iterator[None]:
    """Make harmless what typer will show of an error in the words of a command.

    With `json` it is raised as one of ours.
    """
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message"):
            end_wait()
            if json:
                raise UsageError(error.format_message()) from None
            error.message = control.line(str(error.message))  # type: ignore[attr-defined]
        raise


def note(message: str) -> None:
    """A remark on stderr, on one line, or in a terminal on as many as it takes."""
    say(_fitted(control.line(message), sys.stderr), err=True)


def error(problem: InfinidocError, json: bool) -> None:
    """An error on one line of stderr, for people or as JSON."""
    if not json:
        note(f"infinidoc: {problem}")
        return
    keys = ("what", "where", "hint", "exit_code")
    told = {"error": str(problem), **{key: getattr(problem, key) for key in keys}}
    say(control.in_json(jsonlib.dumps(told, ensure_ascii=False)), err=True)


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


def count(number: int, noun: str) -> str:
    """A number of things: 1 page, 2,100 pages."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(count: int) -> str:
    """Bytes for people: 7.6 MB."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def draws_progress() -> bool:
    """Whether there is a terminal to draw bars in."""
    return _is_terminal(sys.stderr)


def bars() -> Any:
    """Bars on stderr, one for each task that is added with its `detail`; they go when they end.

    What is written on stdout meanwhile stays there, above them if both are a terminal.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn("{task.percentage:>5.1f}%"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=draws(),
    )


class Meter:
    """Shows an ingest on stderr: a bar in a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, quiet: bool) -> None:
        self.name, self.quiet = control.line(name), quiet
        self.last = time.monotonic()
        self.bar: Any = None
        self.begun = False  # the bar stands where the reading does

    def __enter__(self) -> Meter:
        end_wait()
        if not self.quiet and draws_progress():
            self.bar = bars()
            self.bar.start()
            self.width = self.bar.console.width
            self.task = self.bar.add_task(self._title(), total=None, detail=LOADING)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, progress: Progress) -> None:
        detail = (
            f"{count(progress.pages, 'page')}, {count(progress.tokens, 'token')}, "
            f"{progress.tokens_per_second:.0f} tokens/s"
        )
        if progress.memory_bytes:  # none is made of a text that is only indexed
            detail += f", memory {size(progress.memory_bytes)}"
        if self.bar is not None:
            self._draw(progress.fraction, self._detail(progress, detail))
        elif not self.quiet and time.monotonic() - self.last >= PLAIN_SECONDS:
            self.last = time.monotonic()
            share = "" if progress.fraction is None else f"{progress.fraction:.1%}, "
            note(f"reading {self.name}: {share}{detail}")

    def _title(self) -> str:
        """What is read, in a quarter of the width or a little more."""
        title, most = f"reading {self.name}", max(self.width // 4, 16)
        return title if len(title) <= most else f"{self.name[: most - 1]}…"

    def _detail(self, progress: Progress, whole: str) -> str:
        """As much as leaves room for the bar and the time that is left."""
        if self.width >= FULL:
            return whole
        return f"{progress.tokens_per_second:.0f} tokens/s" if self.width >= NARROW else ""

    def _draw(self, fraction: float | None, detail: str) -> None:
        """Move the bar; what an earlier run had read says nothing of the time that is left."""
        if fraction is not None and not self.begun:
            self.bar.reset(self.task, total=1.0, completed=fraction)
            self.begun = True
        self.bar.update(self.task, completed=fraction, detail=detail)


def ingested(result: dict[str, Any]) -> str:
    """One line about what an ingest did."""
    if result["status"] == "unchanged":
        twin = result.get("copied_from")
        known = f"the same as {twin}, whose memory it shares" if twin else "already remembered"
        return f"{result['document']}: unchanged, {known}"
    status = "read in part" if result["status"] == "partial" else result["status"]
    replaced = ", in the place of what was read before" if result.get("replaced") else ""
    if kept := result.get("pages_kept"):
        replaced = f", behind {count(kept, 'page')} that are as they were"
    if result["index_only"]:
        status = "indexed" if status == "ingested" else status
        pages, tokens = count(result["pages"], "page"), count(result["tokens"], "token")
        took = f"{result['seconds']:.1f} s"
        return f"{result['document']}: {status}, {pages}, {tokens} in {took}{replaced}"
    return (
        f"{result['document']}: {status}, {count(result['pages'], 'page')}, "
        f"{count(result['tokens'], 'token')} in "
        f"{result['seconds']:.1f} s ({result['tokens_per_second']:.0f} tokens/s), "
        f"memory {size(result['memory_bytes'])}{replaced}"
    )


def changed(changes: dict[str, Any]) -> str:
    """One line about what became of the files of a folder since it was read before."""
    moved = [f"{each['from']} to {each['to']}" for each in changes["moved"]]
    told = [
        f"{verb} {_some(names)}"
        for verb, names in (
            ("changed", changes["changed"]),
            ("added", changes["added"]),
            ("removed", changes["removed"]),
            ("moved", moved),
        )
        if names
    ]
    return "; ".join([*told, f"{count(changes['unchanged'], 'file')} as before"])


def _some(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


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
