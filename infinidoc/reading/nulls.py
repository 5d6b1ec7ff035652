"""NUL bytes in a file: a log with a gap in it, or no text.

Knows bytes. A crash leaves runs of NULs in a log; a log cut while it was written begins
with them.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

CHUNK = 1 << 20
_RUN = re.compile(rb"\0+")
_CONTROL = bytes(set(range(32)) - set(b"\0\a\b\t\n\v\f\r\x1a\x1b")) + b"\x7f"
SHORTEST = 8  # bytes of text between two runs of NULs, on average


def behind_nulls(path: Path, size: int) -> bytes:
    """The first `size` bytes from the first that is no NUL; b"" if there is none."""
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            if rest := data.lstrip(b"\0"):
                return (rest + file.read(size))[:size]
    return b""


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
