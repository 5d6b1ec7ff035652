"""The options that mean the same on every command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from infinidoc.address import Place, library_at
from infinidoc.errors import InfinidocError


def _of_all(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> Any:
    """What stands behind the command; else before it; else the setting of the environment."""
    name = str(parameter.name)
    given = context.get_parameter_source(name)
    if given is not None and given.name == "COMMANDLINE":
        return value
    return context.find_root().params.get(name) or value


def _library_of_all(
    context: typer.Context, parameter: typer.CallbackParam, value: Any
) -> Place | None:
    """`_of_all`, and then the library that is meant by it."""
    named = _of_all(context, parameter, value)
    return None if named is None else library_at(named)


PARTIAL = 3  # exit code of what was done in part

LIBRARY = "The library file, or postgresql://USER@HOST/DATABASE."

# A `Place`: typer knows no type for it, and would take the slashes of an address for a path's.
Database = Annotated[
    Any,
    typer.Option(
        "-d",
        "--database",
        envvar="INFINIDOC_DB",
        help=LIBRARY,
        show_default=False,
        path_type=str,
        callback=_library_of_all,
    ),
]


def names(context: typer.Context, incomplete: str) -> list[str]:
    """The documents a shell may complete a word to; none where there is no library yet."""
    from infinidoc import home

    path = context.params.get("database") or context.find_root().params.get("database")
    path = library_at(path) if path else home.database_path()
    if isinstance(path, Path) and not path.exists():
        return []
    try:
        from infinidoc.store import Store

        with Store(path) as store:
            known = [row["name"] for row in store.documents()]
    except InfinidocError:
        return []
    return [name for name in known if name.startswith(incomplete)]


def of(*words: str) -> Callable[[str], list[str]]:
    """Completes a word to one of these."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


Document = Annotated[str, typer.Argument(help="Name of a document.", autocompletion=names)]
Documents = Annotated[
    list[str] | None,
    typer.Option(
        "--doc",
        help="Name of a document; repeatable. Default: the latest.",
        autocompletion=names,
    ),
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
DEVICES = ("auto", "cpu", "cuda", "mps")
Device = Annotated[
    str,
    typer.Option(
        "--device",
        envvar="INFINIDOC_DEVICE",
        help="auto, cpu, cuda or mps.",
        autocompletion=of(*DEVICES),
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", envvar="INFINIDOC_OFFLINE", help="Never use the network.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.", callback=_of_all)]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no notes.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
Profile = Annotated[
    bool, typer.Option("--profile", help="Say on stderr (or in the JSON) where the time went.")
]
Until = Annotated[
    str | None,
    typer.Option("--until", help="Know nothing after this page, printed label or chapter."),
]
Mode = Annotated[
    str,
    typer.Option(
        "--mode",
        help="auto, memory or evidence.",
        autocompletion=of("auto", "memory", "evidence"),
    ),
]
Length = Annotated[
    str,
    typer.Option(
        "--length",
        help="short, medium or long.",
        autocompletion=of("short", "medium", "long"),
    ),
]
Style = Annotated[
    str,
    typer.Option("--style", help="prose or points.", autocompletion=of("prose", "points")),
]
NoStream = Annotated[bool, typer.Option("--no-stream", help="Print the answer when it is whole.")]
