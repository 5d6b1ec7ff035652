"""The files of a document of code: the text of each, what it defines, the place of a line.

What a file defines is parsed once, and kept as long as few other files were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from infinidoc.code.definitions import definitions
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.text import fold
from infinidoc.trees.tags import Symbol

Row = dict[str, Any]
PARSED = 1024  # files whose definitions are remembered


@dataclass(frozen=True)
class SourceFile:
    """The pages of one file: what it defines may begin on one and end on another."""

    path: str
    pages: list[Row]
    document: str

    @cached_property
    def text(self) -> str:
        return "".join(page["text"] for page in self.pages)

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """All that it defines."""
        return symbols_of(self.text, self.path)

    def line_of(self, found: Symbol) -> Evidence:
        """The line of a definition, on the page where it stands."""
        number = found.line
        for page in self.pages:
            lines = page["text"].split("\n")
            if number < len(lines) - 1 or page is self.pages[-1]:
                break
            number -= len(lines) - 1  # a page ends with its last line
        low = sum(len(line) + 1 for line in lines[:number])
        high = low + len(lines[number].rstrip())
        return evidence_at(page["text"], page["start"], (low, high), page, self.document)


@dataclass(frozen=True)
class Source:
    """A document of code as far as it may be known: `pages` gives them anew at each call."""

    pages: Callable[[], Iterable[Row]]
    name: str

    def files(self, word: str = "") -> Iterator[SourceFile]:
        """Its files one by one; of a `word` those that have it in any letters."""
        for path, pages in groupby(self.pages(), key=itemgetter("path")):
            if path is not None:
                file = SourceFile(path, list(pages), self.name)
                if not word or fold(word) in fold(file.text):
                    yield file


@lru_cache(maxsize=PARSED)
def symbols_of(text: str, path: str) -> tuple[Symbol, ...]:
    """All that a file defines; one question looks twice."""
    return tuple(definitions(text, True, path))
