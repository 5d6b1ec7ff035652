"""The commands that keep house: list, show, rm, export, import, verify, doctor, path.

None loads torch but `doctor` and `verify --deep`.
"""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from infinidoc import home
from infinidoc.cli import display, options
from infinidoc.errors import InfinidocError, UsageError
from infinidoc.labels import place

Name = Annotated[str, typer.Argument(help="Name of a document.")]


def _library(database: Path | None) -> Any:
    with _without("numpy"):
        from infinidoc.library import Library

    return Library(database)


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
    for row in rows:
        state = "" if row["status"] == "complete" else f", {row['status']}"
        display.row(
            f"{row['document']}: {row['kind']}, {row['pages']} pages, {row['tokens']:,} tokens, "
            f"memory {display.size(row['memory_bytes'])}{state}"
        )


def show(
    document: Name,
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show a document: where it is from, what was read, its memory and snapshots."""
    with _library(database) as library:
        row = library.show(document)
    if json:
        display.emit_json(row)
        return
    for key, value in row.items():
        if key == "snapshots":
            display.say(f"snapshots: {len(value)}")
            for snapshot in value:
                title = f", {snapshot['title']}" if snapshot["title"] else ""
                where = place(snapshot["page"], snapshot["label"])
                display.row(f"  to {where} ({snapshot['tokens']:,} tokens{title})")
        elif key == "files":
            display.say(f"files: {len(value)}")
        elif key == "unread":
            for missing in value:
                display.row(f"not read: {missing['place']}: {missing['problem']}")
        elif key == "warnings":
            for warning in value:
                display.row(f"warning: {warning}")
        else:
            display.row(f"{key}: {value}")


def remove(
    documents: Annotated[list[str], typer.Argument(help="Names of documents.")],
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forget documents: their text, memories and summaries."""
    with _library(database) as library:
        for name in documents:
            row = library.remove(name)
            if json:
                told = {key: row[key] for key in ("document", "id", "compacted")}
                display.emit_json({**told, "removed": True})
            elif not quiet:
                display.say(f"{row['document']}: removed")
            if not row["compacted"] and not quiet:
                display.note(
                    "its room is given back by a later rm: the library is in use, or the disk full"
                )


def export(
    document: Name,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write one document with its memory to one file, to be imported elsewhere.

    The file holds the document's text: whoever has it can read it.
    """
    from infinidoc.store.portable import export_document

    with _library(database) as library:
        row = library.store.document(document)
        size = export_document(library.store, row["id"], file)
    if json:
        display.emit_json({"document": row["name"], "file": str(file), "bytes": size})
    elif not quiet:
        display.say(f"{row['name']}: written to {file} ({display.size(size)})")


def import_document(
    file: Annotated[Path, typer.Argument(help="A file written by `infinidoc export`.")],
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Add an exported document to the library."""
    from infinidoc.store.portable import import_documents

    with _library(database) as library:
        for row in import_documents(library.store, file):
            if json:
                display.emit_json(library.show(row["name"]))
            elif not quiet:
                display.say(f"{row['name']}: imported, {row['tokens']:,} tokens")


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
            display.say(problem)
        if not problems and not quiet:
            display.say(f"{count} documents, nothing is wrong")
    if problems:
        raise typer.Exit(1)


def doctor(
    database: options.Database = None,
    model: options.Model = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Look at everything infinidoc needs and say what is missing."""
    report = {"library": _try_library(database), **_machine(), "model": _try_model(model)}
    if json:
        display.emit_json(report)
    else:
        for key, value in report.items():
            display.say(f"{key}: {value if isinstance(value, str) else jsonlib.dumps(value)}")
    if any(str(value).startswith("problem") for value in report.values()):
        raise typer.Exit(1)


def _try_library(database: Path | None) -> str:
    try:
        with _library(database) as library:
            return f"{library.store.path}, {len(library.list())} documents"
    except InfinidocError as error:
        return f"problem: {error}"


def _machine() -> dict[str, Any]:
    import platform

    import torch

    from infinidoc.model.load import pick_device
    from infinidoc.model.precision import matrix_type, type_name

    threads, device = f"{torch.get_num_threads()} threads", pick_device()
    try:
        matrices = type_name(matrix_type(device))
    except InfinidocError as error:
        matrices = f"problem: {error}"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": f"{device}, {threads}",
        "matrices": matrices,
        "cache": str(home.cache_folder()),
    }


def _try_model(model: str | None) -> str:
    """Whether the model is here and whole; never fetches."""
    from infinidoc.weights import damaged_files, resolve

    try:
        folder = resolve(model, offline=True, quiet=True)
        damaged = damaged_files() if model is None else []
    except InfinidocError as error:
        return f"problem: {error}"
    if damaged:
        return f"problem: damaged {', '.join(damaged)} (infinidoc models pull --force)"
    return f"{folder.name} at {folder.path}"


def path(database: options.Database = None, json: options.Json = False) -> None:
    """Print where the library file is."""
    where = database or home.database_path()
    if where.is_dir():
        raise UsageError("the library must be a file, this is a folder", where=where)
    if json:
        display.emit_json({"database": str(where), "cache": str(home.cache_folder())})
    else:
        display.say(where)
