"""Parses source text for what it defines: Python by ast, all else by grammars of tree-sitter.

Knows strings. A Python file may have lines that are of a newer grammar; they are left out. A piece
of one may be no Python; then it is not parsed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from infinidoc.definition_kinds import VALUES
from infinidoc.trees.grammars import ending, parse
from infinidoc.trees.tags import Symbol, symbols_in

CONSTANT, _ = VALUES
MENDED = 12  # lines of a file that may be of no grammar known here
_TYPED = re.compile(r"^([ \t]*(?:class|(?:async[ \t]+)?def)[ \t]+\w+)(\[[^\]\n]*\])", re.MULTILINE)
_DEFINES = re.compile(r"\s*(?:class|(?:async\s+)?def)\b")
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
    tree = python_tree(text)
    if tree is None:
        return None
    return sorted([*_within(tree, text), *_constants(tree)], key=lambda one: one.line)


def _within(tree: ast.Module, text: str) -> Iterator[Symbol]:
    """What is defined at whatever depth, with what it belongs to."""
    held: list[tuple[ast.AST, tuple[str, ...], str]] = [(tree, (), "")]
    while held:
        node, owners, within = held.pop()
        if one := _of_node(node, text):
            yield replace(one, owners=owners, within=within)
            owners, within = (*owners, one.name), one.kind
        held += [(part, owners, within) for part in ast.iter_child_nodes(node)]


def python_tree(text: str) -> ast.Module | None:
    """The tree of a text, without lines that are of a newer grammar or of none."""
    tree = _read(text)
    lines = _TYPED.sub(lambda found: found[1] + " " * len(found[2]), text).split("\n")
    for _ in range(MENDED if isinstance(tree, SyntaxError) else 0):
        tree = _read("\n".join(lines))
        at = (tree.lineno or 0) - 1 if isinstance(tree, SyntaxError) else -1
        if not 0 <= at < len(lines) or not lines[at].strip() or _DEFINES.match(lines[at]):
            break
        margin = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at] = "" if lines[at].strip() == "pass" else f"{margin}pass"
    return tree if isinstance(tree, ast.Module) else None


def _read(text: str) -> ast.Module | SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the text escapes needlessly
            return ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
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
    return Symbol(kind, name, node.lineno - 1, defaults=defaults, end=(node.end_lineno or 1) - 1)


def _constants(module: ast.Module) -> Iterator[Symbol]:
    """What is given a name once and for all at the margin."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and not isinstance(node.value, ast.Lambda):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Symbol(CONSTANT, target.id, node.lineno - 1, owners=())


def docstring_lines(text: str, path: str) -> set[int]:
    """The lines, counted from 0, of texts that a Python file holds for its readers alone."""
    tree = python_tree(text) if is_python(text, path) else None
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
            value = _written(part.value, text)
            found |= {target.id: value for target in targets if isinstance(target, ast.Name)}
    return found


def _defaults(arguments: ast.arguments, text: str) -> dict[str, str]:
    placed = [*arguments.posonlyargs, *arguments.args]
    placed = placed[len(placed) - len(arguments.defaults) :]
    values = zip(
        [*placed, *arguments.kwonlyargs], [*arguments.defaults, *arguments.kw_defaults], strict=True
    )
    return {a.arg: _written(v, text) for a, v in values if v}


def _written(node: ast.expr, text: str) -> str:
    """An expression as it is written; what is on one line is cut without splitting all again."""
    lines = _lines(text)
    if node.end_lineno != node.lineno or not 0 < node.lineno <= len(lines) or "\r" in text:
        return ast.get_source_segment(text, node) or ast.unparse(node)
    line = lines[node.lineno - 1].encode("utf-8", "replace")
    return line[node.col_offset : node.end_col_offset].decode("utf-8", "replace")


@lru_cache(maxsize=1)
def _lines(text: str) -> list[str]:
    return text.split("\n")
