"""Summarizes a repository from its own text: what it does, where it starts, its modules.

Knows pages with paths and lines, no model. What it does is said by the README; the rest by
the lines that define something. A folder with no definitions is prose and has no outline.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from infinidoc.code.definitions import definitions, entries, imported, opening
from infinidoc.code.lookup import is_test
from infinidoc.code.source import Source, SourceFile
from infinidoc.retrieval.numbered_sections import PROSE
from infinidoc.store import Store
from infinidoc.text.phrases import joined
from infinidoc.text.similarity import stemmed_words
from infinidoc.trees.tags import Symbol

Row = dict[str, Any]


@dataclass
class File:
    """A file of the repository: its pages, what it says of itself, and what it defines."""

    path: str
    pages: list[Row]
    doc: tuple[Row, Symbol] | None = None
    definitions: list[tuple[Row, Symbol]] = field(default_factory=list)
    entries: list[tuple[Row, Symbol]] = field(default_factory=list)

    @property
    def is_readme(self) -> bool:
        return PurePosixPath(self.path).name.lower().startswith("readme")

    @property
    def is_prose(self) -> bool:
        return self.path.lower().endswith(PROSE)

    def speaks_of(self, words: set[str]) -> bool:
        """Whether its path, its definitions or what they say share a word with `words`."""
        found = [*filter(None, [self.doc]), *self.definitions]
        said = [one.name + " " + (one.doc or "") for _, one in found]
        text = " ".join([self.path.replace("_", " "), *said]).replace("_", " ")
        return bool(words & set(stemmed_words(text)))


class Outline:
    """A repository as far as page `last`, file by file; files are looked at one by one."""

    def __init__(self, store: Store, document: int, last: int) -> None:
        self.files: dict[str, File] = {}
        self.imports: Counter[str] = Counter()
        for file in Source(lambda: store.pages(document, last), "").files():
            self._look(file)
            for page in file.pages:
                page.pop("text")

    @property
    def is_code(self) -> bool:
        return any(file.definitions or file.entries for file in self.files.values())

    @property
    def readme(self) -> File | None:
        """The README nearest the top."""
        found = [file for file in self.files.values() if file.is_readme]
        return min(found, key=lambda file: file.path.count("/"), default=None)

    def _look(self, source: SourceFile) -> None:
        file, text = self.files.setdefault(source.path, File(source.path, [])), source.text
        first = not file.pages
        file.pages += source.pages
        if file.is_prose:
            return
        self.imports.update(imported(text))
        said = opening(text) if first else None
        if said:
            file.doc = (_at(source, said), said)
        found = list(definitions(text, path=file.path))
        whole = {one.name for one in found if not one.declared}
        kept = [one for one in found if not (one.declared and one.name in whole)]
        file.definitions += [(_at(source, one), one) for one in kept]
        file.entries += [(_at(source, one), one) for one in entries(text, file.path)]

    # -- what is said ----------------------------------------------------------------------

    def entry_lines(self, focus: set[str]) -> list[Row]:
        """Where running it begins."""
        files = self._chosen([f for f in self.files.values() if f.entries], 12, focus)
        return [
            _line(row, f"{file.path}:{row['line']}: {found.name}")
            for file in files
            for row, found in file.entries[:4]
        ]

    def module_lines(self, files: int, each: int, focus: set[str]) -> list[Row]:
        """A line for each of the files that matter most: what it is and what it defines."""
        written = [f for f in self.files.values() if f.definitions or (f.doc and not f.is_prose)]
        return [_module(file, each) for file in self._chosen(written, files, focus)]

    def _chosen(self, files: list[File], count: int, focus: set[str]) -> list[File]:
        """Those others import most and that define most, in reading order."""
        if focus:
            files = [file for file in files if file.speaks_of(focus)] or files

        def weight(file: File) -> float:
            imported = self.imports[PurePosixPath(file.path).stem]
            return imported + 0.2 * len(file.definitions) - 100 * is_test(file.path)

        kept = {id(file) for file in sorted(files, key=weight, reverse=True)[:count]}
        return [file for file in files if id(file) in kept]


def file_lines(file: File, each: int) -> list[Row]:
    """A file for itself: what it is, then one line for each definition."""
    said = [_line(file.doc[0], file.doc[1].doc or "")] if file.doc else []
    for row, found in file.definitions[:each]:
        doc = f": {found.doc}" if found.doc else "."
        said.append(_line(row, f"{found.kind} {found.name} (line {row['line']}){doc}"))
    return said


def _module(file: File, each: int) -> Row:
    row, said = file.doc or (file.definitions[0][0], None)
    parts = [f"{file.path}:"]
    if said and said.doc:
        parts.append(said.doc if said.doc.endswith((".", "!", "?", "…")) else f"{said.doc}.")
    if file.definitions:
        names = [f"{f.name} (line {place['line']})" for place, f in file.definitions]
        parts.append(f"Defines {joined(names, each)}.")
    return _line(row, " ".join(parts))


def _at(source: SourceFile, found: Symbol) -> Row:
    """The place of a line of a file."""
    place = source.line_of(found)
    return {key: getattr(place, key) for key in ("page", "label", "path", "line", "start")}


def _line(place: Row, text: str) -> Row:
    return {"text": text, **place, "support": 1.0}
