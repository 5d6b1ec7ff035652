"""What a worker and the one who leads it say to each other: lines of JSON.

To the worker: its setup, then a request at a time. From it: `ready`, `progress`, and for
each request a `result` or an `error`.
"""

from __future__ import annotations

import json
from typing import Any

from infinidoc import errors
from infinidoc.errors import InfinidocError

Row = dict[str, Any]


def encoded(row: Row) -> bytes:
    """A line."""
    return json.dumps(row).encode() + b"\n"


def told(error: InfinidocError) -> Row:
    """An error as a row."""
    return {"error": [type(error).__name__, error.what, error.where, error.hint]}


def error_of(row: Row) -> InfinidocError:
    """The error that a row tells of."""
    name, what, where, hint = row["error"]
    kind: type[InfinidocError] = getattr(errors, name, InfinidocError)
    return kind(what, where=where, hint=hint)
