"""Which grammar of tree-sitter reads a file, and the tree that it makes of it.

Knows names of files and strings. A file without a known ending is told by its first line. Macros
are no grammar: those that C and C++ write before a name or alone on a line are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from infinidoc.code import queries

Captures = dict[str, list[Any]]


@dataclass(frozen=True)
class Grammar:
    """A grammar: its package, and queries. Without one for definitions the package has it."""

    package: str
    definitions: str = ""
    defaults: str = ""
    language: str = "language"  # the function of the package that makes it


@dataclass(frozen=True)
class Tree:
    """A text as bytes, and the root of its tree, to be asked by queries of its grammar."""

    grammar: Grammar
    source: bytes
    root: Any

    def matches(self, query: str) -> Iterator[Captures]:
        """What each match of a query has captured."""
        for _, found in _cursor(self.grammar, query).matches(self.root):
            yield found


_C = Grammar("c", queries.C)
_CPP = Grammar("cpp", queries.CPP, queries.CPP_DEFAULTS)
_RUBY = Grammar("ruby", queries.RUBY, queries.RUBY_DEFAULTS)
_PHP = Grammar("php", queries.PHP, queries.PHP_DEFAULTS, "language_php")
_BASH = Grammar("bash", queries.BASH)
_LUA = Grammar("lua", queries.LUA)
_TYPESCRIPT, _TSX = (
    Grammar("typescript", queries.SCRIPT, queries.SCRIPT_DEFAULTS, f"language_{name}")
    for name in ("typescript", "tsx")
)
_ENDINGS = (
    ((".go",), Grammar("go")),
    ((".rs",), Grammar("rust")),
    ((".java",), Grammar("java", queries.JAVA)),
    ((".c",), _C),
    ((".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".ipp", ".inl", ".cu", ".cuh"), _CPP),
    ((".cs",), Grammar("c_sharp", queries.C_SHARP, queries.C_SHARP_DEFAULTS)),
    ((".rb", ".rake", ".gemspec", ".ru"), _RUBY),
    ((".php",), _PHP),
    ((".sh", ".bash", ".zsh", ".ksh", ".bats"), _BASH),
    ((".kt", ".kts"), Grammar("kotlin", queries.KOTLIN, queries.KOTLIN_DEFAULTS)),
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
# "class EXPORT Name {" and a macro alone on a line, as bytes, for they become as many spaces.
_MACRO = re.compile(
    rb"(?<=class )[A-Z][A-Z0-9_]+(?:\([^()\n]*\))?(?=\s+\w+[^;()]*\{)"
    rb"|(?<=struct )[A-Z][A-Z0-9_]+(?:\([^()\n]*\))?(?=\s+\w+[^;()]*\{)"
    rb"|^[ \t]*[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:\([^()\n]*\))?[ \t]*$",
    re.MULTILINE,
)


def ending(path: str) -> str:
    """The end of a file's name, in small letters: ".py"; "" if it has none."""
    name = path.rsplit("/", 1)[-1]
    return "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""


def parse(text: str, path: str) -> Tree | None:
    """The tree of a text; None if no grammar reads it."""
    source, suffix = text.encode("utf-8", "replace"), ending(path)
    if suffix == _HEADER:
        return _header(source)
    grammar = _GRAMMARS.get(suffix) or (None if suffix else _interpreted(text))
    return None if grammar is None else _tree(grammar, source)


def _interpreted(text: str) -> Grammar | None:
    match = _INTERPRETER.match(text)
    return _INTERPRETERS[match[1] or match[2]] if match else None


def _header(source: bytes) -> Tree:
    """Read as C++, which has nearly all of C, unless there are fewer errors as C."""
    tree = _tree(_CPP, source)
    if not tree.root.has_error:
        return tree
    return min(tree, _tree(_C, source), key=lambda one: sum(1 for _ in one.matches("(ERROR) @x")))


def _tree(grammar: Grammar, source: bytes) -> Tree:
    from tree_sitter import Parser

    read = source
    if grammar in (_C, _CPP):
        read = _MACRO.sub(lambda macro: b" " * len(macro[0]), source)
    return Tree(grammar, source, Parser(_language(grammar)).parse(read).root_node)


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
