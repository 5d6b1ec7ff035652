"""Office files are zip files: how large one may be, and what is said of a damaged one."""

from __future__ import annotations

import zipfile
from pathlib import Path

from infinidoc.errors import SourceError
from infinidoc.reading.file import DAMAGED_ZIP

LARGEST = 512 << 20  # bytes of all that is in a file, unpacked, pictures and all
LARGEST_TEXT = 64 << 20  # of its XML, which is kept in memory as a tree


def refuse_bomb(path: Path, what: str) -> None:
    """Raise SourceError if the file would unpack to too much, or is no zip file."""
    try:
        with zipfile.ZipFile(path) as packed:
            sizes = {entry.filename: entry.file_size for entry in packed.infolist()}
    except DAMAGED_ZIP as error:
        raise damaged(path, what) from error
    text = sum(size for name, size in sizes.items() if name.endswith((".xml", ".rels")))
    if text > LARGEST_TEXT or sum(sizes.values()) > LARGEST:
        too_large = f"{what} that is too large unpacked"
        raise SourceError(too_large, where=path, hint="save it as a PDF, and ingest that")


def damaged(path: Path, what: str) -> SourceError:
    """`what`: "a Word file"."""
    article, _, name = what.partition(" ")
    said = f"a damaged {name}" if article in ("a", "an") else f"damaged {what}"
    hint = "open it in the program that made it and save it again, or as a PDF"
    return SourceError(said, where=path, hint=hint)
