"""Word files (.docx) through mammoth: text, headings, lists, tables and notes in order.

What was deleted with changes tracked is left out; pictures are counted. A section begins
at each heading of level 1 or 2.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from infinidoc.reading.file import File
from infinidoc.reading.markup import visible_text
from infinidoc.reading.office.package import damaged, refuse_bomb
from infinidoc.reading.parts import Part, PartsSource

_WHAT = "a Word file"
_PARTS = (".xml", ".rels")
# Elements that only stand around text: fields (dates, numbers of figures), its direction.
_AROUND = re.compile(rb"(</?w:)(?:fldSimple|dir|bdo)\b")
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
            with _readable(self.path) as file:
                shown = mammoth.images.img_element(left_out)
                read = mammoth.convert_to_html(file, convert_image=shown)
        except Exception as error:  # mammoth has no errors of its own
            raise damaged(self.path, _WHAT) from error
        if pictures:
            self.warnings.append(f"{len(pictures)} pictures are not read")
        if any("oMath" in message.message for message in read.messages):
            self.warnings.append("formulas are not read")
        return str(read.value)


def _readable(path: Path) -> BinaryIO:
    """The file, with what mammoth would leave out as what it reads through."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist() if name.endswith(_PARTS)}
    if not any(_AROUND.search(part) for part in parts.values()):
        return path.open("rb")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, _AROUND.sub(rb"\1smartTag", part))
    return made
