"""`mcp`: the library as tools for assistants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from infinidoc.cli import display, options
from infinidoc.cli.serving import opener, refuse_port


def mcp(
    allow: Annotated[
        list[Path] | None,
        typer.Option("--allow", help="A folder that may be read from; repeatable. Default: none."),
    ] = None,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            help="Speak HTTP on this port of 127.0.0.1, not stdin and stdout.",
            show_default=False,
        ),
    ] = None,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    quiet: options.Quiet = False,
) -> None:
    """Serve the library to an assistant that speaks MCP, on stdin and stdout.

    It can list, ask, summarize and search; it can read only files of the folders you --allow,
    and delete nothing.

    infinidoc mcp --allow ~/papers
    """
    from infinidoc.interfaces.mcp_server import make_server

    server = make_server(opener(database, model, device, offline), allow or [])
    if http is None:
        if sys.stdin is not None and sys.stdin.isatty() and not quiet:
            display.note("waiting for an assistant on stdin; Ctrl-C ends it")
        server.run("stdio")
        return
    refuse_port(http)
    from infinidoc.interfaces.http_server import run

    run(server.streamable_http_app(), http, None if quiet else "/mcp")
