"""The training data on disk: xz-compressed JSON lines, one file per kind and part.

Knows files and rows only. `PART` is train or dev; the kinds and their keys are

    qa         title, context, qas: [{question, answers, long_answer?}]
    summaries  title, document, items: [{summary, question?}]
    books, prose, code   text
"""

from __future__ import annotations

import json
import lzma
import zlib
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

from infinidoc.errors import SourceError

HELD_OUT = 4  # books


def for_choosing(context: str) -> bool:
    """Whether development questions on this context may be chosen by; others are reported."""
    return zlib.crc32(context.encode()) % 2 == 0


class Corpus:
    """One folder of training data; every kind is read when it is first asked for."""

    def __init__(self, folder: Path, part: str = "train") -> None:
        self.folder, self.part = Path(folder), part

    @cached_property
    def qa(self) -> list[dict[str, Any]]:
        """Contexts with their questions, those without a question left out."""
        return [row for row in self._rows("qa") if row["qas"]]

    @cached_property
    def summaries(self) -> list[dict[str, Any]]:
        return [row for row in self._rows("summaries") if row["items"]]

    @cached_property
    def books(self) -> list[str]:
        return [row["text"] for row in self._rows("books")]

    @cached_property
    def prose(self) -> list[str]:
        """Documentation."""
        return [row["text"] for row in self._rows("prose")]

    @cached_property
    def code(self) -> list[str]:
        return [row["text"] for row in self._rows("code")]

    @cached_property
    def texts(self) -> list[str]:
        """Documentation and code: what surrounds facts in places other than novels."""
        return [*self.prose, *self.code]

    @cached_property
    def by_title(self) -> dict[tuple[str, str], list[int]]:
        """Indices of the contexts of one document: (source, title) to rows of `qa`."""
        found: dict[tuple[str, str], list[int]] = {}
        for index, row in enumerate(self.qa):
            found.setdefault((row["source"], row["title"]), []).append(index)
        return found

    @cached_property
    def taught(self) -> Corpus:
        """All but the last books."""
        return self._of_books(self.books[:-HELD_OUT] or self.books)

    @cached_property
    def held_out(self) -> Corpus:
        """The last books: to tell what a teaching is worth while it goes on."""
        return self._of_books(self.books[-HELD_OUT:])

    def _of_books(self, books: list[str]) -> Corpus:
        part = copy(self)
        part.__dict__["books"] = books
        return part

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        path = self.folder / f"{kind}.{self.part}.jsonl.xz"
        try:
            with lzma.open(path, "rt", encoding="utf-8") as lines:
                return [json.loads(line) for line in lines]
        except (OSError, ValueError, lzma.LZMAError) as error:
            hint = "--data names a folder with qa.train.jsonl.xz and its kin"
            raise SourceError("the training data cannot be read", where=path, hint=hint) from error
