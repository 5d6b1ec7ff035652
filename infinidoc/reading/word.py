"""Word files (.docx) through mammoth: text, headings, lists, tables and notes in order.

What was deleted with changes tracked is left out; pictures are counted. A section begins
at each heading of level 1 or 2.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.reading.markup import visible_text
from infinidoc.reading.parts import Part, PartsSource

BODY = "word/document.xml"
LARGEST = 256 << 20  # bytes of all that is in the file, unpacked
_HEADING = re.compile(r"(?=<h[12]>)")


class WordSource(PartsSource):
    """A Word file."""

    kind = "docx"

    def __init__(self, path: Path, name: str | None = None) -> None:
        super().__init__(path, name)
        self._refuse_bomb()

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
            raise _damaged(self.path) from error
        if pictures:
            self.warnings.append(f"{len(pictures)} pictures are not read")
        return markup

    def _refuse_bomb(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as packed:
                size = sum(entry.file_size for entry in packed.infolist())
        except (zipfile.BadZipFile, OSError) as error:
            raise _damaged(self.path) from error
        if size > LARGEST:
            what = f"a Word file of more than {LARGEST >> 20} MB unpacked"
            raise SourceError(what, where=self.path, hint="save it as a PDF, and ingest that")


def _damaged(path: Path) -> SourceError:
    hint = "open it in a word processor and save it again as .docx or PDF"
    return SourceError("a damaged Word file", where=path, hint=hint)
