"""What C, C++ and C# are without macros and branches, and Kotlin with ends of its statements.

Knows bytes. What is taken out becomes as many spaces: every place stays where it is. Macros are
told by their capitals, for their definitions stand in other files.
"""

from __future__ import annotations

import re

_NAME = rb"[A-Z][A-Z0-9]*_[A-Z0-9_]*"
_CALLED = rb"(?:\([^()\n]*\))?"
# "class EXPORT Name {", "EXPORT int name(", "name() UNUSED;", and one that is alone on a line.
_MACRO = re.compile(
    rb"(?<=\bclass )[A-Z][A-Z0-9_]+" + _CALLED + rb"(?=\s+\w+[^;(){]{0,300}\{)"
    rb"|(?<=\bstruct )[A-Z][A-Z0-9_]+" + _CALLED + rb"(?=\s+\w+[^;(){]{0,300}\{)"
    rb"|^[ \t]*" + _NAME + rb"(?=[ \t]+(?:[\w:<>,]+[ \t*&]+)+[\w:~]+[ \t]*\()"
    rb"|^[ \t]*"
    + _NAME
    + rb"(?=[ \t]+(?:class|explicit|friend|inline|static|struct|template|using)\b)"
    rb"|^[ \t]*" + _NAME + rb"(?=[ \t]+~)"
    rb"|^[ \t]*" + _NAME + _CALLED + rb"[ \t]*$"
    rb"|(?<=[)t])\s+" + _NAME + _CALLED + rb"(?=\s*[;{])",
    re.MULTILINE,
)
_LAST = re.compile(rb"(?<=[^\s{;,]) (?=\})")  # before the brace that ends a line's statement
_CONDITION = re.compile(rb"\s*#\s*(?:(?P<begin>if)|(?P<other>el)|(?P<end>endif))")
_SEEN = re.compile(rb"\S")


def without_macros(source: bytes) -> bytes:
    """A text without those of its macros that no grammar reads."""
    return _MACRO.sub(lambda macro: _blank(macro[0]), source)


def with_ends(source: bytes) -> bytes:
    """A text of Kotlin, whose grammar loses all behind a body that ends on the line it began."""
    return _LAST.sub(b";", source)


def branches(source: bytes) -> tuple[bytes, bytes]:
    """A text with the first branch of each condition, and with the others in their place."""
    lines = source.split(b"\n")
    firsts, others = list(lines), list(lines)
    begun: list[list[int]] = []  # the lines on which each condition and its alternatives begin
    for number, line in enumerate(lines):
        if (condition := _CONDITION.match(line)) is None:
            continue
        firsts[number] = others[number] = _blank(line)
        if condition["begin"]:
            begun.append([number])
        elif begun:
            begun[-1].append(number)
        if condition["end"] and begun:
            begin, *alternatives, end = begun.pop()
            if alternatives:
                others[begin : alternatives[0]] = map(_blank, lines[begin : alternatives[0]])
                firsts[alternatives[0] : end] = map(_blank, lines[alternatives[0] : end])
    return b"\n".join(firsts), b"\n".join(others)


def _blank(text: bytes) -> bytes:
    return _SEEN.sub(b" ", text)
