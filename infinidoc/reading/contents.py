"""The table of contents of an EPUB book: EPUB 3's navigation, or the NCX of EPUB 2.

Its entries on top are chapters. So are those right below an entry that is more than a chapter:
one that reaches into several files, is alone on top, or has no place of its own. Knows markup,
no files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from infinidoc.reading.parsing import parse


@dataclass
class Entry:
    """A line of the contents, below another one or on top: a name and the place it leads to.

    `files`: those that it and the entries below it lead to, two at least if there are several.
    """

    above: Entry | None
    name: str = ""
    href: str = ""
    file: str | None = None
    files: set[str] = field(default_factory=set)
    chapter: bool = False

    @property
    def anchor(self) -> str:
        """The place in its file; "" for the file."""
        return unquote(self.href.partition("#")[2])


def chapters_in(markup: str, find: Callable[[str], str | None]) -> dict[str, list[Entry]]:
    """The chapters that begin in each file, in the order of the contents.

    `find`: the file that a reference leads to, None if there is none.
    """
    entries = parse(markup, _Table, xml=True).found
    for entry in entries:
        entry.file = find(entry.href) if entry.href and entry.name else None
        entry.files = {entry.file} if entry.file else set()
    _choose(entries)
    found: dict[str, list[Entry]] = {}
    anchors: set[tuple[str, str]] = set()
    names: set[tuple[str, str]] = set()
    for entry in entries:
        if entry.file and entry.chapter:
            anchor, name = (entry.file, entry.anchor), (entry.file, entry.name)
            if anchor not in anchors and name not in names:  # of two of a place the first counts
                found.setdefault(entry.file, []).append(entry)
                anchors.add(anchor)
                names.add(name)
    return found


def _choose(entries: list[Entry]) -> None:
    """Mark those that are chapters; an entry stands before those below it."""
    for entry in reversed(entries):
        if entry.above and len(entry.above.files) < 2:
            entry.above.files |= entry.files
    alone = sum(entry.above is None for entry in entries) == 1
    for entry in entries:
        above = entry.above
        more = above and (len(above.files) > 1 or not above.file or (alone and not above.above))
        entry.chapter = above is None or bool(above.chapter and more)


class _Table:
    """Collects the entries of a table; not those of lists of pages, figures or landmarks."""

    def __init__(self) -> None:
        self.found: list[Entry] = []
        self._open: list[Entry] = []
        self._words: list[str] = []
        self._href = ""
        self._chapters = True

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        tag = tag.lower()
        if tag == "nav":
            self._chapters = (attributes.get("epub:type") or "toc") == "toc"
        elif tag in ("navmap", "pagelist", "navlist"):
            self._chapters = tag == "navmap"
        elif tag in ("li", "navpoint"):
            self._begin()
        elif tag in ("a", "navlabel"):
            self._words, self._href = [], attributes.get("href") or ""
        elif tag == "content":
            self._keep(attributes.get("src") or "")

    def end(self, tag: str) -> None:
        tag = tag.lower()
        if tag == "a":
            self._keep(self._href)
        elif tag in ("li", "navpoint") and self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        self._words.append(text)

    def _begin(self) -> None:
        self._open.append(Entry(self._open[-1] if self._open else None))
        if self._chapters:
            self.found.append(self._open[-1])

    def _keep(self, href: str) -> None:
        """The name and the place of the entry that is open, or of one that is no list's item."""
        listed = bool(self._open)
        if not listed:
            self._begin()
        entry = self._open[-1]
        if not entry.href:
            entry.name, entry.href = " ".join("".join(self._words).split()), href
        if not listed:
            self._open.pop()
