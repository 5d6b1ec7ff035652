"""What a document is before it is read by a model: a named source that yields pages.

Knows paths, pages and hashes. A page carries its place (printed label, chapter, path,
line) with its text, all the way to the citation.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infinidoc.control import named, whole
from infinidoc.errors import SourceError
from infinidoc.reading.unseen import seen

if TYPE_CHECKING:
    from infinidoc.reading.file import File


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.I)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a PDF, a stretch of a text or a chapter, or (part of) a file.

    `text` ends with a line end unless it is empty; `line` is the number of its first line
    in its file; `problem` says why a page has no text, or damaged text. `title`: the
    chapters that begin on it, a line for each, or the one that began before it. `within`: of
    text whose indentation tells something, the lines that its first one stands in. Whoever
    makes a page, its text and its title have no characters that nobody sees.
    """

    number: int
    text: str
    label: str | None = None
    title: str | None = None
    chapter: bool = False
    path: str | None = None
    line: int | None = None
    problem: str | None = None
    within: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", whole(seen(self.text)))
        object.__setattr__(self, "title", self.title and whole(seen(self.title)))
        object.__setattr__(self, "label", self.label and whole(self.label))
        object.__setattr__(self, "path", self.path and named(self.path))


class Source(ABC):
    """Something to read. Pages come in the same order with the same text every time."""

    name: str
    location: str
    kind: str
    sha256: str
    size: int  # bytes
    page_count: int | None = None

    def __init__(self) -> None:
        self.warnings: list[str] = []

    @abstractmethod
    def pages(self, start: int = 1) -> Iterator[Page]:
        """The pages from number `start` on. `warnings` is complete when they are exhausted."""


class FileSource(Source):
    """A file; called as it is to be called, or as the file is."""

    suffixes: tuple[str, ...] = ()

    def __init__(self, file: File) -> None:
        super().__init__()
        self.file, self.path = file, file.path
        self.name, self.location = named(file.name or self.path.stem), named(self.path.resolve())
        self.size = self.path.stat().st_size
        self.sha256 = file_sha256(self.path)

    @classmethod
    def recognizes(cls, file: File) -> bool:
        """Whether the content of the file says that it is of this kind."""
        return False


def is_address(source: object) -> bool:
    """Whether a source is named by an address on the web (https://...), not by a path."""
    return isinstance(source, str) and _ADDRESS.match(source) is not None


class BinaryError(SourceError):
    """A file that is no text and no format that is known."""


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path | str, error: OSError) -> SourceError:
    """The file system's reason in our words."""
    reason = (error.strerror or "failed").lower()
    return SourceError(f"cannot be read: {reason}", where=path, hint="check its permissions")


def ended(text: str) -> str:
    """`text` with a line end, so that pages do not run into each other."""
    return text if not text or text.endswith("\n") else text + "\n"
