"""Warnings on what was read, as a person sees them: those of one kind and file together.

Each is told whole in the JSON. Here the lines that hold likely passwords are told once a file,
and of a long list of files the first. Knows how warnings are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from infinidoc.cli import display

NAMED = 5  # files and lines of one kind that are named to a person

_LINE = re.compile(r"(?P<place>.*), line (?P<line>\d+)(?P<kind>: [^:]+)")
_FILES = re.compile(r"(?P<said>left out \d+ [^:]+: )(?P<names>.+?)(?: and (?P<more>\d+) more)?")


def tell_warnings(warnings: Iterable[str], about: str = "") -> None:
    """Tell them on stderr; `about`: what they are about, if it is one of many."""
    for warning in shown(list(warnings)):
        display.note(f"note: {about}{warning}")


def shown(warnings: Sequence[str]) -> list[str]:
    """Each warning in short, those that differ in the line alone as one, at its first place."""
    lines: dict[tuple[str, str], list[str]] = {}
    for warning in warnings:
        if found := _LINE.fullmatch(warning):
            lines.setdefault((found["place"], found["kind"]), []).append(found["line"])
        else:
            lines[_in_short(warning), ""] = []
    return [_together(place, kind, at) for (place, kind), at in lines.items()]


def _together(place: str, kind: str, at: list[str]) -> str:
    if not at:
        return place
    return f"{place}, line{'s' if len(at) > 1 else ''} {_first(at)}{kind}"


def _first(names: list[str], more: int = 0) -> str:
    more += max(len(names) - NAMED, 0)
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more else "")


def _in_short(warning: str) -> str:
    found = _FILES.fullmatch(warning)
    names = found["names"].split(", ") if found else []
    if found is None or len(names) <= NAMED:
        return warning
    return f"{found['said']}{_first(names, int(found['more'] or 0))} (--json names them)"
