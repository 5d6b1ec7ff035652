"""infinidoc reads documents that no context window can hold, and remembers them.

    import infinidoc
    library = infinidoc.open("library.db")
    library.ingest("book.pdf")
    print(library.ask("Who betrays the captain, and why?")["answer"])

Importing this package imports no torch; the first verb that needs it does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from infinidoc.errors import (
    InfinidocError,
    LibraryError,
    MismatchError,
    ModelError,
    NotFound,
    OfflineError,
    SourceError,
    UsageError,
)

if TYPE_CHECKING:
    from infinidoc.library import Library

__version__ = "0.1.0"
__all__ = [
    "InfinidocError",
    "LibraryError",
    "MismatchError",
    "ModelError",
    "NotFound",
    "OfflineError",
    "SourceError",
    "UsageError",
    "open",
]


def open(path: str | Path | None = None, **settings: Any) -> Library:
    """The library in the SQLite file at `path` (default: the user's own), made if missing.

    `path` may be the address of one on a server: `postgresql://USER@HOST/DATABASE`.

    `settings`: `model` (hub id or folder), `device` ("auto", "cpu", "cuda", "mps"),
    `offline` and `quiet`.
    """
    from infinidoc.library import Library

    return Library(path, **settings)
