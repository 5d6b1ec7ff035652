"""Parses source text for what it defines: Python by ast, all else by grammars of tree-sitter.

Knows strings. A piece of a Python file may be no Python; then it is not parsed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from infinidoc.code.grammars import ending, parse
from infinidoc.code.tags import Symbol, symbols_in

CONSTANT = "constant"
_INTERPRETER = re.compile(r"#!.*\bpython")


def parsed(text: str, path: str) -> list[Symbol] | None:
    """What `text` defines, in order; None if it is of no language that is parsed here."""
    if is_python(text, path):
        return _python(text)
    tree = parse(text, path)
    return None if tree is None else symbols_in(tree)


def is_python(text: str, path: str) -> bool:
    """Whether it is Python by the name of its file, or else by its first line."""
    suffix = ending(path)
    return suffix in (".py", ".pyi", ".pyw") or bool(not suffix and _INTERPRETER.match(text))


def _python(text: str) -> list[Symbol] | None:
    tree = _tree(text)
    if tree is None:
        return None
    found = [one for node in ast.walk(tree) if (one := _of_node(node, text)) is not None]
    return sorted([*found, *_constants(tree)], key=lambda one: one.line)


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the text escapes needlessly
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of_node(node: ast.AST, text: str) -> Symbol | None:
    match node:
        case ast.ClassDef(name=name):
            kind, defaults = "class", _defaults_of_class(node, text)
        case ast.FunctionDef(name=name, args=args) | ast.AsyncFunctionDef(name=name, args=args):
            kind, defaults = "function", _defaults(args, text)
        case ast.Assign(targets=[ast.Name(id=name), *_], value=ast.Lambda(args=args)):
            kind, defaults = "function", _defaults(args, text)
        case _:
            return None
    return Symbol(kind, name, node.lineno - 1, defaults=defaults)


def _constants(module: ast.Module) -> Iterator[Symbol]:
    """What is given a name once and for all at the margin."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and not isinstance(node.value, ast.Lambda):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Symbol(CONSTANT, target.id, node.lineno - 1)


def docstring_lines(text: str, path: str) -> set[int]:
    """The lines, counted from 0, of texts that a Python file holds for its readers alone."""
    tree = _tree(text) if is_python(text, path) else None
    if tree is None:
        return set()
    said = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
    return {line for one in said for line in range(one.lineno - 1, one.end_lineno or one.lineno)}


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
    placed = placed[len(placed) - len(arguments.defaults) :]
    values = zip(
        [*placed, *arguments.kwonlyargs], [*arguments.defaults, *arguments.kw_defaults], strict=True
    )
    return {a.arg: ast.get_source_segment(text, v) or ast.unparse(v) for a, v in values if v}
