"""NUL bytes in a file: a log with a gap in it, UTF-16 that does not say so, or no text.

Knows bytes. A crash leaves runs of NULs in a log; a log cut while it was written begins
with them.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path

CHUNK = 1 << 20
_RUN = re.compile(rb"\0+")
_CONTROL = bytes(set(range(32)) - set(b"\0\b\t\n\v\f\r\x1a\x1b")) + b"\x7f"
_NO_LETTERS = ("Cn", "Co", "Cs")
SHORTEST = 8  # bytes of text between two runs of NULs, on average


def behind_nulls(path: Path, size: int) -> bytes:
    """The first `size` bytes from the first that is no NUL; b"" if there is none."""
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            if rest := data.lstrip(b"\0"):
                return (rest + file.read(size))[:size]
    return b""


def unmarked_utf16(sample: bytes) -> str | None:
    """The encoding if `sample` is UTF-16 without a byte order mark: NULs on one side."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if min(even, odd) * 2 > max(even, odd):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return None
    strange = sum(_is_strange(letter) for letter in text)
    return encoding if text and strange * 200 <= len(text) else None


def is_padded_text(sample: bytes) -> bool:
    """Whether `sample` is text but for runs of NULs: few control bytes, long stretches."""
    rest = sample.replace(b"\0", b"")
    controls = len(rest) - len(rest.translate(None, _CONTROL))
    runs = len(_RUN.findall(sample))
    if not rest or controls * 200 > len(rest) or len(rest) < SHORTEST * (runs - 1):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(rest)
        return True
    except UnicodeDecodeError:
        return sum(byte >= 0x80 for byte in rest) * 5 < len(rest)


def _is_strange(letter: str) -> bool:
    """Whether no text has it: unassigned, private, or a control character."""
    category = unicodedata.category(letter)
    return category in _NO_LETTERS or (category == "Cc" and letter not in "\t\n\v\f\r\x1a\x1b")
