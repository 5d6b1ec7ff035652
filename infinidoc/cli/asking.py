"""`ask` and `summarize`: memories into answers."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from infinidoc import home
from infinidoc.cli import asking_each, display, many, options, sweeps
from infinidoc.cli.answers import AnswerDisplay
from infinidoc.cli.passages import passages
from infinidoc.cli.reading import _library, _profile
from infinidoc.cli.warned import tell_warnings
from infinidoc.errors import InfinidocError, SourceError, UsageError
from infinidoc.serving.client import is_piped

if TYPE_CHECKING:
    from io import BufferedReader

    from infinidoc.library import Library
    from infinidoc.summarizing.result import SectionSummary

NOTHING_FOUND = 5


def ask(
    question: Annotated[str | None, typer.Argument(help="What you want to know.")] = None,
    questions: Annotated[
        str | None,
        typer.Option("--questions", help="A file (or -) with a question, or JSON, per line."),
    ] = None,
    documents: options.Documents = None,
    every: Annotated[
        bool, typer.Option("--all", help="Ask every document of the library, not one.")
    ] = False,
    each: asking_each.Each = False,
    workers: many.Workers = None,
    output: asking_each.Output = None,
    count: sweeps.Count = None,
    listed: sweeps.Listed = False,
    compare: sweeps.Compare = None,
    first: sweeps.First = False,
    last: sweeps.Last = False,
    mode: options.Mode = "auto",
    until: options.Until = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 5 if the answer is not in the document.")
    ] = False,
    highlight: Annotated[
        Path | None,
        typer.Option("--highlight", help="Write a copy of the PDF with what is cited marked."),
    ] = None,
    opens: Annotated[
        bool, typer.Option("--open", help="Show the file, a PDF at the cited page.")
    ] = False,
    no_stream: options.NoStream = False,
    no_serve: Annotated[  # heeded before the words are taken apart (infinidoc/serving/client.py)
        bool, typer.Option("--no-serve", help="Load the model here, even if a server has it.")
    ] = False,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    profile: options.Profile = False,
) -> None:
    """Answer a question from a document's memory and text, with the pages to check it by.

    infinidoc ask "Who betrays the captain, and why?"

    cat server.log | infinidoc ask "What failed first?"

    infinidoc ask --all "When was the lighthouse built?"

    infinidoc ask --count ledger; infinidoc ask --first "Captain Venn"

    infinidoc ask "What is the notice period?" --doc contract --highlight marked.pdf --open

    infinidoc ask --questions questions.txt --each --all --workers 2 --output answers.jsonl
    """
    many.refuse_without_each(each, workers, output)
    if every and documents:
        raise UsageError("--all asks every document: leave out --doc")
    sweep = sweeps.Sweep(count, listed, compare, first, last)
    if not sweep.asks_alone and (question is None) == (questions is None):
        raise UsageError("ask one QUESTION, or several with --questions FILE")
    sweep.refuse_conflicts(question, questions)
    if (highlight or opens) and questions:
        raise UsageError("--highlight and --open take one QUESTION")
    if each:
        if sweep.is_wanted or highlight or opens:
            raise UsageError("--each takes no --count, --list, --compare, --highlight or the like")
        job = many.Job("asking", workers or 1, quiet, json)
        home.existing(database)
        with _library(database, model, device, offline, quiet or json) as library:
            asked = list(_questions(questions)) if questions else [question or ""]
            pairs = asking_each.pairs(library, asked, documents, every)
            asking_each.ask_each(
                library, pairs, output, {"mode": mode, "until": until}, strict, job
            )
        return
    found = True
    showing = AnswerDisplay(json, quiet, verbose, whole=no_stream or questions is not None)
    pipes = not (documents or every) and questions != "-" and holds_document()
    if not pipes:
        home.existing(database)
    display.wait(display.LOADING, quiet)
    with _library(database, model, device, offline, quiet or json) as library:
        showing.profile = _profile(library, profile)
        chosen: list[str] | None = ingest_pipe(library, quiet, json) if pipes else documents
        if not (chosen or every or quiet or json):
            tell_latest(library)
        for text in _questions(questions) if questions else [question or ""]:
            text, kind = sweep.of(text)
            answering = library.stream_ask(
                text, documents=chosen, every=every, mode=mode, until=until, sweep=kind
            )
            result = showing.answer(answering, text if showing.whole else None)
            if result["evidence"] and not quiet and not json:
                heading = "passages:" if result["found"] else "nearest passages:"
                display.tell(f"\n{heading}\n{passages(result)}")
            found &= result["found"]
            if (highlight or opens) and result["found"]:
                point_out(library, result, highlight, opens, quiet or json)
    if strict and not found:
        raise typer.Exit(NOTHING_FOUND)


def point_out(
    library: Library, result: dict[str, Any], target: Path | None, opens: bool, quiet: bool
) -> None:
    """Mark what an answer cites in a copy of the PDF, and show it."""
    from infinidoc.reporting.highlight import Quotation, highlight, link, quotations

    cited = quotations(library.store, result)
    if not cited:
        raise UsageError("this answer cites no sentence that could be shown")
    if target:
        found = highlight(cited, target)
        if not quiet:
            display.note(f"{display.count(found, 'sentence')} of {len(cited)} marked in {target}")
        cited = [Quotation(target, cited[0].page, cited[0].text)]
    if opens and typer.launch(link(cited[0])) != 0:
        display.note(f"no program here shows it: {link(cited[0])}")


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
        except (ValueError, KeyError, TypeError, RecursionError):
            what = f"line {number} is no JSON object with a question"
            raise SourceError(what, where=source) from None


def holds_document() -> bool:
    """Whether there is text in a pipe or file on stdin."""
    return is_piped() and bool(cast("BufferedReader", sys.stdin.buffer).peek(1))


def tell_latest(library: Library) -> None:
    """Which document is meant when none is named, where there are several."""
    latest = library.store.latest()
    if latest is not None and len(library.store.documents()) > 1:
        display.note(f"about {latest['name']}, the latest document; --doc NAME for another")


def ingest_pipe(library: Library, quiet: bool, json: bool) -> list[str]:
    """Read the piped text into a document of its own."""
    buffered = cast("BufferedReader", sys.stdin.buffer)
    with display.Meter("stdin", quiet) as meter:
        result = library.ingest(buffered, watch=meter)
    name = result["document"]
    tell_warnings([] if quiet else result["warnings"])
    if not (quiet or json):
        display.note(f"kept as {name}, now the latest document; infinidoc rm {name} forgets it")
    return [name]


def summarize(
    documents: options.Documents = None,
    length: options.Length = "medium",
    by: Annotated[str | None, typer.Option("--by", help="chapter")] = None,
    focus: Annotated[str | None, typer.Option("--focus", help="What to keep to.")] = None,
    style: options.Style = "prose",
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
    pipes = name is None and holds_document()
    if not pipes:
        home.existing(database)
    display.wait("looking through the text", quiet)
    with _library(database, model, device, offline, quiet or json) as library:
        if pipes:
            (name,) = ingest_pipe(library, quiet, json)
        elif not (name or quiet or json):
            tell_latest(library)
        summarizing = library.stream_summary(
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
                _show_section(section)
        result = summarizing.result
    for warning in [] if quiet or json or not result.sections else result.warnings:
        display.note(f"note: {warning}")
    if verbose:
        kept = "kept from before" if result.cached else "written"
        display.note(f"{kept} in {result.seconds:.1f} s")
    if json:
        display.emit_json(result.as_dict())
    elif no_stream:
        for section in result.sections:
            _show_section(section)
    if not result.sections:
        hint = "summarize --mode memory lets the model write"
        raise InfinidocError("there is nothing to quote", where=result.document, hint=hint)


def _show_section(section: SectionSummary) -> None:
    """A section's title, pages and summary."""
    heading = ", ".join(dict.fromkeys(filter(None, (section.title, section.place))))
    if "\n" in section.summary or section.summary.startswith("- "):
        display.tell(f"[{heading}]\n{section.summary}\n")
        return
    display.tell(f"{section.summary}  [{heading}]\n")
