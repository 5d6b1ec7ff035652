"""The text of a web page without what stands around it on every page of its site.

HTML says what that is: navigation, footers and asides outside of the main text, and elements
with such a role. A page that is little else is read whole. Knows strings, no files.
"""

from __future__ import annotations

from collections.abc import Mapping

from infinidoc.reading.markup import Reader, Visible
from infinidoc.reading.parsing import parse

_ROLES = frozenset(["navigation", "banner", "contentinfo", "search", "complementary"])
_TEXT = frozenset(["article", "main"])
_NEVER_SEEN = frozenset(["script", "style", "template", "noscript"])


def main_text(markup: str, xml: bool = False) -> tuple[Visible, int]:
    """What a reader sees of a page, and how many words around it were left out."""
    inside = parse(markup, _Inside, xml)
    page = inside.visible()
    if inside.around > len(page.text.split()):
        return parse(markup, Reader, xml).visible(), 0
    return page, inside.around


class _Inside(Reader):
    """Reads what is not around the text, and counts the words that are."""

    def __init__(self) -> None:
        super().__init__()
        self.around = 0
        self._outside = self._unseen = self._texts = 0

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        self._unseen += tag in _NEVER_SEEN
        if self._outside or self._is_around(tag, attributes):
            self._outside += 1
            return
        self._texts += tag in _TEXT
        super().start(tag, attributes)

    def end(self, tag: str) -> None:
        self._unseen -= tag in _NEVER_SEEN
        if self._outside:
            self._outside -= 1
            return
        self._texts -= tag in _TEXT
        super().end(tag)

    def data(self, text: str) -> None:
        if not self._outside:
            super().data(text)
        elif not self._unseen:
            self.around += len(text.split())

    def _is_around(self, tag: str, attributes: Mapping[str, str | None]) -> bool:
        if tag == "nav" or (tag in ("footer", "aside") and not self._texts):
            return True
        role = (attributes.get("role") or "").lower()
        return role in _ROLES and tag not in ("body", "html") and not self._texts
