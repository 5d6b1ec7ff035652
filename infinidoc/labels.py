"""How the label of a page is read as a place. Knows strings."""

from __future__ import annotations

import re

_PART = re.compile(r"(?:cell|message) \d")  # labels that say what they count


def is_named(label: str | None) -> bool:
    """Whether a label says what it counts: "cell 3", not "iv"."""
    return bool(label and _PART.match(label))


def place_of(label: str) -> str:
    """A printed label as a place: "page iv", but "cell 3" and "message 2" as they are."""
    return label if is_named(label) else f"page {label}"
