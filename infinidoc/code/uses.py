"""Finds where a document of code calls something by its name, and where the name stands.

Knows pages with paths. Where no grammar reads a text, a call is a name before a bracket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from infinidoc.code.definitions import WORDS, import_lines
from infinidoc.code.lookup import (
    defined_as,
    docstrings,
    files_with,
    is_test,
    line_of,
    symbols_of,
)
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import find_mentions
from infinidoc.retrieval.numbered_sections import PROSE
from infinidoc.text import even
from infinidoc.trees.calls import call_lines
from infinidoc.trees.tags import FUNCTIONS, Symbol

REMARKS = ("*", "//", "#", "/*", "--")  # what a line of a comment begins with


def calls(name: str, pages: Any, document: str, owner: str = "") -> list[tuple[Evidence, str]]:
    """Each line that calls `name`, and what function it stands in; those in tests last.

    Of what a value is nothing is known: `owner` leaves out what is written behind another type.
    """
    others = re.compile(
        rf"(?<!\w)(?!{re.escape(owner)}\W)[A-Z]\w*(?:<[^>]*>)?(?:\.|::){re.escape(name)}(?!\w)"
    )
    found = []
    for file, text in files_with(name, pages):
        path = file[0]["path"]
        lines, symbols = call_lines(name, text, path), symbols_of(text, path)
        for line in _by_lines(name, text, path) if lines is None else lines:
            place = line_of(file, Symbol("call", name, line), document)
            if not owner or name in others.sub("", place.text):
                found.append((place, _caller(symbols, line)))
    return sorted(found, key=lambda one: is_test(one[0].path or ""))


def _caller(symbols: tuple[Symbol, ...], line: int) -> str:
    """The function around a line; "" if there is none."""
    around = [
        one
        for one in symbols
        if one.kind in FUNCTIONS and one.end is not None and one.line <= line <= one.end
    ]
    inner = max(around, key=lambda one: one.line, default=None)
    return "" if inner is None else ".".join((*(inner.owners or ())[-1:], inner.name))


def _by_lines(name: str, text: str, path: str) -> list[int]:
    if path.lower().endswith(WORDS):
        return []
    called = re.compile(rf"(?<!\w)(?<!def )(?<!function ){re.escape(name)}\(")
    return [
        number
        for number, line in enumerate(text.split("\n"))
        if called.search(line) and not line.lstrip().startswith(REMARKS)
    ]


def importing(name: str, pages: Any, document: str) -> list[Evidence]:
    """Each line that imports or includes `name`: a module, a file, or what one defines."""
    wanted = re.compile(rf"(?<![\w$-]){re.escape(name)}(?![\w$-]|\.\w)")
    found = []
    for file, text in files_with(name, pages):
        path = file[0]["path"]
        if not path.lower().endswith(WORDS):
            lines = [line for line in import_lines(text) if wanted.search(line[1])]
            found += [line_of(file, Symbol("import", name, at), document) for at, _ in lines]
    return sorted(found, key=lambda one: is_test(one.path or ""))


def uses(
    how: str, name: str, pages: Any, document: str, owner: str = ""
) -> list[tuple[Evidence, str]]:
    """Each line that calls, imports or tests `name`, by `how`, and the function around it."""
    if how == "imports":
        return [(place, "") for place in importing(name, pages, document)]
    if how == "test":
        return _tested(name, pages, document)
    return calls(name, pages, document, owner) if how == "calls" else []


def _tested(name: str, pages: Any, document: str) -> list[tuple[Evidence, str]]:
    """Each line of a test that names it, but those that only import it."""
    named = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    found = []
    for file, text in files_with(name, pages):
        path, imports = file[0]["path"], {at for at, _ in import_lines(text)}
        for at, line in enumerate(text.split("\n")) if is_test(path) else ():
            if named.search(line) and at not in imports and not line.lstrip().startswith(REMARKS):
                place = line_of(file, Symbol("test", name, at), document)
                found.append((place, _caller(symbols_of(text, path), at)))
    return found


def places(name: str, pages: Callable[[], Any], document: str) -> list[Evidence]:
    """Each line with `name` but those that define it, tests last; prose if nothing else is."""
    pattern = re.compile(rf"(?<![\w$]){re.escape(even(name))}(?![\w$])")
    own = {(one.evidence.path, one.evidence.line) for one in defined_as(name, pages(), document)}
    own |= set(docstrings(name, pages()))
    found: dict[tuple[str | None, int | None], Evidence] = {}
    for mention in find_mentions(pages(), pattern, document, even):
        key = (mention.evidence.path, mention.evidence.line)
        if key not in own and not mention.evidence.text.lstrip().startswith(REMARKS):
            found.setdefault(key, mention.evidence)
    code = [one for one in found.values() if not (one.path or "").lower().endswith(PROSE)]
    return sorted(code or found.values(), key=lambda one: is_test(one.path or ""))
