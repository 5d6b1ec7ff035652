"""What a tree of tree-sitter defines: names, lines, defaults of parameters, what holds what.

Knows trees and queries, no language by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from infinidoc.definition_kinds import FUNCTIONS, IMPLEMENTED, VALUES
from infinidoc.trees.grammars import Captures, Tree

# Where what declares a thing ends, beside the field "body" of its node.
_BODIES = frozenset(
    "accessor_list arrow_expression_clause block block_comment class_body comment "
    "computed_property constructor_initializer enum_class_body field_initializer_list "
    "function_body line_comment multiline_comment".split()
)
_QUALIFIED = ("qualified_identifier", "template_type", "template_function", "scope_resolution")
_WRAPPERS = ("template_declaration",)  # around a definition, and part of it
_NO_NAMES = frozenset("if for while switch do else return".split())  # of what is read amiss
_MAKERS = ("__construct", "initialize", "init")  # constructors without a kind of their own


@dataclass(frozen=True)
class Symbol:
    """A definition, an entry point or a file's first words, on a line, counted from 0."""

    kind: str
    name: str
    line: int
    doc: str | None = None  # what it says of itself
    defaults: dict[str, str] = field(default_factory=dict)  # of parameters, where it was parsed
    made: bool = False  # a value that some call gives
    first: int | None = None  # the line on which its decorators begin, if a grammar tells
    head: str | None = None  # its text up to its body, likewise
    declared: bool = False  # its body stands elsewhere
    spaced: bool = False  # nothing but namespaces is around it
    owners: tuple[str, ...] | None = None  # what it belongs to, outermost first, if a tree tells
    within: str = ""  # the kind of what is nearest around it
    end: int | None = None  # the line on which it ends, likewise
    inner: bool = False  # neither at the margin nor in a namespace alone

    @property
    def member(self) -> bool:
        """Whether it is part of a type."""
        return self.within not in ("", "namespace", "module", "object", *FUNCTIONS)


