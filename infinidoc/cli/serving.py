"""`serve`: the model stays loaded, and `ask` is answered at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from infinidoc.address import Place
from infinidoc.cli import display, options
from infinidoc.cli.running import run
from infinidoc.errors import InfinidocError, UsageError

if TYPE_CHECKING:
    from infinidoc.library import Library


def serve(
    idle: Annotated[
        float, typer.Option("--idle", help="Minutes without a question to end after; 0: never.")
    ] = 15.0,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            help="Listen on this port of 127.0.0.1 (0: any), not on a socket.",
            show_default=False,
        ),
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End the server that runs.")] = False,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            help="Speak OpenAI's API on this port of 127.0.0.1 (0: any), to any program.",
            show_default=False,
        ),
    ] = None,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Keep the model loaded, so that `ask` answers at once.

    `ask` finds the server by itself and answers the same with and without. Only this user
    reaches it, and only on this machine. Questions wait for one another.

    infinidoc serve --idle 60 &

    infinidoc serve --stop

    infinidoc serve --http 8321
    """
    if stop:
        _stop(quiet)
        return
    if http is not None:
        _serve_http(http, database, model, device, offline, quiet)
        return
    if idle < 0 or not 0 <= (port or 0) < 65536:
        raise UsageError("--idle is a number of minutes and --port below 65536, neither negative")
    from infinidoc.serving.server import Commands, Server, listening

    def watch(outcome: str, seconds: float) -> None:
        if verbose:
            display.note(f"{outcome} after {seconds:.1f} s")

    with listening(port) as open_door:
        name = _keep_model(model, device, offline, quiet)
        listener, token = open_door()
        with listener:
            if not quiet:
                display.note(f"serving {name}; Ctrl-C or `infinidoc serve --stop` ends it")
            Server(listener, token, Commands(_accepts, run)).run(idle * 60, watch)


def _serve_http(
    port: int, database: Place | None, model: str | None, device: str, offline: bool, quiet: bool
) -> None:
    """Documents as the models of OpenAI's API, until Ctrl-C."""
    from infinidoc.interfaces.http_server import make_application, run

    refuse_port(port)
    application = make_application(opener(database, model, device, offline))
    _keep_model(model, device, offline, quiet)
    run(application, port, None if quiet else "/v1")


def refuse_port(port: int) -> None:
    """UsageError if `--http` names no port."""
    if not 0 <= port < 65536:
        raise UsageError("--http is a port, 0 to 65535")


def opener(
    database: Place | None, model: str | None, device: str, offline: bool
) -> Callable[[], Library]:
    """What opens the library for a server that others ask; it prints nothing."""
    from infinidoc.library import Library

    return partial(
        Library, database, model=model, device=device, offline=offline or None, quiet=True
    )


def _stop(quiet: bool) -> None:
    from infinidoc.serving.server import stop

    stopped = stop()
    if not quiet:
        display.note("the server has ended" if stopped else "no server is running")


def _keep_model(model: str | None, device: str, offline: bool, quiet: bool) -> str:
    """Load the model, and everything else an answer needs."""
    from infinidoc import home
    from infinidoc.answering.generate import warm_up
    from infinidoc.language import LanguageModel

    kept = LanguageModel.find(
        model, device=device, offline=offline or home.is_offline(), quiet=quiet
    )
    warm_up(kept)
    LanguageModel.kept = kept
    return kept.name


def _accepts(words: list[str]) -> bool:
    """Whether these words ask for the model that is kept."""
    from infinidoc.cli.app import app
    from infinidoc.language import LanguageModel

    command = typer.main.get_command(app).commands["ask"]  # type: ignore[attr-defined]
    try:
        wanted = command.make_context("ask", words[1:]).params
    except Exception:  # words that make no sense: the client says so, on its own terminal
        return False
    try:
        found = LanguageModel.find(
            wanted["model"], device=wanted["device"], offline=True, quiet=True
        )
    except InfinidocError:
        return False
    return found is LanguageModel.kept
