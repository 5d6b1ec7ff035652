"""Where chapters begin in a file of an EPUB book, and its text cut into pages.

A file is a page; the text of a longer one is cut like any text, and where a chapter begins.
Knows markup, no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infinidoc.reading.contents import Entry
from infinidoc.reading.document import ended
from infinidoc.reading.markup import Reader, Visible
from infinidoc.reading.pages import PAGE, Line, cut_pages
from infinidoc.reading.parsing import parse
from infinidoc.text.titles import one_title, titles_in


@dataclass(frozen=True)
class ChapterPage:
    """A page of a file, what it is called, and whether a chapter begins on it."""

    text: str
    title: str | None
    chapter: bool


class BookFile:
    """What is seen of a file, and the line that each of its anchors stands in, from 0."""

    def __init__(self, markup: str) -> None:
        reader = parse(markup, _Anchored, xml=True)
        self.seen: Visible = reader.visible()
        self._anchors, self._lines = reader.anchors, self.seen.text.split("\n")
        self._headed = {heading.line for heading in self.seen.headings}

    def divided(self, entries: Sequence[Entry]) -> dict[int, str]:
        """The titles of the chapters that the contents have in it, by the line they begin in."""
        own = _own_name(self.seen, entries[0].name) if len(entries) == 1 else None
        found: dict[int, list[str]] = {}
        for entry in entries:
            found.setdefault(self._line(entry), []).append(own or entry.name)
        return {line: one_title(names) for line, names in sorted(found.items())}

    def undivided(self, name: str | None) -> dict[int, str]:
        """The same of a file that is a chapter: by its headings, else it is called `name`."""
        top = min((heading.level for heading in self.seen.headings), default=9)
        same = [heading for heading in self.seen.headings if heading.level == top]
        if top > 2:
            return {0: one_title([(same and self.seen.heading) or name or self.seen.title or ""])}
        return {each.line if n else 0: each.words for n, each in enumerate(same)}

    def _line(self, entry: Entry) -> int:
        """Where the chapter of an entry begins: its anchor may stand behind its headings."""
        at = line = min(self._anchors.get(entry.anchor, 0), len(self._lines) - 1)
        while at and (not self._lines[at - 1].strip() or at - 1 in self._headed):
            at -= 1
            line = at if at in self._headed else line
        return line if at else 0

    def pages(self, begins: Mapping[int, str], before: str | None) -> Iterator[ChapterPage]:
        """Its pages; `begins`: titles by line; `before`: the chapter that goes on before them."""
        text = ended(self.seen.text)
        if not begins and self.seen.headings:
            before = before or self.seen.heading
        if len(text) <= PAGE:
            titles = (each for titles in begins.values() for each in titles_in(titles))
            title = one_title(titles) if begins else before
            yield ChapterPage(text, title or None, bool(text and begins))
            return
        lines = (Line(n + 1, line, heading=begins.get(n)) for n, line in enumerate(self._lines))
        for index, cut in enumerate(cut_pages(lines)):
            first = index == 0 and 0 in begins
            yield ChapterPage(cut.text, cut.title or before, cut.chapter or first)


def _own_name(seen: Visible, name: str) -> str | None:
    """The heading that a file begins with, unless another one is what the contents call it."""
    first = next(iter(seen.headings), None)
    if first is None or first.line or first.level > 2:
        return None
    others = [heading for heading in seen.headings[1:] if heading.level <= first.level]
    named = any(heading.words.casefold() == name.casefold() for heading in seen.headings)
    return None if others or named else first.words


class _Anchored(Reader):
    """Knows where its anchors stand, too."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: dict[str, int] = {}

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        super().start(tag, attributes)
        for name in ("id", "name"):
            if anchor := attributes.get(name):
                self.anchors.setdefault(anchor, self.line())
