"""What the library says of a document and of the cost of reading it, as plain dictionaries.

The keys are those of the JSON output. Knows rows of the store.
"""

from __future__ import annotations

from typing import Any

from infinidoc.errors import UsageError

LISTED = ("source", "kind", "pages", "tokens", "segments", "memory_bytes", "memory_sha256")


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A document as `list` shows it."""
    return {
        "document": row["name"],
        "id": row["id"],
        **{key: row[key] for key in LISTED},
        "model": row["identity"].get("model"),
        "adapter": row["identity"].get("adapter"),
        "status": row["status"],
        "created": row["created"],
        "updated": row["updated"],
    }


def cost(tokens: int, seconds: float) -> dict[str, Any]:
    """How long it took to read so many tokens."""
    rate = tokens / seconds if seconds > 0 else 0.0
    return {"seconds": round(seconds, 3), "tokens_per_second": round(rate, 1)}


def refuse_unfinished(row: dict[str, Any], source: str, first: bool = False) -> None:
    """Say which reading was interrupted and how it is finished."""
    command = f"ingest {source}" if first else f"append {row['name']} {source}"
    raise UsageError(
        f"{row['name']!r} is not read to its end", hint=f"finish it first: infinidoc {command}"
    )
