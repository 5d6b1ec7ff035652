"""The commands that keep house: list, show, rm, export, import, verify, doctor, path.

None loads torch but `doctor` and `verify --deep`.
"""

from __future__ import annotations

import json as jsonlib
import os
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
from infinidoc.errors import InfinidocError, NotFound, OfflineError, UsageError
from infinidoc.labels import place

COLUMNS = ("document", "kind", "pages", "tokens", "memory", "changed", "")
STATES = {
    "complete": "",
    "partial": "read in part",
    "reading": "not read to its end",
    "memory": "without its text",
}
LEAST_FREE = 1_000_000_000  # bytes: what a model and a library of a few books need


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
        cells = [_cells(row) for row in rows]
        shown = [n for n in range(len(COLUMNS)) if any(line[n] for line in cells)]
        display.table([COLUMNS[n] for n in shown], [[line[n] for n in shown] for line in cells])
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
            display.say(problem)
        if not problems and not quiet:
            display.say(f"{display.count(count, 'document')}, nothing is wrong")
    if problems:
        raise typer.Exit(1)


def doctor(
    database: options.Database = None,
    model: options.Model = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Look at everything infinidoc needs and say what is missing."""
    report = {
        "library": _try_library(database),
        **_machine(),
        **_room(database),
        "model": _try_model(model),
    }
    if json:
        display.emit_json(report)
    else:
        for key, value in report.items():
            display.say(f"{key}: {value if isinstance(value, str) else jsonlib.dumps(value)}")
    if any(str(value).startswith("problem") for value in report.values()):
        raise typer.Exit(1)


def _try_library(database: Place | None) -> str:
    try:
        with _library(database) as library:
            return f"{library.store.path}, {display.count(len(library.list()), 'document')}"
    except InfinidocError as error:
        return f"problem: {error}"


def _machine() -> dict[str, Any]:
    import platform

    import torch

    from infinidoc.model.load import pick_device
    from infinidoc.model.precision import SETTING, matrix_type, product_times, type_name

    threads, device = f"{torch.get_num_threads()} threads", pick_device()
    try:
        matrices = type_name(matrix_type(device))
        if device == "cpu" and not os.environ.get(SETTING):
            times = product_times()
            said = ", ".join(f"{name} {time:.2f} ms" for name, time in times.items())
            matrices += f" (measured here, a product: {said})"
    except InfinidocError as error:
        matrices = f"problem: {error}"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": f"{device}, {threads}",
        "matrices": matrices,
        "gpu": _graphics(),
        "readers": _readers(),
        "cache": str(home.cache_folder()),
    }


def _graphics() -> str:
    """The graphics processors that can be used, or why there are none."""
    import shutil

    import torch

    if torch.cuda.is_available():
        cards = [torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count())]
        return ", ".join(f"{c.name}, {display.size(c.total_memory)}" for c in cards)
    if torch.backends.mps.is_available():
        return "Apple (mps)"
    if shutil.which("nvidia-smi"):
        return "not used: this torch cannot reach the card that nvidia-smi is here for"
    return "none"


def _readers() -> str:
    """What the processes that open documents are kept from."""
    from infinidoc.confinement import version
    from infinidoc.seccomp import is_available

    files, sockets = version(), is_available()
    if not (files or sockets):
        return "limits of time and memory only: this system has no Landlock and no seccomp"
    held = f"kept from other files (Landlock {files})" if files else "not kept from other files"
    return f"{held}, {'' if sockets else 'not '}kept from sockets of any kind (seccomp)"


def _room(database: Place | None) -> dict[str, str]:
    """Free room where the library is and where models are kept."""
    where = database or home.database_path()
    library = _free(where.parent) if isinstance(where, Path) else "its server's"
    return {"library_disk": library, "cache_disk": _free(home.cache_folder())}


def _free(folder: Path) -> str:
    import shutil

    folder = folder.absolute()
    there = next((f for f in (folder, *folder.parents) if f.exists()), folder)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return f"problem: {there}: {(error.strerror or 'failed').lower()}"
    told = f"{display.size(free)} free at {there}"
    return told if free >= LEAST_FREE else f"problem: only {told}, make room"


def _try_model(model: str | None) -> str:
    """Whether the model is here and whole; never fetches."""
    from infinidoc.weights import damaged_files, resolve

    try:
        folder = resolve(model, offline=True, quiet=True)
        damaged = damaged_files() if model is None else []
    except OfflineError:
        return "not fetched yet: the first ingest does it, or infinidoc models pull"
    except InfinidocError as error:
        return f"problem: {error}"
    if damaged:
        return f"problem: damaged {', '.join(damaged)} (infinidoc models pull --force)"
    return f"{folder.name} at {folder.path}"


def path(database: options.Database = None, json: options.Json = False) -> None:
    """Print where the library is."""
    where = database or home.database_path()
    if isinstance(where, Path) and where.is_dir():
        raise UsageError("the library must be a file, this is a folder", where=where)
    if json:
        display.emit_json({"database": str(where), "cache": str(home.cache_folder())})
    else:
        display.say(where)
