"""Compares identities: what made a memory, and what wants to read it.

Knows dictionaries only, so that a mismatch is found before anything heavy is loaded.
"""

from __future__ import annotations

from typing import Any

from infinidoc.errors import MismatchError

# Of documents whose text alone is kept: no model has a part in that.
INDEXED: dict[str, Any] = {"model": "none", "adapter": "none", "memory": "none"}
NAMED = 2  # differences: another adapter brings settings of its own


def refuse_mismatch(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Raise MismatchError naming what differs between two identities."""
    differing = [key for key in {**theirs, **ours} if theirs.get(key) != ours.get(key)]
    if not differing:
        return
    named = "; ".join(
        f"{key} is {_short(theirs.get(key))}, not {_short(ours.get(key))}"
        for key in differing[:NAMED]
    )
    if len(differing) > NAMED:
        named += f"; and {len(differing) - NAMED} more"
    raise MismatchError(
        f"this memory was made by something else: {named}",
        hint="use that model with --model, or read the document again with ingest --force",
    )


def _short(value: Any) -> str:
    text = "absent" if value is None else str(value)
    return text[:12] + "…" if len(text) == 64 else text
