"""The commands that keep house: list, show, rm, export, import, verify, path.

None loads torch but `verify --deep`. `doctor` is in a file of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from infinidoc import home
from infinidoc.address import Place
from infinidoc.cli import display, options
from infinidoc.errors import NotFound, UsageError
from infinidoc.labels import place

COLUMNS = ("document", "kind", "pages", "tokens", "memory", "changed", "")
SPARE = ("memory", "changed", "tokens", "kind")  # columns that a narrow terminal does without
STATES = {
    "complete": "",
    "partial": "read in part",
    "reading": "not read to its end",
    "memory": "without its text",
}


def _library(database: Place | None, create: bool = False) -> Any:
    """The library without a model; one that is named must be there, unless it may be new."""
    where = database if create else home.existing(database)
    with _without("numpy"):
        from infinidoc.library import Library

    return Library(where)


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Hide a package that sqlite_utils imports just to know its types: a fifth of `list`."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


def list_documents(
    database: options.Database = None, json: options.Json = False, quiet: options.Quiet = False
) -> None:
    """List the documents, the one touched last first."""
    with _library(database) as library:
        rows = library.list()
    if json:
        for row in rows:
            display.emit_json(row)
        return
    if not rows and not quiet:
        display.note("the library is empty: infinidoc ingest FILE")
    elif rows and display.draws():
        display.table(COLUMNS, map(_cells, rows), SPARE)
        return
    for row in rows:
        name, kind, *rest = _cells(row)
        pages, tokens = display.count(row["pages"], "page"), display.count(row["tokens"], "token")
        state = "" if row["status"] == "complete" else f", {rest[-1]}"
        memory = display.size(row["memory_bytes"])
        display.row(f"{name}: {kind}, {pages}, {tokens}, memory {memory}{state}")


def _cells(row: dict[str, Any]) -> list[str]:
    """A document in the columns of `list`."""
    amounts = [f"{row['pages']:,}", f"{row['tokens']:,}", display.size(row["memory_bytes"])]
    state = STATES.get(row["status"], row["status"])
    return [row["document"], row["kind"], *amounts, _moment(row["updated"]), state]


def _moment(stamp: str) -> str:
    """A stored moment as this machine's clock shows it, to the minute."""
    return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"


def show(
    document: options.Document,
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show a document: where it is from, what was read, its memory and snapshots."""
    with _library(database) as library:
        row = library.show(document)
    if json:
        display.emit_json(row)
    elif display.draws():
        display.table(("", ""), _facts(row))
    else:
        for key, value in _facts(row):
            display.row(f"{key}: {value}" if key else f"  {value}")


def _facts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What `show` says of a document; a fact without a name belongs to the one before."""
    for key, value in row.items():
        if key == "snapshots":
            yield key, f"{len(value):,}"
            yield from (("", _snapshot(snapshot)) for snapshot in value)
        elif key == "files":
            yield key, f"{len(value):,}"
        elif key == "unread":
            yield from (("not read", f"{gap['place']}: {gap['problem']}") for gap in value)
        elif key == "warnings":
            yield from (("warning", warning) for warning in value)
        else:
            yield key, _fact(key, value)


def _snapshot(snapshot: dict[str, Any]) -> str:
    title = f", {snapshot['title']}" if snapshot["title"] else ""
    where = place(snapshot["page"], snapshot["label"])
    return f"to {where} ({display.count(snapshot['tokens'], 'token')}{title})"


def _fact(key: str, value: Any) -> str:
    """One value for people: sizes in MB, moments to the minute, of digests the beginning."""
    if value is None:
        return "none"
    if key == "memory_bytes":
        return display.size(value)
    if key in ("created", "updated"):
        return _moment(value)
    if key == "memory_sha256":
        return f"{value[:12]}… (all of it: --json)"
    if key == "status":
        return STATES.get(value) or value
    return f"{value:,}" if isinstance(value, int) and key != "id" else str(value)


def remove(
    documents: Annotated[
        list[str], typer.Argument(help="Names of documents.", autocompletion=options.names)
    ],
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forget documents: their text, memories and summaries."""
    unknown = 0
    with _library(database) as library:
        for name in documents:
            try:
                _remove(library, name, json, quiet)
            except NotFound as error:
                if len(documents) == 1:
                    raise
                display.error(error, json)
                unknown += 1
    if unknown:
        raise typer.Exit(options.PARTIAL if unknown < len(documents) else NotFound.exit_code)


def _remove(library: Any, name: str, json: bool, quiet: bool) -> None:
    row = library.remove(name)
    if json:
        told = {key: row[key] for key in ("document", "id", "compacted")}
        display.emit_json({**told, "removed": True})
    elif not quiet:
        display.row(f"{row['document']}: removed")
    if not row["compacted"] and not quiet:
        display.note(
            "its room is given back by a later rm: the library is in use, or the disk full"
        )


def export(
    document: options.Document,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    no_text: Annotated[
        bool, typer.Option("--no-text", help="The memory alone; it is not anonymous.")
    ] = False,
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write one document with its memory to one file, to be imported elsewhere.

    The file holds the document's text: whoever has it can read it. With --no-text it holds the
    memory alone, which can be asked without a page to check by, and is not anonymous.
    """
    from infinidoc.store.portable import export_document
    from infinidoc.store.textless import REMARK

    with _library(database) as library:
        row = library.store.document(document)
        size = export_document(library.store, row["id"], file, text=not no_text)
    if json:
        display.emit_json({"document": row["name"], "file": str(file), "bytes": size})
    elif not quiet:
        display.say(f"{row['name']}: written to {file} ({display.size(size)})")
    if no_text and not quiet:
        display.note(f"note: {REMARK}")


def import_document(
    file: Annotated[Path, typer.Argument(help="A file written by `infinidoc export`.")],
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Add an exported document to the library; one that is there already is left alone."""
    from infinidoc.store.portable import import_documents

    with _library(database, create=True) as library:
        for row in import_documents(library.store, file):
            if json:
                display.emit_json(library.show(row["name"]))
            elif not quiet:
                became = "is there already" if row.get("was_there") else "imported"
                display.row(f"{row['name']}: {became}, {display.count(row['tokens'], 'token')}")


def verify(
    deep: Annotated[bool, typer.Option("--deep", help="Hash the model's files too.")] = False,
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Read the library back and say what is damaged."""
    from infinidoc.store.verify import verify as check

    with _library(database) as library:
        problems = list(check(library.store))
        count = len(library.store.documents())
    if deep:
        from infinidoc.adapter import damaged_adapters
        from infinidoc.weights import damaged_files

        problems += [f"adapter {file}: damaged" for file in damaged_adapters()]
        problems += [f"model file {name}: damaged" for name in damaged_files()]
    if json:
        display.emit_json({"documents": count, "problems": problems, "ok": not problems})
    else:
        for problem in problems:
            display.tell(problem)
        if not problems and not quiet:
            display.say(f"{display.count(count, 'document')}, nothing is wrong")
    if problems:
        raise typer.Exit(1)


def path(database: options.Database = None, json: options.Json = False) -> None:
    """Print where the library is."""
    where = database or home.database_path()
    if isinstance(where, Path) and where.is_dir():
        raise UsageError("the library must be a file, this is a folder", where=where)
    if json:
        display.emit_json({"database": str(where), "cache": str(home.cache_folder())})
    else:
        display.say(where)
