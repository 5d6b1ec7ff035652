"""The options that mean the same on every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Database = Annotated[
    Path | None,
    typer.Option(
        "-d", "--database", envvar="INFINIDOC_DB", help="The library file.", show_default=False
    ),
]
Documents = Annotated[
    list[str] | None,
    typer.Option("--doc", help="Name of a document; repeatable. Default: the latest."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--model",
        envvar="INFINIDOC_MODEL",
        help="A local folder or a hub id.",
        show_default=False,
    ),
]
Device = Annotated[
    str, typer.Option("--device", envvar="INFINIDOC_DEVICE", help="auto, cpu, cuda or mps.")
]
Offline = Annotated[
    bool, typer.Option("--offline", envvar="INFINIDOC_OFFLINE", help="Never use the network.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no notes.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
Profile = Annotated[
    bool, typer.Option("--profile", help="Say on stderr (or in the JSON) where the time went.")
]
Until = Annotated[
    str | None,
    typer.Option("--until", help="Know nothing after this page, printed label or chapter."),
]
Mode = Annotated[str, typer.Option("--mode", help="auto, memory or evidence.")]
NoStream = Annotated[bool, typer.Option("--no-stream", help="Print the answer when it is whole.")]
