"""Parses source text for what it defines: Python by ast, JavaScript and TypeScript by tree-sitter.

Knows strings. A piece of a Python file may be no Python; then it is not parsed. The grammar
of TypeScript reads JavaScript too, and pieces of either.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

_GRAMMARS = {
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".js": "tsx",
    ".mjs": "tsx",
    ".cjs": "tsx",
    ".jsx": "tsx",
}
_KINDS = {
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "function_signature": "function",
    "method_definition": "function",
    "method_signature": "function",
    "abstract_method_signature": "function",
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "interface_declaration": "interface",
    "type_alias_declaration": "type",
    "enum_declaration": "enum",
    "internal_module": "module",
}
_VALUES = {
    "arrow_function": "function",
    "function_expression": "function",
    "generator_function": "function",
    "class": "class",
    "call_expression": "made",
}
_NAMED = {  # what gives a value its name: the fields of the name and of the value
    "variable_declarator": ("name", "value"),
    "public_field_definition": ("name", "value"),
    "field_definition": ("property", "value"),
    "pair": ("key", "value"),
    "assignment_expression": ("left", "right"),
}
_DEFAULTED = {  # a parameter with a value: the fields of both
    "required_parameter": ("pattern", "value"),
    "optional_parameter": ("pattern", "value"),
    "assignment_pattern": ("left", "right"),
    "object_assignment_pattern": ("left", "right"),
}
_PATTERNS = ("formal_parameters", "object_pattern", "array_pattern", "pair_pattern", "rest_pattern")


@dataclass(frozen=True)
class Defined:
    """A definition on a line, counted from 0; `made`: a value that some call gives."""

    kind: str
    name: str
    line: int
    defaults: dict[str, str] = field(default_factory=dict)
    made: bool = False


def parsed(text: str, path: str) -> list[Defined] | None:
    """What `text` defines, in order; None if it is of no language that is parsed here."""
    suffix = "." + path.rsplit(".", 1)[-1].lower()
    if suffix in (".py", ".pyi"):
        return _python(text)
    grammar = _GRAMMARS.get(suffix)
    return None if grammar is None else list(_script(text, grammar))


# -- Python ----------------------------------------------------------------------------------


def _python(text: str) -> list[Defined] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the text escapes needlessly
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [one for node in ast.walk(tree) if (one := _of_node(node, text)) is not None]
    return sorted(found, key=lambda one: one.line)


def _of_node(node: ast.AST, text: str) -> Defined | None:
    if isinstance(node, ast.ClassDef):
        return Defined("class", node.name, node.lineno - 1)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return Defined("function", node.name, node.lineno - 1, _defaults(node.args, text))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        target = node.targets[0]
        if isinstance(target, ast.Name):
            defaults = _defaults(node.value.args, text)
            return Defined("function", target.id, node.lineno - 1, defaults)
    return None


def _defaults(arguments: ast.arguments, text: str) -> dict[str, str]:
    placed = [*arguments.posonlyargs, *arguments.args]
    values: list[tuple[ast.arg, ast.expr | None]] = []
    if arguments.defaults:
        values += zip(placed[-len(arguments.defaults) :], arguments.defaults, strict=True)
    values += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {a.arg: ast.get_source_segment(text, v) or ast.unparse(v) for a, v in values if v}


# -- JavaScript and TypeScript ---------------------------------------------------------------


@cache
def _parser(grammar: str) -> Any:
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    return Parser(Language(getattr(tree_sitter_typescript, f"language_{grammar}")()))


def _script(text: str, grammar: str) -> Iterator[Defined]:
    """What is defined, found without recursion: a tree may be deep."""
    waiting = [_parser(grammar).parse(text.encode("utf-8", "replace")).root_node]
    while waiting:
        node = waiting.pop()
        one = _declared(node) or _valued(node)
        if one is not None:
            yield one
        waiting += reversed(node.named_children)


def _declared(node: Any) -> Defined | None:
    name = node.child_by_field_name("name") if node.type in _KINDS else None
    if name is None:
        return None
    return Defined(_KINDS[node.type], _text(name), name.start_point[0], _script_defaults(node))


def _valued(node: Any) -> Defined | None:
    """A function, a class or the result of a call under a name."""
    if node.type not in _NAMED:
        return None
    name, value = map(node.child_by_field_name, _NAMED[node.type])
    kind = _VALUES.get(value.type) if name is not None and value is not None else None
    if kind is None or (kind == "made" and _is_import(node, value)):
        return None
    if name.type == "member_expression":
        name = name.child_by_field_name("property") or name
    if not name.type.endswith("identifier"):
        return None
    function = "function" if kind == "made" else kind
    defaults = _script_defaults(value)
    return Defined(function, _text(name), name.start_point[0], defaults, kind == "made")


def _is_import(node: Any, call: Any) -> bool:
    """Whether a call names nothing: `require`, or one that is not at a declaration."""
    called = call.child_by_field_name("function")
    return node.type != "variable_declarator" or called is None or _text(called) == "require"


def _script_defaults(function: Any) -> dict[str, str]:
    """The values of the parameters of a function, those taken apart in braces included."""
    found: dict[str, str] = {}
    waiting = [function.child_by_field_name("parameters")]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        if node.type in _PATTERNS:
            waiting += node.named_children
        elif node.type in _DEFAULTED:
            pattern, value = map(node.child_by_field_name, _DEFAULTED[node.type])
            waiting.append(pattern)
            if pattern is not None and value is not None and "identifier" in pattern.type:
                found[_text(pattern)] = _text(value)
    return found


def _text(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace"))
