"""Settings as a tree of keys: YAML, JSON, TOML, XML, and files of keys and values in lines.

Every value knows the line it stands on. What cannot be parsed gives no tree.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

DEEPEST = 60  # levels
MOST = 200_000  # values: an anchor of YAML may stand for very many


@dataclass
class Node:
    """A value, or values by their keys or in a row; `line` counts from 1."""

    value: str | dict[str, Node] | list[Node]
    line: int

    @property
    def scalar(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def children(self) -> dict[str, Node]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        return self.value if isinstance(self.value, list) else []


class NoTreeError(ValueError):
    """What a text is that cannot be parsed."""


def trees_of(form: str, text: str) -> list[Node]:
    """The documents of a text in a format; none if it is damaged."""
    try:
        return list(_PARSERS[form](text))
    except (NoTreeError, ValueError, RecursionError):
        return []


# -- YAML ------------------------------------------------------------------------------------


def _yaml(text: str) -> Iterator[Node]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    count = [0]
    try:
        for root in yaml.compose_all(text, loader):
            if root is not None:
                yield _of_yaml(root, count, 0)
    except yaml.YAMLError as error:
        raise NoTreeError from error


def _of_yaml(node: Any, count: list[int], depth: int) -> Node:
    count[0] += 1
    if depth > DEEPEST or count[0] > MOST:
        raise NoTreeError
    line = node.start_mark.line + 1
    if node.id == "mapping":
        pairs: dict[str, Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key.value, str) else "?"
            told = _of_yaml(value, count, depth + 1)
            pairs[name] = Node(told.value, key.start_mark.line + 1)
        return Node(pairs, line)
    if node.id == "sequence":
        return Node([_of_yaml(one, count, depth + 1) for one in node.value], line)
    return Node(node.value, line)


# -- JSON ------------------------------------------------------------------------------------

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)  # comments stand in JSON of editors
_ATOM = re.compile(r"[\w.+-]+")


def _json(text: str) -> Iterator[Node]:
    node, end = _Json(text).value(_skip(text, 0), 0)
    if text[_skip(text, end) :].strip():
        raise NoTreeError
    yield node


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


class _Json:
    def __init__(self, text: str) -> None:
        self.text, self._line, self._counted = text, 1, 0

    def line(self, at: int) -> int:
        """The line of a character; characters are asked for in order."""
        self._line += self.text.count("\n", self._counted, at)
        self._counted = max(at, self._counted)
        return self._line

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        sign, line = self.text[at : at + 1], self.line(at)
        if depth > DEEPEST:
            raise NoTreeError
        if sign == '"':
            said, end = scanstring(self.text, at + 1, False)
            return Node(said, line), end
        if sign in ("{", "["):
            return self._several(at, sign, line, depth)
        found = _ATOM.match(self.text, at)
        if found is None:
            raise NoTreeError
        return Node(found[0], line), found.end()

    def _several(self, at: int, sign: str, line: int, depth: int) -> tuple[Node, int]:
        """An object or a list, to behind its end."""
        pairs: dict[str, Node] = {}
        items: list[Node] = []
        at = _skip(self.text, at + 1)
        while self.text[at : at + 1] not in ("}", "]"):
            name, begun = None, self.line(at)
            if sign == "{":
                name, at = self._name(at)
            node, at = self.value(at, depth + 1)
            if name is None:
                items.append(node)
            else:
                pairs[name] = Node(node.value, begun)
            at = self._next(at)
        return Node(pairs if sign == "{" else items, line), at + 1

    def _name(self, at: int) -> tuple[str, int]:
        if self.text[at : at + 1] != '"':
            raise NoTreeError
        name, at = scanstring(self.text, at + 1, False)
        at = _skip(self.text, at)
        if self.text[at : at + 1] != ":":
            raise NoTreeError
        return name, _skip(self.text, at + 1)

    def _next(self, at: int) -> int:
        at = _skip(self.text, at)
        if self.text[at : at + 1] == ",":
            return _skip(self.text, at + 1)
        if self.text[at : at + 1] not in ("}", "]"):
            raise NoTreeError
        return at


# -- TOML ------------------------------------------------------------------------------------

_HEADER = re.compile(r"[ \t]*(\[\[?)([^\[\]]+)\]\]?[ \t]*(?:#.*)?")
_LONG_STRING = re.compile(r"\"\"\"|'''")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|#.*")
_LONGEST = 20_000  # lines of a value
_POINTS = 10_000  # in a line: the library takes quadratic time for a key of so many parts


def _toml(text: str) -> Iterator[Node]:
    """Values are read by the standard library, an assignment at a time: it tells no lines."""
    root = here = Node({}, 1)
    lines, at = text.split("\n"), 0
    if any(line.count(".") > _POINTS for line in lines):
        raise NoTreeError
    while at < len(lines):
        line = lines[at]
        if header := _HEADER.fullmatch(line):
            here = _table(root, header[2], header[1] == "[[", at + 1)
            at += 1
        elif not line.strip() or line.lstrip().startswith("#"):
            at += 1
        else:
            values, after = _assignment(lines, at)
            _put(here, values, at + 1)
            at = after
    yield root


def _assignment(lines: list[str], at: int) -> tuple[dict[str, Any], int]:
    """What is assigned from a line on, and the line after it: the one in which its brackets and
    long strings are closed."""
    open_, text = 0, False
    for after in range(at + 1, min(at + _LONGEST, len(lines)) + 1):
        line = lines[after - 1]
        long = len(_LONG_STRING.findall(line)) % 2 == 1
        if not text and not long:
            signs = _STRING.sub("", line)
            open_ += len(re.findall(r"[\[{]", signs)) - len(re.findall(r"[\]}]", signs))
        text ^= long
        if open_ <= 0 and not text:
            return tomllib.loads("\n".join(lines[at:after])), after
    raise NoTreeError


def _table(root: Node, header: str, in_list: bool, line: int) -> Node:
    """The table of a header, made where there is none."""
    names = _path_of(tomllib.loads(f"{header} = 0"))
    here = root
    for number, name in enumerate(names):
        last = number == len(names) - 1
        held = here.children.get(name)
        if last and in_list:
            held = held if held is not None and held.items else Node([], line)
            here.children[name] = held
            held.items.append(Node({}, line))
        elif held is None:
            held = here.children[name] = Node({}, line)
        here = held.items[-1] if held.items else held
    return here


def _path_of(table: Any) -> list[str]:
    names = []
    while isinstance(table, dict) and table:
        ((name, table),) = table.items()
        names.append(name)
    return names


def _put(here: Node, values: dict[str, Any], line: int) -> None:
    for name, value in values.items():
        told = _plain(value, line)
        held = here.children.get(name)
        if held is not None and held.children and told.children:
            held.children.update(told.children)
        else:
            here.children[name] = told


def _plain(value: Any, line: int) -> Node:
    if isinstance(value, dict):
        return Node({str(name): _plain(inner, line) for name, inner in value.items()}, line)
    if isinstance(value, list):
        return Node([_plain(inner, line) for inner in value], line)
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return Node(said, line)


# -- keys and values in lines ----------------------------------------------------------------

_SECTION = re.compile(r"[ \t]*\[([^\]]+)\][ \t]*(?:[#;].*)?")
_REMARK = re.compile(r"[ \t]+[;#][^\"']*$")


def _keys(text: str) -> Iterator[Node]:
    """INI, properties and files of environment variables; a value goes on behind a backslash."""
    root = here = Node({}, 1)
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        if section := _SECTION.fullmatch(line):
            here = root.children.setdefault(section[1].strip(), Node({}, number))
        elif (found := _key_in(line)) and line.lstrip()[:1] not in "#;!":
            value = found[1]
            while value.endswith("\\"):
                value = value[:-1] + next(lines, (0, ""))[1].strip()
            here.children[found[0].strip()] = Node(_unquoted(_REMARK.sub("", value)), number)
    yield root


def _key_in(line: str) -> tuple[str, str] | None:
    """The key and the value; where there is "=" it parts them, as a name may hold ":"."""
    before, sign, after = line.partition("=")
    if not sign:
        before, sign, after = line.partition(":")
    key = before.strip().removeprefix("export ").strip()
    return (key, after.strip()) if sign and key and len(key) <= 120 else None


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] in "\"'" else value


# -- XML -------------------------------------------------------------------------------------


def _xml(text: str) -> Iterator[Node]:
    from xml.parsers import expat

    reader = _Xml()
    parser = expat.ParserCreate()
    reader.line = lambda: parser.CurrentLineNumber
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.said
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(re.sub(r"^\ufeff?<\?xml[^>]*\?>", "", text, count=1), True)
    except expat.ExpatError as error:
        raise NoTreeError from error
    yield reader.root


def _refuse(*_: Any) -> None:
    raise NoTreeError  # entities may stand for very much


class _Xml:
    """Elements by their names, those of one name in a row; attributes are keys, too."""

    line: Any = None

    def __init__(self) -> None:
        self.root = Node({}, 1)
        self._open: list[tuple[Node, list[str]]] = [(self.root, [])]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise NoTreeError
        line = self.line()
        node = Node({key: Node(value, line) for key, value in attributes.items()}, line)
        self._open.append((node, [name]))

    def said(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, name: str) -> None:
        node, said = self._open.pop()
        text = " ".join("".join(said[1:]).split())
        if text and not node.children:
            node = Node(text, node.line)
        elif text:
            node.children.setdefault("text", Node(text, node.line))
        parent = self._open[-1][0].children
        name = name.rpartition(":")[2]
        held = parent.get(name)
        if held is None:
            parent[name] = node
        elif held.items:
            held.items.append(node)
        else:
            parent[name] = Node([held, node], held.line)


_PARSERS: dict[str, Any] = {
    "yaml": _yaml, "json": _json, "toml": _toml, "keys": _keys, "xml": _xml,
}  # fmt: skip
