"""A file of answers that a job adds to, so that a job that was stopped goes on.

A line of JSON for each answer. A line that was cut off by a kill is taken away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from infinidoc.errors import SourceError
from infinidoc.many.task import Row
from infinidoc.reading.document import cannot_read


class AnswerFile:
    """The answers at `path`, which may be yet to come. Raises SourceError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: set[tuple[str, str]] = set()
        try:
            written = path.read_bytes() if path.exists() else b""
            whole = written[: written.rfind(b"\n") + 1]
            if whole != written:
                path.write_bytes(whole)
        except OSError as error:
            raise cannot_read(path, error) from error
        for number, line in enumerate(whole.splitlines(), 1):
            self._known.add(_pair(line, number, path))

    def left(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those (question, document) that have no answer yet."""
        return [pair for pair in pairs if pair not in self._known]

    def add(self, document: str, answer: Row) -> None:
        """Write an answer at once."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(answer, ensure_ascii=False) + "\n")
        self._known.add((answer["question"], document))


def _pair(line: bytes, number: int, path: Path) -> tuple[str, str]:
    try:
        row = json.loads(line)
        (document,) = row["documents"]
        return str(row["question"]), str(document)
    except (ValueError, KeyError, TypeError, RecursionError):
        what = f"line {number} is no answer"
        raise SourceError(what, where=path, hint="choose another file") from None
