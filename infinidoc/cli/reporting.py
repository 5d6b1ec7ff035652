"""`report`: a document on one page, for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infinidoc.cli import display, options
from infinidoc.errors import InfinidocError


def report(
    document: Annotated[
        str | None, typer.Argument(help="Name of a document. Default: the latest.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file. Default: DOCUMENT.html.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a page on a document: its chapters, what they tell, what was kept of it and asked.

    One file that needs no network, with all passages to search. It holds the document's text.

    infinidoc report voyage -o voyage.html
    """
    from infinidoc.library import Library
    from infinidoc.reporting.contents import gather
    from infinidoc.reporting.page import as_page

    with Library(database) as library:
        contents = gather(library, document)
    file = output or Path(f"{_file_name(contents['document'])}.html")
    if file.exists() and not force:
        raise InfinidocError("there is such a file", where=file, hint="--force writes over it")
    written = as_page(contents)
    file.write_text(written, "utf-8")
    if json:
        size = len(written.encode())
        display.emit_json({"document": contents["document"], "file": str(file), "bytes": size})
    elif not quiet:
        display.row(f"{contents['document']}: written to {file}")


def _file_name(name: str) -> str:
    """A document's name as one of a file in this folder."""
    return "".join(c if c.isalnum() or c in "-_. " else "-" for c in name).strip(". ") or "report"