@dataclass
class _Span:
    """What a match tags: a definition, a namespace, the body of a function, a parameter's value."""

    tag: str
    node: Any
    found: Captures
    defaults: dict[str, str] = field(default_factory=dict)
    spaced: bool = False
    owners: tuple[str, ...] = ()
    within: str = ""

    @property
    def kind(self) -> str:
        return self.tag.removeprefix("definition.")

    @property
    def weight(self) -> int:
        """Of two of one node the heavier counts: a constant is no variable, a class no constant."""
        return ("variable", "constant").index(self.kind) if self.kind in VALUES else 2

    @property
    def start(self) -> int:
        return int(self.node.start_byte)

    @property
    def end(self) -> int:
        return int(self.node.end_byte)

    @property
    def range(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def name(self) -> Any:
        """The node of its own name, without what it belongs to and what it is made for."""
        node = self.found["name"][0]
        while node.type in _QUALIFIED:
            node = node.child_by_field_name("name")
        return node

    @property
    def scope(self) -> list[str]:
        """What it is written to belong to by its own name, or by its receiver."""
        if "name" not in self.found:
            return []
        written = self.found["owner" if "owner" in self.found else "name"][0]
        scope = _text(written)
        if "owner" not in self.found:
            scope = scope[: self.name.start_byte - written.start_byte]
        return re.findall(r"\w+", re.sub(r"<.*>|\[.*\]", "", scope))

    @cached_property
    def body(self) -> int:
        """Where its body begins, or its end."""
        named = self.node.child_by_field_name("body")
        parts = [part for part in self.node.children if part.type in _BODIES]
        return min((part.start_byte for part in [*parts, named] if part), default=self.end)


def symbols_in(tree: Tree) -> list[Symbol]:
    """What a text defines, in order."""
    known: dict[tuple[int, bool], Symbol] = {}
    for each in (tree.other, tree) if tree.other else (tree,):
        spans = sorted(_spans(each), key=lambda span: (span.start, -span.end, span.weight))
        for span in _definitions(spans):
            if _text(span.name) in _NO_NAMES:
                continue
            known[span.name.start_byte, "made" in span.found] = _symbol(span, each.source)
    return [known[key] for key in sorted(known)]


def _spans(tree: Tree) -> Iterator[_Span]:
    for found in tree.matches(tree.grammar.definitions):
        tag = next((key for key in found if key.startswith("definition.")), None)
        if tag is None:
            tag = next((key for key in ("holder", "namespace", "body") if key in found), None)
        if tag is not None and all(
            node.end_byte > node.start_byte for node in found.get("name", ())
        ):
            yield _Span(tag, found[tag][0], found)  # a name may be what an error misses
    if tree.grammar.defaults:
        for found in tree.matches(tree.grammar.defaults):
            yield _Span("parameter", found["parameter"][0], found)


def _definitions(spans: list[_Span]) -> Iterator[_Span]:
    """The definitions among spans in reading order, when all of their parameters are known."""
    begun: list[_Span] = []  # the outer before the inner
    kept: list[_Span] = []
    value_end = 0
    for span in spans:
        while begun and begun[-1].end <= span.start:
            begun.pop()
        if span.tag == "parameter":
            if span.start >= value_end:  # what stands within a value is no parameter
                _give(span, begun)
                value_end = span.found["value"][0].end_byte
        elif not _is_local(span, begun):
            span.spaced = bool(begun) and all("namespace" in one.found for one in begun)
            span.owners, span.within = _owners(span, begun), _within(span, begun)
            kept.append(span)
            if span.kind not in (*VALUES, IMPLEMENTED):
                if begun and begun[-1].range == span.range:
                    begun.pop()  # another query has found it, too
                begun.append(span)
    return (span for span in kept if span.tag.startswith("definition."))


def _is_local(span: _Span, begun: list[_Span]) -> bool:
    """Whether it is a variable of a function: there one may look like a function, too."""
    if span.kind in VALUES:
        return any(one.kind in FUNCTIONS or one.tag == "body" for one in begun)
    return "declared" in span.found and bool(begun) and begun[-1].tag == "body"


def _owners(span: _Span, begun: list[_Span]) -> tuple[str, ...]:
    """The names of what a span belongs to, outermost first."""
    outer = [] if span.kind == IMPLEMENTED else begun
    around = [one for one in outer if "name" in one.found and one.range != span.range]
    return (*(part for one in around for part in (*one.scope, _text(one.name))), *span.scope)


def _within(span: _Span, begun: list[_Span]) -> str:
    """The kind of what a span belongs to next."""
    around = [one for one in begun if one.tag != "body" and one.range != span.range]
    return "holder" if "owner" in span.found else around[-1].kind if around else ""


def _give(span: _Span, begun: list[_Span]) -> None:
    """Tell the function a parameter's value, and the class that the function makes."""
    if not begun or "name" not in begun[-1].found or span.start >= begun[-1].body:
        return
    *outer, function = begun
    value = {_text(span.node): _text(span.found["value"][0])}
    function.defaults |= value
    if not outer or "name" not in outer[-1].found:
        return
    if _text(function.name) in (*_MAKERS, _text(outer[-1].name)):
        outer[-1].defaults |= value


def _symbol(span: _Span, source: bytes) -> Symbol:
    name, node = span.name, span.node
    while node.parent is not None and node.parent.type in _WRAPPERS:
        node = node.parent
    head = None
    if node.start_byte <= name.start_byte < span.body < span.end:
        head = source[node.start_byte : span.body].decode("utf-8", "replace")
    line = name.start_point[0]
    return Symbol(
        kind=span.kind,
        name=_text(name).removeprefix(":"),  # a symbol of Ruby
        line=line,
        defaults=span.defaults,
        made="made" in span.found,
        first=min(line, node.start_point[0]),
        head=head,
        declared="declared" in span.found,
        spaced=span.spaced,
        owners=span.owners,
        within=span.within,
        end=max(line, node.end_point[0]),
    )


def _text(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace"))
