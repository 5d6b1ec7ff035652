"""What a benchmark has measured so far, one JSON object a line, so that it can go on.

Knows a file and keys; a line that was cut off by a kill is measured again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Journal:
    """Values by key, kept in the file at `path` as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self._known: dict[str, Any] = dict(filter(None, map(_entry, lines)))

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._known[key] = value
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "value": value}, ensure_ascii=False) + "\n")


def _entry(line: str) -> tuple[str, Any] | None:
    try:
        row = json.loads(line)
        return row["key"], row["value"]
    except (ValueError, KeyError, TypeError):
        return None
