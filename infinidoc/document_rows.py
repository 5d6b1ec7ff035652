"""What the library says of a document and of the cost of reading it, as plain dictionaries.

The keys are those of the JSON output. Knows rows of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infinidoc.errors import UsageError
from infinidoc.labels import place

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


def read_of(pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What was read, file by file, and what was not, place by place.

    `files`: path, pages and characters of each file of a folder, an archive or a pack;
    `unread`: page, label, path and place of what is missing or damaged, and why.
    """
    files: dict[str, dict[str, Any]] = {}
    unread = []
    for page in pages:
        path = page["path"]
        if path is not None:
            found = files.setdefault(path, {"path": path, "pages": 0, "characters": 0})
            found["pages"] += 1
            found["characters"] += page["end"] - page["start"]
        if page["problem"]:
            at = {"page": page["number"], "label": page["label"], "path": path}
            where = place(page["number"], page["label"], path)
            unread.append({**at, "place": where, "problem": page["problem"]})
    return {"files": list(files.values()), "unread": unread}


def snapshots_shown(
    snapshots: Sequence[dict[str, Any]], pages: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The snapshots with what their last page is called."""
    labels = {page["number"]: page["label"] for page in pages}
    return [
        {
            "tokens": snapshot["tokens"],
            "page": snapshot["page"],
            "title": snapshot["title"],
            "label": labels.get(snapshot["page"]),
        }
        for snapshot in snapshots
    ]


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
