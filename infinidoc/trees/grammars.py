"""Which grammar of tree-sitter reads a file, and the tree that it makes of it.

Knows names of files and strings. A file whose name has no ending is told by its first line.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

from infinidoc.trees import queries
from infinidoc.trees.preprocessor import branches, with_ends, without_macros

Captures = dict[str, list[Any]]
LONGEST = 5.0  # seconds of parsing a text: comments in comments take some grammars hours
_CHUNK = 65_536  # bytes that a parser is given at once


@dataclass(frozen=True)
class Grammar:
    """A grammar: its package, and queries. Without one for definitions the package has it."""

    package: str
    definitions: str = ""
    defaults: str = ""
    language: str = "language"  # the function of the package that makes it
    macros: bool = False  # some stand where the grammar has no place for them
    ends: bool = False  # it misses that of a statement before a brace
    branches: bool = False  # conditions cut through what the grammar takes for one


@dataclass(frozen=True)
class Tree:
    """A text as bytes, and the root of its tree, to be asked by queries of its grammar.

    `other`: the tree of those branches of its preprocessor that this one is not of.
    """

    grammar: Grammar
    source: bytes
    root: Any
    other: Tree | None = None

    def matches(self, query: str) -> Iterator[Captures]:
        """What each match of a query has captured."""
        for _, found in _cursor(self.grammar, query).matches(self.root):
            yield found


_C = Grammar("c", queries.C, macros=True)
_CPP = Grammar("cpp", queries.CPP, queries.CPP_DEFAULTS, macros=True)
_C_SHARP = Grammar("c_sharp", queries.C_SHARP, queries.C_SHARP_DEFAULTS, branches=True)
_RUBY = Grammar("ruby", queries.RUBY, queries.RUBY_DEFAULTS)
_PHP = Grammar("php", queries.PHP, queries.PHP_DEFAULTS, "language_php")
_BASH = Grammar("bash", queries.BASH)
_LUA = Grammar("lua", queries.LUA)
_TYPESCRIPT, _TSX = (
    Grammar("typescript", queries.SCRIPT, queries.SCRIPT_DEFAULTS, f"language_{name}")
    for name in ("typescript", "tsx")
)
_ENDINGS = (
    ((".go",), Grammar("go", queries.GO)),
    ((".rs",), Grammar("rust", queries.RUST)),
    ((".java",), Grammar("java", queries.JAVA)),
    ((".c",), _C),
    ((".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".ipp", ".inl", ".cu", ".cuh"), _CPP),
    ((".cs",), _C_SHARP),
    ((".rb", ".rake", ".gemspec", ".ru"), _RUBY),
    ((".php",), _PHP),
    ((".sh", ".bash", ".zsh", ".ksh", ".bats"), _BASH),
    ((".kt", ".kts"), Grammar("kotlin", queries.KOTLIN, queries.KOTLIN_DEFAULTS, ends=True)),
    ((".swift",), Grammar("swift", queries.SWIFT, queries.SWIFT_DEFAULTS)),
    ((".lua",), _LUA),
    ((".scala", ".sc", ".sbt"), Grammar("scala", queries.SCALA, queries.SCALA_DEFAULTS)),
    ((".ts", ".mts", ".cts"), _TYPESCRIPT),
    ((".tsx", ".js", ".mjs", ".cjs", ".jsx"), _TSX),
)
_GRAMMARS = {ending: grammar for endings, grammar in _ENDINGS for ending in endings}
_INTERPRETERS = {"node": _TSX, "ruby": _RUBY, "php": _PHP, "lua": _LUA, "sh": _BASH}
_INTERPRETER = re.compile(r"#!.*?\b(?:(node|ruby|php|lua)|(?:ba|z|k|da)?(sh))(?:[\d.]*)\b")
_HEADER = ".h"  # of C or of C++


def ending(path: str) -> str:
    """The end of a file's name, in small letters: ".py"; "" if it has none."""
    name = path.rsplit("/", 1)[-1]
    return "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""


def parse(text: str, path: str) -> Tree | None:
    """The tree of a text; None if no grammar reads it, or none in time."""
    source, suffix = text.encode("utf-8", "replace"), ending(path)
    grammar = _GRAMMARS.get(suffix) or (None if suffix else _interpreted(text))
    try:
        if suffix == _HEADER:
            return _header(source)
        return None if grammar is None else _tree(grammar, source)
    except TimeoutError:
        return None


def _interpreted(text: str) -> Grammar | None:
    match = _INTERPRETER.match(text)
    return _INTERPRETERS[match[1] or match[2]] if match else None


def _header(source: bytes) -> Tree:
    """Read as C++, which has nearly all of C, unless there are fewer errors as C."""
    tree = _tree(_CPP, source)
    return min(tree, _tree(_C, source), key=_errors) if tree.root.has_error else tree


def _tree(grammar: Grammar, source: bytes) -> Tree:
    """The tree of a text; branch by branch if that makes fewer errors."""
    mended = without_macros(source) if grammar.macros else source
    tree = _parsed(grammar, source, with_ends(mended) if grammar.ends else mended)
    if not grammar.branches or not tree.root.has_error:
        return tree
    first, other = (_parsed(grammar, source, branch) for branch in branches(source))
    return min(tree, replace(first, other=other), key=_errors)


def _parsed(grammar: Grammar, source: bytes, read: bytes) -> Tree:
    from tree_sitter import Parser

    until = time.monotonic() + LONGEST
    try:
        tree = Parser(_language(grammar)).parse(
            lambda offset, _: read[offset : offset + _CHUNK],
            progress_callback=lambda _, __: time.monotonic() > until,
        )
    except ValueError as error:  # all that a parser says of having been stopped
        raise TimeoutError from error
    return Tree(grammar, source, tree.root_node)


def _errors(tree: Tree) -> int:
    return sum(1 for _ in tree.matches("(ERROR) @error"))


@cache
def _language(grammar: Grammar) -> Any:
    from tree_sitter import Language

    return Language(getattr(_module(grammar), grammar.language)())


@cache
def _module(grammar: Grammar) -> Any:
    return import_module(f"tree_sitter_{grammar.package}")


@cache
def _cursor(grammar: Grammar, query: str) -> Any:
    from tree_sitter import Query, QueryCursor

    return QueryCursor(Query(_language(grammar), query or _module(grammar).TAGS_QUERY))
