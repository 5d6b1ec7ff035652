"""The keys of a tree of settings with their values, each with the names that it stands under.

A key stands under the keys around it and beside the short values of the same records: the image of
the container whose name is "sidecar" stands under "sidecar". A record of a name and a value
(`name: PORT, value: "80"`, `PORT=80` in a list) is a key with a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from infinidoc.data.trees import Node
from infinidoc.questions.data_asked import stems_of

SHORT = 80  # characters of a value by which it may name its record
LONG = 200  # characters of a value that names none
SHOWN = 200  # characters of a value that is told
_PAIR = re.compile(r"([A-Za-z_][\w.-]*)=(.*)", re.S)
_NAMES = ("name", "key")
_CONTAINERS = ("metadata",)

Stems = tuple[str, ...]


@dataclass(frozen=True)
class Key:
    """A key and its value. `around`: the names of the records and keys it stands under."""

    name: str
    value: str
    line: int
    path: tuple[str, ...]
    around: tuple[Stems, ...]
    inner: tuple[str, ...] = ()  # the values, keys or names of what it holds, if it is several
    holds_keys: bool = False
    stems: Stems = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stems", stems_of(self.name))

    @property
    def said(self) -> str:
        """Where it stands: "services.db.image"."""
        return ".".join([*self.path, self.name])


def keys_of(root: Node, around: tuple[Stems, ...] = ()) -> Iterator[Key]:
    """All keys of a tree, in reading order. `around`: what the whole is called."""
    name = _named(root.children.get("metadata", root))
    yield from _walk(root, (f"[{name}]",) if name and root.children else (), around)


def _walk(node: Node, path: tuple[str, ...], around: tuple[Stems, ...]) -> Iterator[Key]:
    around += tuple(_names_in(node))
    pair = _pair_of(node)
    if pair is not None:
        yield Key(*pair, node.line, path, around)
    for name, inner in node.children.items():
        yield from _key(name, inner, path, around)
    for number, item in enumerate(node.items, 1):
        told = _named(item) or str(number)
        before = (*path[:-1], f"{path[-1]}[{told}]") if path else (f"[{told}]",)
        yield from _walk(item, before, around)
        if item.scalar and (found := _PAIR.fullmatch(item.scalar)):
            yield Key(found[1], found[2], item.line, path, around)


def _key(name: str, node: Node, path: tuple[str, ...], around: tuple[Stems, ...]) -> Iterator[Key]:
    """A key with its value, and what is below it."""
    scalars = [item.scalar for item in node.items if item.scalar]
    if node.scalar is not None:
        yield Key(name, node.scalar, node.line, path, around)
    elif scalars and len(scalars) == len(node.items):
        yield Key(name, ", ".join(scalars), node.line, path, around, tuple(scalars))
    else:
        inner = tuple(node.children) or tuple(filter(None, map(_named, node.items)))
        if inner:
            yield Key(name, ", ".join(inner), node.line, path, around, inner, True)
    yield from _walk(node, (*path, name), (*around, stems_of(name)))


def _names_in(node: Node) -> Iterator[Stems]:
    """The short values of a record, and of what it says of itself."""
    for name, inner in node.children.items():
        if inner.scalar and len(inner.scalar) <= LONG:
            yield stems_of(inner.scalar[:SHORT])
        elif name in _CONTAINERS:
            named = inner.children.get("name")
            if named and named.scalar:
                yield stems_of(named.scalar)


def _named(node: Node) -> str | None:
    """What a record calls itself."""
    called = (node.children.get(name) for name in ("name", "id", "key"))
    return next((one.scalar for one in called if one and one.scalar), None)


def _pair_of(node: Node) -> tuple[str, str] | None:
    """The name and the value of a record that has nothing else."""
    values = node.children
    name = next((values[key].scalar for key in _NAMES if key in values), None)
    value = values["value"].scalar if "value" in values else None
    return (name, value) if name and value is not None and len(values) <= 3 else None
