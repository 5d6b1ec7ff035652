"""Finds the lines of source text that call something by its name.

Knows strings and trees. A call is what the grammar takes for one: no definition, no import, no
word of a comment or a string.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from infinidoc.trees.grammars import parse
from infinidoc.trees.syntax import is_python, python_tree

_CALL = re.compile(
    r"(?:\w+_)?(?:call|invocation|creation)(?:_expression)?|(?:new|instance)_expression|command"
)
_CALLEES = (None, "constructor", "function", "macro", "method", "name", "type")
_ARGUMENTS = "token_tree"  # what a macro of Rust is given, which no grammar reads


def call_lines(name: str, text: str, path: str) -> list[int] | None:
    """The lines, counted from 0, on which `name` is called; None if the text is not parsed."""
    if is_python(text, path):
        tree = python_tree(text)
        return None if tree is None else sorted(set(_in_python(tree, name)))
    parsed = parse(text, path)
    if parsed is None:
        return None
    wanted = name.encode("utf-8", "replace")
    places = re.finditer(rb"(?<![\w$])" + re.escape(wanted) + rb"(?![\w$])", parsed.source)
    leaves = (parsed.root.descendant_for_byte_range(*place.span()) for place in places)
    return sorted({leaf.start_point[0] for leaf in leaves if _is_called(leaf, len(wanted))})


def _in_python(tree: ast.Module, name: str) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called)):
                line = node.lineno
            case ast.Call(func=ast.Attribute(attr=called, end_lineno=end)):
                line = end or node.lineno
            case _:
                continue
        if called == name:
            yield line - 1


def _is_called(leaf: Any, length: int) -> bool:
    """Whether a name is what a call calls: it, or the last part of what it is a part of."""
    node = leaf
    if leaf is None or leaf.end_byte - leaf.start_byte != length:
        return False
    while (parent := node.parent) is not None:
        if _CALL.fullmatch(parent.type):
            return _callee(parent, node)
        if parent.type == _ARGUMENTS:
            behind = node.next_sibling
            return behind is not None and behind.type == _ARGUMENTS and behind.text[:1] == b"("
        last = parent.end_byte == node.end_byte or parent.child_by_field_name("name") == node
        if not last and parent.child_by_field_name("function") != node:
            return False
        node = parent
    return False


def _callee(call: Any, node: Any) -> bool:
    number = next(at for at, child in enumerate(call.children) if child == node)
    field = call.field_name_for_child(number)
    first = next(child for child in call.named_children) == node
    return field in _CALLEES and (field is not None or first)
