"""Several files or folders as one document, in the order in which they were named.

A passage is cited by the file that it stands in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from infinidoc.control import named
from infinidoc.errors import SourceError
from infinidoc.reading.document import Page, Source


class JoinedSource(Source):
    """Sources read one after the other; called as the first. One that fails is named."""

    kind = "files"

    def __init__(self, parts: Sequence[tuple[Path, Source]]) -> None:
        super().__init__()
        if not parts:
            raise SourceError("there is nothing to read", hint="name a file")
        self._parts = parts
        first = parts[0][1]
        self.name = first.name
        self.location = " ".join(part.location for _, part in parts)
        self.size = sum(part.size for _, part in parts)
        digests = "".join(f"{named(path.name)}\0{part.sha256}\n" for path, part in parts)
        self.sha256 = hashlib.sha256(digests.encode()).hexdigest()
        if {part.kind for _, part in parts} == {"code"}:
            self.kind = "code"

    def pages(self, start: int = 1) -> Iterator[Page]:
        number = 0
        for path, part in self._parts:
            for page in placed(part, named(path.name)):
                number += 1
                if number >= start:
                    yield replace(page, number=number)
            said = [f"{named(path.name)}: {warning}" for warning in part.warnings]
            self.warnings += [warning for warning in said if warning not in self.warnings]


def placed(source: Source, path: str) -> Iterator[Page]:
    """The pages of one source among several, with where it is; if it fails, a page that says so.

    What the source holds itself (an archive) has its paths behind that of the source.
    """
    try:
        for index, page in enumerate(source.pages()):
            inner = f"{path}/{page.path}" if page.path else path
            begins = page.chapter or index == 0
            lined = page.label or page.path or page.line is not None
            label = page.label if lined else f"page {page.number}"  # its own, not the folder's
            title = page.title or inner
            yield replace(page, path=inner, label=label, title=title, chapter=begins)
    except SourceError as error:
        yield failed(path, error)


def failed(path: str, error: SourceError) -> Page:
    """A page for a file that cannot be read, and why."""
    return Page(1, "", title=path, path=path, problem=error.told)
