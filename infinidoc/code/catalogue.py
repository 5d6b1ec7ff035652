"""Lists what a document of code defines by kind: classes, functions, methods of a class, tests.

Knows pages with paths; a noun such as "method" is a kind of definitions.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from infinidoc.code.lookup import Definition, every_definition, leading, tests_in
from infinidoc.code.source import Source
from infinidoc.definition_kinds import CLASSES, DERIVED, FUNCTIONS, IMPLEMENTED, TEST, TYPES

ALIKE = "like "  # before a word that is to be a part of its name
_KINDS = {"type": TYPES, "function": FUNCTIONS, "method": FUNCTIONS}


def defined_of_kind(noun: str, source: Source, owner: str = "", word: str = "") -> list[Definition]:
    """All that is of a kind, in `owner` if one is named: a type, a file or a folder; tests last.

    What is local to a function is none of a document's functions. `word` is what their first
    lines may be written with, such as "public"; if none is, it tells nothing. Behind ALIKE it is
    a part of their names.
    """
    if noun == TEST:
        return _inside(list(tests_in(source)), owner)
    every = list(every_definition(source))
    if noun == DERIVED:
        return [_implementer(one) for one in leading(every) if _derives(one, owner)]
    known = _inside(_of(noun, every), owner)
    if word.startswith(ALIKE):
        return leading([one for one in known if _is_like(one, word.removeprefix(ALIKE))])
    if not known and noun == "class":
        known = _inside(_of(CLASSES, every), owner)
    if not owner and noun in ("function", "method"):
        types = {one.found.name for one in every if one.found.kind in TYPES}
        known = [one for one in known if _is_method(one, types) == (noun == "method")]
        known = [one for one in known if one.found.within not in FUNCTIONS]
    said = [one for one in known if word and word in re.split(r"\W+", _written(one))]
    return leading(said or known)


def _inside(known: list[Definition], owner: str) -> list[Definition]:
    """Those in `owner`, if one is named: in a folder or a type, else in a file."""
    folder = f"/{owner.strip('/')}/"
    own = [one for one in known if one.belongs_directly(owner) or folder in _folder(one)]
    return (own or [one for one in known if _is_in(one, owner)]) if owner else known


def _folder(one: Definition) -> str:
    return f"/{PurePosixPath(one.evidence.path or '').parent}/"


def _of(nouns: str | tuple[str, ...], every: list[Definition]) -> list[Definition]:
    kinds = _KINDS.get(nouns, (nouns,)) if isinstance(nouns, str) else nouns
    return [one for one in every if one.found.kind in kinds]


def _derives(one: Definition, base: str) -> bool:
    """Whether it is a type that extends or implements `base`, by how it is declared."""
    if one.found.kind == IMPLEMENTED:
        return one.found.name == base
    _, _, behind = one.signature.partition(one.found.name)
    bases = re.sub(r"^\s*<[^<>]*>", "", behind)  # what it is generic in is none
    named = re.search(rf"(?<!\w){re.escape(base)}(?!\w)", bases)
    return one.found.kind in TYPES and one.found.kind != "type" and named is not None


def _is_like(one: Definition, word: str) -> bool:
    """Whether a word is a part of its name, or of a name that it is derived from."""
    _, _, behind = one.signature.partition(one.found.name)
    bases = behind if one.found.kind in TYPES else ""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", f"{one.found.name} {bases}").lower()
    return word in re.findall(r"[a-z]+", parts)


def _written(one: Definition) -> str:
    """How its line begins, before its name."""
    return one.text.split("\n")[one.found.line].partition(one.found.name)[0].lower()


def _is_method(one: Definition, types: set[str]) -> bool:
    return one.found.member or not types.isdisjoint(one.qualified[-2:-1])


def _is_in(one: Definition, file: str) -> bool:
    """Whether it stands in a file, called by its path, its name, or its name without ending."""
    path = PurePosixPath(one.evidence.path or "")
    return file in (path.name, path.stem, str(path)) or str(path).endswith(f"/{file}")


def _implementer(one: Definition) -> Definition:
    """The type that implements a trait, as Rust writes it: Weigh for Scale."""
    found = one.found
    if found.kind != IMPLEMENTED or not found.owners:
        return one
    return replace(
        one, found=replace(found, kind=f"{found.name} for", name=found.owners[-1], within="")
    )


def called(one: Definition) -> str:
    """What it is and its name: a function of a type is its method."""
    found = one.found
    if found.kind == IMPLEMENTED:
        return f"trait {found.name}"
    if not found.member:
        return f"{found.kind} {found.name}"
    kind = "method" if found.kind == "function" else found.kind
    return f"{kind} {'.'.join(one.qualified[-2:])}"
