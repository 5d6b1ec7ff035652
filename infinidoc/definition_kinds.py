"""The kinds of what source text defines, by the words that a question names them with.

One home for those who ask for definitions (`questions`), find them in a tree (`trees`) and list
them (`code`, `sweeping`). Knows words only.
"""

from __future__ import annotations

TYPES = tuple("class struct enum union trait interface protocol record type".split())
CLASSES = ("struct", "record", "union")  # of languages that have no classes
FUNCTIONS = ("constructor", "function", "method")
VALUES = ("constant", "variable")
TEST = "test"  # a case that a framework of tests runs
IMPLEMENTED = "implementation"  # of a trait: no definition, but what its owner can do
DERIVED = "derived"  # from a type that is named: what extends or implements it

NOUNS = (*TYPES, *FUNCTIONS, *VALUES, "macro", "module", "object", "property")
WORDS = frozenset([*NOUNS, "decorator", "generator"])  # that may stand beside a name of code
