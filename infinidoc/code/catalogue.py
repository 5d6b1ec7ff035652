"""Lists what a document of code defines by kind: classes, functions, methods of a class.

Knows pages with paths; a noun such as "method" is a kind of definitions.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from infinidoc.code.lookup import Definition, every_definition, leading
from infinidoc.trees.tags import FUNCTIONS, IMPLEMENTED

_TYPES = tuple("class struct enum union trait interface protocol record type".split())
_KINDS = {"type": _TYPES, "function": FUNCTIONS, "method": FUNCTIONS}


def defined_of_kind(noun: str, pages: Any, document: str, owner: str = "") -> list[Definition]:
    """All that is of a kind, in `owner` if one is named: a type or a file; tests last.

    What is local to a function is none of a document's functions.
    """
    kinds = _KINDS.get(noun, (noun,))
    every = list(every_definition(pages, document))
    known = [one for one in every if one.found.kind in kinds]
    if owner:
        known = [one for one in known if one.belongs_directly(owner) or _is_in(one, owner)]
    elif noun in ("function", "method"):
        types = {one.found.name for one in every if one.found.kind in _TYPES}
        known = [one for one in known if _is_method(one, types) == (noun == "method")]
        known = [one for one in known if one.found.within not in FUNCTIONS]
    return leading(known)


def _is_method(one: Definition, types: set[str]) -> bool:
    return one.found.member or not types.isdisjoint(one.qualified[-2:-1])


def _is_in(one: Definition, file: str) -> bool:
    """Whether it stands in a file, called by its path, its name, or its name without ending."""
    path = PurePosixPath(one.evidence.path or "")
    return file in (path.name, path.stem, str(path)) or str(path).endswith(f"/{file}")


def called(one: Definition) -> str:
    """What it is and its name: a function of a type is its method."""
    found = one.found
    if found.kind == IMPLEMENTED:
        return f"trait {found.name}"
    if not found.member:
        return f"{found.kind} {found.name}"
    kind = "method" if found.kind == "function" else found.kind
    return f"{kind} {'.'.join(one.qualified[-2:])}"
