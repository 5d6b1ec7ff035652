"""Text of mail whose lines flow (RFC 3676), as it was before it was broken into short lines.

A line that ends with a space goes on in the next one, if both are quoted equally deep. Knows
strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"((?:> ?)*>|) ?(.*)")  # many write "> > " where the standard has ">> "
_SIGNATURE = "-- "


def unflowed(text: str, delete: bool = False) -> str:
    """Its paragraphs, each a line; quoted ones behind their marks and a space.

    `delete`: the space at which a line was broken is no part of the text (DelSp).
    """
    return "\n".join(_paragraphs(text, delete))


def _paragraphs(text: str, delete: bool) -> Iterator[str]:
    marks, held, flows = "", "", False
    for index, line in enumerate(text.split("\n")):
        quoted, words = _parted(line)
        fixed = not words or words == _SIGNATURE
        same = quoted.count(">") == marks.count(">")
        if index and not (flows and same and not fixed):
            yield _quoted(marks, held)
            held = ""
        marks, flows = quoted, words.endswith(" ") and not fixed
        held += words[:-1] if flows and delete else words
    yield _quoted(marks, held)


def _parted(line: str) -> tuple[str, str]:
    """Its marks of quotation and its words, without the space that guards them."""
    found = _LINE.fullmatch(line)
    return (found[1], found[2]) if found else ("", line)


def _quoted(marks: str, words: str) -> str:
    return f"{marks} {words}" if marks and words else marks or words
