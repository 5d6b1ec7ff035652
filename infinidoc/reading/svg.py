"""A drawing (SVG): its words, not its lines. In a folder one without words is a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from infinidoc.errors import SourceError
from infinidoc.reading.html import VisibleSource
from infinidoc.reading.markup import Visible
from infinidoc.reading.vocabulary import Attributes, XmlVocabulary, visible_in


class _Drawing(XmlVocabulary):
    """What the elements of SVG 2 are in HTML; lines of a text are its spans with a place."""

    tags: ClassVar[Mapping[str, str]] = {
        "title": "p",
        "desc": "p",
        "text": "p",
        "p": "p",
        "div": "div",
    }
    hidden = frozenset(["style", "script", "metadata"])

    def meaning(self, tag: str, attributes: Attributes) -> str | None:
        """The element of HTML that this one is."""
        if tag == "tspan":
            return "div" if attributes.keys() & {"x", "y", "dy"} else None
        return self.tags.get(tag)


class SvgSource(VisibleSource):
    """A drawing."""

    kind = "svg"

    @property
    def document(self) -> bool:
        """Whether there are words in it."""
        try:
            return bool(self._seen.text)
        except SourceError:
            return True  # which is said when it is read

    def visible(self) -> Visible:
        return self._seen

    @cached_property
    def _seen(self) -> Visible:
        page, _ = visible_in(self.decoded().text, _Drawing)
        return page
