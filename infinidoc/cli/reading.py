"""`ingest` and `append`: documents into memories."""

from __future__ import annotations

import io
import sys
from typing import Annotated, Any, BinaryIO

import typer

from infinidoc import home
from infinidoc.cli import display, many, options
from infinidoc.cli.warned import tell_warnings
from infinidoc.errors import InfinidocError, Interrupted, UsageError
from infinidoc.limits import number_of_bytes
from infinidoc.profile import NOTHING, START, Profile

IndexOnly = Annotated[
    bool | None,
    typer.Option(
        "--index-only/--with-memory",
        help="Keep the text and make no memory of it. Default: if the model has no adapter.",
        show_default=False,
    ),
]
Include = Annotated[
    list[str] | None, typer.Option("--include", help="In a folder, only files like this glob.")
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", help="In a folder, leave out files like this glob.")
]
MaxSize = Annotated[
    str | None, typer.Option("--max-size", help="In a folder, leave out larger files, e.g. 500k.")
]
Password = Annotated[
    str | None,
    typer.Option("--password", envvar="INFINIDOC_PASSWORD", help="Opens an encrypted PDF."),
]

WholePage = Annotated[
    bool, typer.Option("--whole-page", help="Of web pages, keep navigation and footers, too.")
]

Ocr = Annotated[
    bool,
    typer.Option("--ocr", help="Recognize the letters in pictures of pages; wants the extra ocr."),
]

Limit = Annotated[
    list[str] | None,
    typer.Option("--limit", help="Another limit of time, memory, text or pages, e.g. time=300."),
]

INDEXED = "note: only the text is kept, no memory is made; `ask` answers from passages"
UNTAUGHT = " (infinidoc models adapt --recipe memory teaches a model to remember)"


