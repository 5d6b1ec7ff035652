"""`check`: what a manuscript writes in two ways."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infinidoc.cli import display, options
from infinidoc.cli.asking import NOTHING_FOUND
from infinidoc.cli.reading import _library

SHOWN = 200  # characters of a sentence


def check(
    manuscript: Annotated[
        str, typer.Argument(help="A document's name, or a file or folder to read first.")
    ],
    until: options.Until = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 5 if something was found.")
    ] = False,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Find names spelled in two ways, British beside American spelling, wrong weekdays.

    Each finding comes with both places. English text only. No language model judges here;
    one is needed only to read a manuscript that the library does not know yet.

    infinidoc check novel.md

    infinidoc check novel --until "Chapter 12"
    """
    found = False
    with _library(database, model, device, offline, quiet or json) as library:
        with display.Meter(manuscript, quiet or json) as meter:
            checking = library.stream_check(manuscript, until=until, watch=meter)
        for note in [] if quiet else checking.notes:
            display.note(f"note: {note}")
        for finding in checking:
            found = True
            if json:
                display.emit_json(finding)
            else:
                display.tell(_shown(finding))
    if not found and not json and not quiet and checking.is_english:
        display.note(f"nothing found; looked for {checking.looks_for}")
    if found and strict:
        raise typer.Exit(NOTHING_FOUND)


def _shown(finding: dict[str, Any]) -> str:
    """The finding, then each place with its sentence; one place only where there is but one."""
    places = [finding["first"], finding["second"]]
    if places[0]["start"] == places[1]["start"]:
        places.pop()
    lines = [f"{finding['kind']}: {finding['about']}  ({finding['confidence']:.0%} sure)"]
    lines += [f"  {_place(place, finding['document'])}: {_cut(place['text'])}" for place in places]
    return "\n".join(lines) + "\n"


def _place(place: dict[str, Any], document: str) -> str:
    """As a reader would cite it, with the chapter."""
    keys = ("page", "label", "path", "line", "start", "end")
    where = {key: place[key] for key in keys}
    where |= {"document": document, "text": "", "score": 0.0}
    title = f"{place['title']}, " if place["title"] else ""
    return title + display.place(where)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN].rsplit(" ", 1)[0] + " …"
