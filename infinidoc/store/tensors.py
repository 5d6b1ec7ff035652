"""Looks into a safetensors file in memory without torch: is it sound, is every value a number.

Layout: eight bytes of header length, a JSON header with kind, shape and place of each tensor,
then the tensors without a gap (https://github.com/huggingface/safetensors).
"""

from __future__ import annotations

import json
from math import prod
from typing import Any

KEY = "infinidoc"  # of the header's metadata: a JSON object of ours
# numpy type of the same width, bytes, and the bits of an exponent: all set, it is no number.
_KINDS = {
    "F32": ("<u4", 4, 0x7F800000),
    "F16": ("<u2", 2, 0x7C00),
    "BF16": ("<u2", 2, 0x7F80),
    "I64": ("<i8", 8, 0),
    "U8": ("|u1", 1, 0),
}
SCALE = "F16"  # the last two bytes of a row of bytes (`rounding.py`)


def what_is_wrong(blob: bytes) -> str | None:
    """The first thing wrong with a memory's bytes; None if there is nothing."""
    try:
        start, header = _header(blob)
        named = {name: place for name, place in header.items() if name != "__metadata__"}
        places = sorted(named.values(), key=lambda place: list(place["data_offsets"]))
        if not _follow_one_another(places, len(blob) - start):
            return "its tensors are not where they should be"
        if not all(_is_finite(blob, start, place) for place in places):
            return "it holds what is no number"
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return "it is no memory"
    return None


def metadata(blob: bytes) -> dict[str, Any]:
    """Our own header in sound bytes; {} if there is none."""
    try:
        found = json.loads(_header(blob)[1]["__metadata__"][KEY])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _header(blob: bytes) -> tuple[int, dict[str, Any]]:
    start = 8 + int.from_bytes(blob[:8], "little")
    if start > len(blob):
        raise ValueError("cut short")
    return start, json.loads(blob[8:start])


def _follow_one_another(places: list[dict[str, Any]], size: int) -> bool:
    at = 0
    for place in places:
        low, high = place["data_offsets"]
        if low != at or high - low != prod(place["shape"]) * _KINDS[place["dtype"]][1]:
            return False
        at = high
    return at == size


def _is_finite(blob: bytes, start: int, place: dict[str, Any]) -> bool:
    import numpy as np

    kind, width, exponent = _KINDS[place["dtype"]]
    low, high = place["data_offsets"]
    numbers = np.frombuffer(blob, kind, (high - low) // width, start + low)
    if place["dtype"] == "U8":
        kind, width, exponent = _KINDS[SCALE]
        numbers = numbers.reshape(place["shape"])[..., -width:].copy().view(kind)
    return not exponent or not bool(((numbers & exponent) == exponent).any())
