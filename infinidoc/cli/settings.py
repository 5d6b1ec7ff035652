"""`config`: what is set for good, in a file of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infinidoc import home
from infinidoc.address import library_at
from infinidoc.cli import display, options
from infinidoc.errors import UsageError
from infinidoc.limits import Limits

_SWITCH = ("yes", "no", "on", "off", "true", "false", "1", "0")
_WORDS = {
    "device": options.DEVICES,
    **dict.fromkeys(home.SWITCHES, _SWITCH),
    "serve": ("auto", *_SWITCH),
}


def config(
    name: Annotated[str | None, typer.Argument(help="A setting; default: all of them.")] = None,
    value: Annotated[str | None, typer.Argument(help="What it is to be.")] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Forget the setting.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show or change what is set: model, database, device, offline, adapter, index_only, serve,
    limits.

    An environment variable (INFINIDOC_MODEL, ...) goes before the file, an option before both.

    infinidoc config device cpu

    infinidoc config device --unset

    infinidoc config serve auto
    """
    if name is None:
        _show(list(home.SETTINGS), json)
        return
    home.refuse_unknown(name)
    if value is None and not unset:
        _show([name], json)
        return
    if value is not None and unset:
        raise UsageError("either a value or --unset")
    path = home.save_setting(name, None if value is None else _meant(name, value))
    if json:
        _show([name], json)
    elif not quiet:
        display.row(f"{name}: {home.setting(name) or 'not set'} ({path})")


def _meant(name: str, value: str) -> str:
    """A value as every later command can use it, whatever folder it is given in.

    UsageError for one that no command could use.
    """
    words = _WORDS.get(name)
    if words and value.lower() not in words:
        raise UsageError(f"{name} cannot be {value!r}", hint=f"one of: {', '.join(words)}")
    if name == "limits":
        Limits().changed(value.split())
    if name == "adapter" and value != "none":
        return str(Path(value).absolute())
    if name == "database":
        place = library_at(value)
        return str(place.absolute()) if isinstance(place, Path) else value
    return value.lower() if words else value


def _show(names: list[str], json: bool) -> None:
    found = {name: home.setting(name) for name in names}
    if json:
        display.emit_json({**found, "file": str(home.config_path())})
        return
    for name, value in found.items():
        display.row(f"{name}: {value if value is not None else 'not set'}")
    display.note(f"kept in {home.config_path()}")
