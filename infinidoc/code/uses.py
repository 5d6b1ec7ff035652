"""Finds where a document of code calls something by its name, and where the name stands.

Knows pages with paths. Where no grammar reads a text, a call is a name before a bracket.
"""

from __future__ import annotations

import re

from infinidoc.code.definitions import WORDS, import_lines
from infinidoc.code.lookup import defined_as, docstrings, is_test
from infinidoc.code.source import Source
from infinidoc.definition_kinds import FUNCTIONS, TEST
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import find_mentions
from infinidoc.retrieval.numbered_sections import PROSE
from infinidoc.text import even
from infinidoc.trees.calls import call_lines
from infinidoc.trees.tags import Symbol

REMARKS = ("*", "//", "#", "/*", "--")  # what a line of a comment begins with


def calls(name: str, source: Source, owner: str = "") -> list[tuple[Evidence, str]]:
    """Each line that calls `name`, and what function it stands in; those in tests last.

    Of what a value is nothing is known: `owner` leaves out what is written behind another type.
    """
    others = re.compile(
        rf"(?<!\w)(?!{re.escape(owner)}\W)[A-Z]\w*(?:<[^>]*>)?(?:\.|::){re.escape(name)}(?!\w)"
    )
    found = []
    for file in source.files(name):
        lines = call_lines(name, file.text, file.path)
        for line in _by_lines(name, file.text, file.path) if lines is None else lines:
            place = file.line_of(Symbol("call", name, line))
            if not owner or name in others.sub("", place.text):
                found.append((place, _caller(file.symbols, line)))
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


def importing(name: str, source: Source) -> list[Evidence]:
    """Each line that imports or includes `name`: a module, a file, or what one defines."""
    wanted = re.compile(rf"(?<![\w$-]){re.escape(name)}(?![\w$-]|\.\w)")
    found = []
    for file in source.files(name):
        if not file.path.lower().endswith(WORDS):
            lines = [at for at, line in import_lines(file.text) if wanted.search(line)]
            found += [file.line_of(Symbol("import", name, at)) for at in lines]
    return sorted(found, key=lambda one: is_test(one.path or ""))


def uses(how: str, name: str, source: Source, owner: str = "") -> list[tuple[Evidence, str]]:
    """Each line that calls, imports or tests `name`, by `how`, and the function around it."""
    if how == "imports":
        return [(place, "") for place in importing(name, source)]
    if how == TEST:
        return _tested(name, source)
    return calls(name, source, owner) if how == "calls" else []


def _tested(name: str, source: Source) -> list[tuple[Evidence, str]]:
    """Each line of a test that names it, but those that only import it."""
    named = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    found = []
    for file in source.files(name):
        imports = {at for at, _ in import_lines(file.text)}
        for at, line in enumerate(file.text.split("\n")) if is_test(file.path) else ():
            if named.search(line) and at not in imports and not line.lstrip().startswith(REMARKS):
                place = file.line_of(Symbol(TEST, name, at))
                found.append((place, _caller(file.symbols, at)))
    return found


def places(name: str, source: Source) -> list[Evidence]:
    """Each line with `name` but those that define it, tests last; prose if nothing else is."""
    pattern = re.compile(rf"(?<![\w$]){re.escape(even(name))}(?![\w$])")
    own = {(one.evidence.path, one.evidence.line) for one in defined_as(name, source)}
    own |= set(docstrings(name, source))
    found: dict[tuple[str | None, int | None], Evidence] = {}
    for mention in find_mentions(source.pages(), pattern, source.name, even):
        key = (mention.evidence.path, mention.evidence.line)
        if key not in own and not mention.evidence.text.lstrip().startswith(REMARKS):
            found.setdefault(key, mention.evidence)
    code = [one for one in found.values() if not (one.path or "").lower().endswith(PROSE)]
    return sorted(code or found.values(), key=lambda one: is_test(one.path or ""))
