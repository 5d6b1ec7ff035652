"""Standard input as a document: kept in a temporary file while its hash is taken."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source

CHUNK = 1 << 20


class StreamSource(Source):
    """Bytes that can be read once, read again as often as needed."""

    location = "-"

    def __init__(self, stream: BinaryIO, open_file: Callable[[Path, str], Source]) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="infinidoc-")
        path = Path(self._folder.name) / "stdin"
        self.sha256 = spool(stream, path)
        self.size = path.stat().st_size
        if self.size == 0:
            raise SourceError("nothing was piped in", where="stdin")
        self.name = f"stdin-{self.sha256[:8]}"
        self._source = open_file(path, self.name)
        self.kind, self.page_count = self._source.kind, self._source.page_count
        self.warnings = self._source.warnings

    def pages(self, start: int = 1) -> Iterator[Page]:
        return self._source.pages(start)


def spool(stream: BinaryIO, path: Path) -> str:
    """Write a stream to `path`; returns the SHA-256 of its bytes."""
    total = hashlib.sha256()
    with path.open("wb") as file:
        while data := stream.read(CHUNK):
            total.update(data)
            file.write(data)
    return total.hexdigest()
