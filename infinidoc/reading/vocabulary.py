"""XML of other vocabularies (OpenDocument, FictionBook) read as the HTML that it amounts to.

Knows strings, no files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from infinidoc.reading.markup import Reader, Visible
from infinidoc.reading.parsing import parse

Attributes = Mapping[str, str | None]

_EMPTY = re.compile(r"<([A-Za-z_][^\s<>/]*)([^<>]*)/>")
_TAG = re.compile(r"<(/?)(?=[A-Za-z_])")


class XmlVocabulary:
    """Tells a reader of HTML what it meets; elements that no table names have no meaning.

    `tags`: elements and what they are in HTML; `hidden`: elements that are not read, content
    and all; `counted`: elements that have no text, and that somebody might miss.
    """

    tags: ClassVar[Mapping[str, str]] = {}
    hidden: ClassVar[frozenset[str]] = frozenset()
    counted: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        self.reader = Reader()
        self.found: Counter[str] = Counter()
        self._open: list[str | None] = []
        self._hidden = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag in self.counted:
            self.found[tag] += 1
        self._hidden += tag in self.hidden
        meant = None if self._hidden else self.meaning(tag, attributes)
        self._open.append(meant)
        if meant:
            self.reader.start(meant, {})

    def end(self, tag: str) -> None:
        meant = self._open.pop() if self._open else None
        if meant:
            self.reader.end(meant)
        self._hidden -= tag in self.hidden

    def data(self, text: str) -> None:
        if not self._hidden:
            self.reader.data(text)

    def meaning(self, tag: str, attributes: Attributes) -> str | None:
        """The element of HTML that this one is; None: it has no meaning of its own."""
        return self.tags.get(tag)


class _Local:
    """Tells a vocabulary of elements by their names without prefixes."""

    def __init__(self, told: XmlVocabulary) -> None:
        self.told, self.data = told, told.data

    def start(self, tag: str, attributes: Attributes) -> None:
        self.told.start(tag.rpartition(":")[2], attributes)

    def end(self, tag: str) -> None:
        self.told.end(tag.rpartition(":")[2])


def visible_in(markup: str, vocabulary: type[XmlVocabulary]) -> tuple[Visible, Counter[str]]:
    """The text of XML in this vocabulary, and how many there were of what is counted."""
    told = parse(markup, lambda: _Local(vocabulary()), xml=True, mend=_foreign).told
    return told.reader.visible(), told.found


def _foreign(markup: str) -> str:
    """XML that is damaged, for a parser of HTML: none of its elements may mean HTML's.

    That parser takes what stands in its own `title` or `style` literally, and moves tables.
    """
    return _TAG.sub(r"<\1x:", _EMPTY.sub(r"<\1\2></\1>", markup))
