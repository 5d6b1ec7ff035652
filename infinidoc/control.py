"""Characters that are no text: what a terminal would obey, and what UTF-8 cannot say.

Text is freed of escape sequences as it is read; what is shown has all control characters
written out. Knows strings.
"""

from __future__ import annotations

import re

# ECMA-48, 7-bit and 8-bit: a control sequence, a string up to its terminator, then any
# other escape, with the shift in that some terminals want after it. A string that is not
# closed on its line is no string: its words stay. A control sequence may be cut off.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*(?:[\x40-\x7e]\x0f?|(?=[\r\n]|\Z))"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9b-\x9f\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b(?:[\x20-\x2f]*[\x30-\x7e])?\x0f?"
)
_MOVE = re.compile(r"(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*[A-Hadef`]")  # of the cursor
_APART = re.compile(r"(?<=[^\s\0])\0+(?=[^\s\0])")
# Sequences as other programs write them out: cat -v, rsyslog, string literals.
_WRITTEN_OUT = re.compile(
    r"(?:\^\[|#033|\\(?:x1[bB]|033|e|u001[bB]))(\[\??[0-9]{0,3}(?:;[0-9]{1,3})*[A-Za-z])"
)
_BEGINS = re.compile(r"[\x00\b\x1b\x90\x98\x9b\x9d-\x9f]")

# What is not shown as it is: C0 but tab and line end, DEL, C1, the marks that change the
# direction of what follows them (embeddings, overrides, isolates), halves of characters.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_HALF = re.compile("[\ud800-\udfff]")
_NEVER_IN_A_LINE = re.compile(r"[\n\t]")


def plain(text: str) -> str:
    """`text` without escape sequences and NULs; other control characters stay.

    A character that is struck over by a step back goes, as it does in a terminal; a move of
    the cursor between two words is a space.
    """
    if not _BEGINS.search(text):
        return text
    text = _SEQUENCE.sub("", _MOVE.sub("\0", text.replace("\0", "")))
    text = _APART.sub(" ", text).replace("\0", "")
    return _struck(text) if "\b" in text else text


def obeyed(text: str) -> str:
    """`text` of a log with escape sequences that are written out ("^[[31m") as sequences."""
    return _WRITTEN_OUT.sub("\x1b\\1", text)


def whole(text: str) -> str:
    """`text` as UTF-8 can say it: two halves of a character are joined, one alone is U+FFFD."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def named(path: object) -> str:
    """A path as text: bytes of a name that are no UTF-8 are written out (as \\udce9)."""
    return _HALF.sub(_written, str(path))


def _struck(text: str) -> str:
    """`text` with each step back done, not over a line's beginning."""
    kept: list[str] = []
    for letter in text:
        if letter != "\b":
            kept.append(letter)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)


def shown(text: str) -> str:
    """`text` with every character written out (as \\x1b) that a terminal might obey."""
    return _HARMFUL.sub(_written, text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """`shown`, on one line: a line end in a file's name begins no line of ours."""
    return _NEVER_IN_A_LINE.sub(_written, shown(text))


def in_json(text: str) -> str:
    """JSON with the harmful characters that `json.dumps` leaves as they are escaped."""
    return _HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
