"""The command that copies documents from one library into another; needs no model."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infinidoc import home
from infinidoc.address import library_at
from infinidoc.cli import display, options
from infinidoc.errors import LibraryError

Named = Annotated[
    list[str] | None, typer.Argument(help="Names of documents; default: all.", show_default=False)
]


def copy(
    source: Annotated[str, typer.Argument(help="The library to copy from.", metavar="FROM")],
    target: Annotated[str, typer.Argument(help="The library to copy into.", metavar="INTO")],
    documents: Named = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Copy documents from one library into another, with their memories, bit for bit.

    A library is a file or the address of one on a server. What is there already is left
    alone, so the same command, given again, copies what is left. A damaged one is left out.

    infinidoc copy library.db postgresql://me@server/books

    infinidoc copy postgresql://me@server/books travel.db voyage
    """
    from infinidoc.store import Store
    from infinidoc.store.copying import copy_documents

    home.existing(library_at(source))
    with Store(source) as here, Store(target) as there:
        done = failed = 0
        for copied in copy_documents(here, there, documents or ()):
            if copied.error is None:
                _tell(copied.row, copied.was_there, json, quiet)
                done += 1
            else:
                display.error(copied.error, json)
                failed += 1
    if failed:
        raise typer.Exit(options.PARTIAL if done else LibraryError.exit_code)


def _tell(row: dict[str, Any], was_there: bool, json: bool, quiet: bool) -> None:
    if json:
        told = {"document": row["name"], "id": row["id"], "tokens": row["tokens"]}
        told |= {"memory_sha256": row["memory_sha256"]}
        display.emit_json({**told, "status": "unchanged" if was_there else "copied"})
    elif not quiet:
        became = "is there already" if was_there else "copied"
        display.say(f"{row['name']}: {became}, {display.count(row['tokens'], 'token')}")
