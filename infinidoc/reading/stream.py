"""Standard input as a document: kept in a temporary file while its hash is taken.

Knows nothing of formats: what the bytes are is told by whoever opens the file.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source, cannot_read

CHUNK = 1 << 20  # bytes
STDIN = "stdin"


class StreamSource(Source):
    """Bytes that can be read once, read again as often as needed."""

    location = "-"

    def __init__(self, stream: BinaryIO, open_file: Callable[[Path, str], Source]) -> None:
        super().__init__()
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="infinidoc-")
            path = Path(self._folder.name) / STDIN
            self.sha256 = _spool(stream, path)
            self.size = path.stat().st_size
        except OSError as error:  # a broken pipe, or a full disk
            raise cannot_read(STDIN, error) from error
        if self.size == 0:
            raise SourceError("nothing was piped in", where=STDIN)
        self.name = f"stdin-{self.sha256[:8]}"
        with _named_stdin():
            self._source = open_file(path, self.name)
        self.kind, self.page_count = self._source.kind, self._source.page_count
        self.warnings = self._source.warnings

    def pages(self, start: int = 1) -> Iterator[Page]:
        with _named_stdin():
            yield from self._source.pages(start)


@contextmanager
def _named_stdin() -> Iterator[None]:
    """Errors name stdin: the path of the temporary file would tell a user nothing."""
    try:
        yield
    except SourceError as error:
        raise SourceError(error.what, where=STDIN, hint=error.hint) from error


def _spool(stream: BinaryIO, path: Path) -> str:
    total = hashlib.sha256()
    with path.open("wb") as file:
        while data := stream.read(CHUNK):
            total.update(data)
            file.write(data)
    return total.hexdigest()
