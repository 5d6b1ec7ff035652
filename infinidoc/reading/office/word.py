"""Word files (.docx) through mammoth: text, headings, lists, tables and notes in order.

What was deleted with changes tracked is left out; pictures are counted. A section begins
at each heading of level 1 or 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from infinidoc.reading.file import File
from infinidoc.reading.markup import visible_text
from infinidoc.reading.office.package import damaged, refuse_bomb
from infinidoc.reading.parts import Part, PartsSource

_WHAT = "a Word file"
_HEADING = re.compile(r"(?=<h[12]>)")


class WordSource(PartsSource):
    """A Word file."""

    kind = "docx"

    def __init__(self, file: File) -> None:
        super().__init__(file)
        refuse_bomb(self.path, _WHAT)

    def parts(self) -> Iterator[Part]:
        for section in _HEADING.split(self._markup()):
            text, heading = visible_text(section)
            yield Part(text, title=heading if section.startswith("<h") else None)

    def _markup(self) -> str:
        import mammoth

        pictures: list[str] = []

        def left_out(picture: Any) -> dict[str, str]:
            pictures.append(picture.content_type)
            return {}

        try:
            with self.path.open("rb") as file:
                shown = mammoth.images.img_element(left_out)
                markup = str(mammoth.convert_to_html(file, convert_image=shown).value)
        except Exception as error:  # mammoth has no errors of its own
            raise damaged(self.path, _WHAT) from error
        if pictures:
            self.warnings.append(f"{len(pictures)} pictures are not read")
        return markup