def ingest(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, addresses (https://...), or - for stdin.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="Name of the document.")] = None,
    together: Annotated[
        bool, typer.Option("--together", help="Read all PATHS as one document, in this order.")
    ] = False,
    each: many.Each = False,
    workers: many.Workers = None,
    ray: many.Ray = None,
    force: Annotated[bool, typer.Option("--force", help="Read it again from the start.")] = False,
    index_only: IndexOnly = None,
    include: Include = None,
    exclude: Exclude = None,
    max_size: MaxSize = None,
    password: Password = None,
    whole_page: WholePage = False,
    ocr: Ocr = False,
    limit: Limit = None,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    profile: options.Profile = False,
) -> None:
    """Read a file, a folder, a web address or stdin into a document memory.

    An interrupted ingest goes on where it stopped; unchanged content is not read again.

    infinidoc ingest contract.pdf

    infinidoc ingest ~/src/project --exclude 'tests/*'

    infinidoc ingest ~/books --each --workers 2
    """
    if "-" in paths and (together or each):
        raise UsageError(f"--{'each' if each else 'together'} takes files and folders, no stdin")
    if each and (together or name is not None or profile):
        raise UsageError("--each takes no --together, --name or --profile")
    many.refuse_without_each(each, workers, ray=ray)
    if name is not None and len(paths) > 1 and not together:
        hint = "--together reads them as one"
        raise UsageError("--name names one document, but there are several paths", hint=hint)
    selection = _selection(include, exclude, max_size, password, whole_page, ocr, limit)
    if each:
        job = many.Job("reading", workers or 1, quiet, json)
        with _library(database, model, device, offline, quiet or json) as library:
            chosen = {**selection, "force": force, "index_only": index_only}
            many.ingest_each(library, paths, chosen, job, ray)
        return
    failed: list[InfinidocError] = []
    partial = False
    with _library(database, model, device, offline, quiet or json) as library:
        clock = _profile(library, profile)
        wanted: list[str | list[str]] = [paths] if together else [*paths]
        for path in wanted:
            try:
                with display.Meter(path if isinstance(path, str) else path[0], quiet) as meter:
                    source = _source(path) if isinstance(path, str) else path
                    result = library.ingest(
                        source,
                        name=name,
                        force=force,
                        index_only=index_only,
                        watch=meter,
                        say=_silent if quiet else display.note,
                        **selection,
                    )
            except KeyboardInterrupt:
                raise _interrupted(library, meter.name) from None
            except InfinidocError as error:
                if len(wanted) == 1:
                    raise
                failed.append(error)
                display.error(error, json)
                continue
            partial |= result["status"] == "partial"
            display.profiled(result, clock, json)
            _report(result, json, quiet, verbose, asked=bool(index_only))
    if failed and len(failed) == len(wanted):
        raise typer.Exit(failed[0].exit_code)
    if failed or partial:
        raise typer.Exit(options.PARTIAL)


def append(
    document: options.Document,
    path: Annotated[str, typer.Argument(help="A file, a folder, an address, or - for stdin.")],
    include: Include = None,
    exclude: Exclude = None,
    max_size: MaxSize = None,
    password: Password = None,
    whole_page: WholePage = False,
    ocr: Ocr = False,
    limit: Limit = None,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Go on reading PATH into the memory of DOCUMENT, as if it had followed it.

    infinidoc append diary november.md
    """
    selection = _selection(include, exclude, max_size, password, whole_page, ocr, limit)
    home.existing(database)
    with (
        _library(database, model, device, offline, quiet or json) as library,
        display.Meter(path, quiet) as meter,
    ):
        try:
            result = library.append(
                document,
                _source(path),
                watch=meter,
                say=_silent if quiet else display.note,
                **selection,
            )
        except KeyboardInterrupt:
            raise _interrupted(library, meter.name) from None
    _report(result, json, quiet, verbose)
    if result["status"] == "partial":
        raise typer.Exit(options.PARTIAL)


def _silent(line: str) -> None:
    """Where nothing is to be said."""


def _library(database: Any, model: Any, device: str, offline: bool, quiet: bool) -> Any:
    from infinidoc.library import Library

    return Library(database, model=model, device=device, offline=offline or None, quiet=quiet)


def _profile(library: Any, wanted: bool) -> Profile:
    """A clock that goes where the library's model goes, or the one nobody looks at."""
    if not wanted:
        return NOTHING
    profile = Profile.since_start()
    with profile.part(START):
        import torch  # noqa: F401  # here, so that it is no part of what first needs it

        library.language.profile = profile
    return profile


def _interrupted(library: Any, where: str) -> Interrupted:
    """What is kept of a reading that was stopped, and how it goes on."""
    latest = next(iter(library.list()), None)
    if latest is None or latest["status"] != "reading" or not latest["tokens"]:
        return Interrupted("interrupted before any of it was kept", where=where)
    pages, tokens = display.count(latest["pages"], "page"), f"{latest['tokens']:,} tokens"
    what = f"interrupted; {pages} and {tokens} of {latest['document']} are kept"
    return Interrupted(what, where=where, hint="the same command goes on from there")


def _source(path: str) -> str | BinaryIO:
    """A path, or stdin for `-`."""
    if path != "-":
        return path
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("nothing is piped in", hint="infinidoc ingest - < file.txt")
    return getattr(sys.stdin, "buffer", None) or io.BytesIO(sys.stdin.read().encode())


def _selection(
    include: list[str] | None,
    exclude: list[str] | None,
    max_size: str | None,
    password: str | None,
    whole_page: bool,
    ocr: bool,
    limit: list[str] | None,
) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    if include:
        chosen["include"] = tuple(include)
    if exclude:
        chosen["exclude"] = tuple(exclude)
    if max_size is not None:
        chosen["max_size"] = _bytes(max_size)
    if password is not None:
        chosen["password"] = password
    if whole_page:
        chosen["whole_page"] = True
    if ocr:
        chosen["ocr"] = True
    if limit:
        chosen["limits"] = tuple(limit)
    return chosen


def _bytes(text: str) -> int:
    """`--max-size` as a number of bytes."""
    try:
        return number_of_bytes(text)
    except ValueError:
        raise UsageError(f"--max-size {text} is no size", hint="such as 500k or 2M") from None


def _report(
    result: dict[str, Any], json: bool, quiet: bool, verbose: bool, asked: bool = False
) -> None:
    """Tell what was read; `asked`: that no memory is made was somebody's wish."""
    if verbose:
        display.note(f"model {result['model']} on {result['device'] or 'no device: not needed'}")
    if not quiet:
        tell_warnings(result["warnings"])
        if "changes" in result and not json:
            display.note(f"since it was read before: {display.changed(result['changes'])}")
        if result["index_only"] and result["status"] == "ingested" and not json:
            display.note(INDEXED if asked else INDEXED + UNTAUGHT)
    if json:
        display.emit_json(result)
    elif not quiet:
        display.row(display.ingested(result))
