"""`ask` and `summarize`: memories into answers."""

from __future__ import annotations

import json as jsonlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from infinidoc.cli import display, options
from infinidoc.cli.reading import _library
from infinidoc.errors import SourceError, UsageError

if TYPE_CHECKING:
    from io import BufferedReader

    from infinidoc.library import Library

NOTHING_FOUND = 5
UNTAUGHT = "this model has no adapter: it was not taught to read, so check its answers"


def ask(
    question: Annotated[str | None, typer.Argument(help="What you want to know.")] = None,
    questions: Annotated[
        str | None,
        typer.Option("--questions", help="A file (or -) with a question, or JSON, per line."),
    ] = None,
    documents: options.Documents = None,
    mode: options.Mode = "auto",
    until: options.Until = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 5 if the answer is not in the document.")
    ] = False,
    no_stream: options.NoStream = False,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Answer a question from a document's memory and text, with the pages to check it by.

    infinidoc ask "Who betrays the captain, and why?"

    cat server.log | infinidoc ask "What failed first?"
    """
    if (question is None) == (questions is None):
        raise UsageError("ask one QUESTION, or several with --questions FILE")
    found = True
    with _library(database, model, device, offline, quiet or json) as library:
        chosen: list[str] | None = documents
        if documents is None and questions != "-" and _is_piped():
            chosen = _ingest_pipe(library, quiet) or None
        for text in _questions(questions) if questions else [question or ""]:
            whole = no_stream or questions is not None
            result = _answer(library, text, chosen, mode, until, json, quiet, verbose, whole)
            found &= result["found"]
    if strict and not found:
        raise typer.Exit(NOTHING_FOUND)


def _answer(
    library: Library,
    question: str,
    documents: list[str] | None,
    mode: str,
    until: str | None,
    json: bool,
    quiet: bool,
    verbose: bool,
    whole: bool,
) -> dict[str, Any]:
    """Ask one question and show the answer as it comes."""
    answering = library.asking(question, documents=documents, mode=mode, until=until)
    streams = not json and not whole and sys.stdout.isatty()
    if streams:
        for piece in answering:
            typer.echo(piece, nl=False)
        typer.echo()
    result = answering.finish()
    if result["adapter"] is None and not quiet and not json:
        display.note(UNTAUGHT)
    if verbose:
        display.note(
            f"read {result['tokens_read']} tokens, first word after "
            f"{result['first_token_seconds']:.1f} s, done after {result['seconds']:.1f} s"
        )
    if json:
        display.emit_json(result)
        return result
    if not streams:
        if whole and not quiet:
            typer.echo(f"> {question}")
        typer.echo(result["answer"])
    elif not result["found"] and answering.text.strip() != result["answer"]:
        typer.echo(result["answer"])
    if result["evidence"] and not quiet:
        heading = "passages:" if result["found"] else "nearest passages:"
        typer.echo(f"\n{heading}\n{display.passages(result)}")
    return result


def _questions(source: str) -> Iterator[str]:
    """One question per line, or JSON objects with `question`."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise SourceError(f"cannot read the questions: {reason}", where=source) from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if not line.lstrip().startswith("{"):
            yield line.strip()
            continue
        try:
            yield str(jsonlib.loads(line)["question"])
        except (ValueError, KeyError, TypeError):
            what = f"line {number} is no JSON object with a question"
            raise SourceError(what, where=source) from None


def _is_piped() -> bool:
    """Whether a document may be waiting on stdin: a pipe or a file, not a terminal."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _ingest_pipe(library: Library, quiet: bool) -> list[str]:
    """Read the piped text into a document of its own; [] if nothing was piped."""
    buffered = cast("BufferedReader", sys.stdin.buffer)
    if not buffered.peek(1):
        return []
    with display.Meter("stdin", quiet) as meter:
        result = library.ingest(buffered, watch=meter)
    for warning in [] if quiet else result["warnings"]:
        display.note(f"note: {warning}")
    return [result["document"]]


def summarize(
    documents: options.Documents = None,
    length: Annotated[str, typer.Option("--length", help="short, medium or long.")] = "medium",
    by: Annotated[str | None, typer.Option("--by", help="chapter")] = None,
    focus: Annotated[str | None, typer.Option("--focus", help="What to keep to.")] = None,
    style: Annotated[str, typer.Option("--style", help="prose or points.")] = "prose",
    mode: options.Mode = "auto",
    until: options.Until = None,
    no_stream: options.NoStream = False,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Summarize a document: sentences that tell most, each with the page to check it by.

    They are quoted, which takes no model. With --mode memory the model writes, and what
    the text does not bear out is withdrawn.

    infinidoc summarize --length long --style points

    infinidoc summarize --by chapter --doc book
    """
    if documents and len(documents) > 1:
        raise UsageError("summarize takes one document at a time")
    name = documents[0] if documents else None
    with _library(database, model, device, offline, quiet or json) as library:
        if name is None and _is_piped():
            name = next(iter(_ingest_pipe(library, quiet)), None)
        summarizing = library.summarizing(
            document=name,
            length=length,
            by=by,
            focus=focus,
            until=until,
            style=style,
            mode=mode,
        )
        for section in summarizing:
            if not json and not no_stream:
                _show_section(section, len(summarizing.sections))
        result = summarizing.result
    for warning in [] if quiet or json else result["warnings"]:
        display.note(f"note: {warning}")
    if verbose:
        kept = "kept from before" if result["cached"] else "written"
        display.note(f"{kept} in {result['seconds']:.1f} s")
    if json:
        display.emit_json(result)
    elif no_stream:
        for section in result["sections"]:
            _show_section(section, len(result["sections"]))


def _show_section(section: dict[str, Any], of: int) -> None:
    """A section's pages, title and summary."""
    first, last = section["first_page"], section["last_page"]
    pages = f"page {first}" if first == last else f"pages {first}-{last}"
    title = f"{section['title']}, " if section["title"] else ""
    if "\n" in section["summary"] or section["summary"].startswith("- "):
        typer.echo(f"[{title}{pages}]\n{section['summary']}\n")
        return
    typer.echo(f"{section['summary']}  [{title}{pages}]\n")
