"""OpenDocument texts (.odt): paragraphs, headings, lists, tables and notes in order.

What was deleted with changes tracked is left out; comments and pictures are counted.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import ClassVar

from infinidoc.errors import SourceError
from infinidoc.reading.file import DAMAGED_ZIP
from infinidoc.reading.html import VisibleSource
from infinidoc.reading.markup import Visible, number_in
from infinidoc.reading.office.package import damaged, refuse_bomb
from infinidoc.reading.vocabulary import Attributes, XmlVocabulary, visible_in

_BODY, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_WHAT = "an OpenDocument text"


class _OpenDocument(XmlVocabulary):
    """What the elements of OpenDocument 1.3 are in HTML."""

    tags: ClassVar[Mapping[str, str]] = {
        "p": "p",
        "list": "ul",
        "list-item": "li",
        "list-header": "li",
        "table": "table",
        "table-row": "tr",
        "table-cell": "td",
        "line-break": "br",
        "note-body": "div",
        "section": "div",
        "text-box": "div",
    }
    hidden = frozenset(
        """
        tracked-changes annotation title desc forms note-citation meta settings scripts styles
        automatic-styles master-styles font-face-decls binary-data
        """.split()
    )
    counted = frozenset(["annotation", "image"])

    def meaning(self, tag: str, attributes: Attributes) -> str | None:
        if tag == "h":
            return f"h{min(max(number_in(attributes.get('text:outline-level'), 1), 1), 6)}"
        if tag == "s":
            self.reader.data(" ")  # for several, too: those of a paragraph are one
        elif tag == "tab":
            self.reader.data("\t")
        return self.tags.get(tag)


class OpenDocumentSource(VisibleSource):
    """An OpenDocument text; the flat form is one file of XML."""

    kind = "odt"

    def visible(self) -> Visible:
        page, found = visible_in(self._markup(), _OpenDocument)
        if found["image"]:
            self.note(f"{found['image']} pictures are not read")
        if found["annotation"]:
            self.note(f"{found['annotation']} comments are not read")
        return page

    def _markup(self) -> str:
        if not self.file.packed:
            return self.decoded().text
        refuse_bomb(self.path, _WHAT)
        try:
            with zipfile.ZipFile(self.path) as packed:
                if b"encryption-data" in packed.read(_MANIFEST):
                    hint = "save it without a password, and ingest that"
                    raise SourceError("encrypted", where=self.path, hint=hint)
                return packed.read(_BODY).decode("utf-8-sig")
        except DAMAGED_ZIP as error:
            raise damaged(self.path, _WHAT) from error
