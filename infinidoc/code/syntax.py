"""Parses source text for what it defines: Python by ast, all else by tree-sitter grammars.

Knows strings. A piece of a Python file may be no Python; then it is not parsed. Go, Rust, Java
and C are read by the tag queries that their grammars ship, TypeScript and JavaScript by
`_SCRIPT`: the grammar of TypeScript reads both, and pieces of either.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

_GRAMMARS = {
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".c": "c",
    ".h": "c",
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    **dict.fromkeys((".tsx", ".js", ".mjs", ".cjs", ".jsx"), "tsx"),
}
_FUNCTION = "[(arrow_function) (function_expression) (generator_function)]"
# `@made`: the value that some call gives.
_SCRIPT = f"""
[(function_declaration name: (_) @name) (generator_function_declaration name: (_) @name)
 (function_signature name: (_) @name) (method_definition name: (_) @name)
 (method_signature name: (_) @name) (abstract_method_signature name: (_) @name)
] @definition.function
[(class_declaration name: (_) @name) (abstract_class_declaration name: (_) @name)
] @definition.class
(interface_declaration name: (_) @name) @definition.interface
(type_alias_declaration name: (_) @name) @definition.type
(enum_declaration name: (_) @name) @definition.enum
(internal_module name: (_) @name) @definition.module
(variable_declarator name: (identifier) @name value: {_FUNCTION} @definition.function)
(variable_declarator name: (identifier) @name value: (class) @definition.class)
(variable_declarator name: (identifier) @name
  value: (call_expression function: (_) @made (#not-eq? @made "require")) @definition.function)
(public_field_definition name: (property_identifier) @name value: {_FUNCTION} @definition.function)
(pair key: (property_identifier) @name value: {_FUNCTION} @definition.function)
(assignment_expression left: [(identifier) @name (member_expression property: (_) @name)]
  right: {_FUNCTION} @definition.function)
(assignment_expression left: [(identifier) @name (member_expression property: (_) @name)]
  right: (class) @definition.class)
"""
_DEFAULTS = """
(required_parameter pattern: (identifier) @parameter value: (_) @value)
(optional_parameter pattern: (identifier) @parameter value: (_) @value)
(assignment_pattern left: (identifier) @parameter right: (_) @value)
(object_assignment_pattern left: (_) @parameter right: (_) @value)
"""


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
    return list(_tagged(text, _GRAMMARS[suffix])) if suffix in _GRAMMARS else None


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
        return Defined("class", node.name, node.lineno - 1, _defaults_of_class(node, text))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return Defined("function", node.name, node.lineno - 1, _defaults(node.args, text))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        target = node.targets[0]
        if isinstance(target, ast.Name):
            defaults = _defaults(node.value.args, text)
            return Defined("function", target.id, node.lineno - 1, defaults)
    return None


def _defaults_of_class(node: ast.ClassDef, text: str) -> dict[str, str]:
    """What its attributes are set to, and the defaults of what makes one."""
    found: dict[str, str] = {}
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name in ("__init__", "__new__"):
            found |= _defaults(part.args, text)
        elif isinstance(part, ast.Assign | ast.AnnAssign) and part.value:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            value = ast.get_source_segment(text, part.value) or ast.unparse(part.value)
            found |= {target.id: value for target in targets if isinstance(target, ast.Name)}
    return found


def _defaults(arguments: ast.arguments, text: str) -> dict[str, str]:
    placed = [*arguments.posonlyargs, *arguments.args]
    values: list[tuple[ast.arg, ast.expr | None]] = []
    if arguments.defaults:
        values += zip(placed[-len(arguments.defaults) :], arguments.defaults, strict=True)
    values += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {a.arg: ast.get_source_segment(text, v) or ast.unparse(v) for a, v in values if v}


# -- grammars --------------------------------------------------------------------------------


@cache
def _language(grammar: str) -> tuple[Any, str]:
    """A language of tree-sitter, and the query for its definitions."""
    from tree_sitter import Language

    if grammar in ("typescript", "tsx"):
        module = import_module("tree_sitter_typescript")
        return Language(getattr(module, f"language_{grammar}")()), _SCRIPT
    module = import_module(f"tree_sitter_{grammar}")
    return Language(module.language()), module.TAGS_QUERY


@cache
def _cursor(grammar: str, query: str) -> Any:
    from tree_sitter import Query, QueryCursor

    return QueryCursor(Query(_language(grammar)[0], query))


def _tagged(text: str, grammar: str) -> Iterator[Defined]:
    from tree_sitter import Parser

    language, query = _language(grammar)
    root = Parser(language).parse(text.encode("utf-8", "replace")).root_node
    found: dict[tuple[int, str], Defined] = {}
    for _, captures in _cursor(grammar, query).matches(root):
        tag = next((key for key in captures if key.startswith("definition.")), None)
        if tag is not None:
            name, kind = captures["name"][0], tag.removeprefix("definition.")
            defaults = _script_defaults(captures[tag][0], grammar) if query is _SCRIPT else {}
            one = Defined(kind, _text(name), name.start_point[0], defaults, "made" in captures)
            found[one.line, one.name] = one
    yield from (found[key] for key in sorted(found))


def _script_defaults(function: Any, grammar: str) -> dict[str, str]:
    """The values of the parameters of a function, those taken apart in braces included."""
    parameters = function.child_by_field_name("parameters")
    if parameters is None:
        return {}
    found: dict[str, str] = {}
    end = 0  # of the last value: what stands within one is no parameter
    for _, captures in _cursor(grammar, _DEFAULTS).matches(parameters):
        parameter, value = captures["parameter"][0], captures["value"][0]
        if parameter.start_byte >= end:
            found[_text(parameter)] = _text(value)
            end = value.end_byte
    return found


def _text(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace"))
