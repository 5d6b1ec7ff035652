"""Jupyter notebooks (.ipynb): what a reader of the notebook sees, cited by cell.

Markdown cells, code cells and what they wrote. Pictures and other outputs that are no text
are counted, not read. Formats 3 and 4.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.reading.document import cannot_read
from infinidoc.reading.markup import visible_text
from infinidoc.reading.parts import Part, PartsSource

_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?;base64,[A-Za-z0-9+/=\s]+")
# Of several forms of one output the first that says anything; the names of format 3 at the end.
_FORMS = ("text/markdown", "text/plain", "text/latex", "text/html", "text", "latex", "html")
_OBJECT = re.compile(r"\s*<[^<>\n]*>\s*")  # what Python calls an object: <Figure size 640x480>

Cell = dict[str, Any]


class NotebookSource(PartsSource):
    """A notebook."""

    kind = "notebook"

    def parts(self) -> Iterator[Part]:
        unread: Counter[str] = Counter()
        for number, cell in enumerate(self._cells(), 1):
            if not isinstance(cell, dict):
                continue
            label, kind = f"cell {number}", cell.get("cell_type")
            source = _joined(cell.get("source", cell.get("input")))
            if kind == "heading":
                level = cell.get("level")
                level = level if isinstance(level, int) and 0 < level < 7 else 1
                source = "#" * level + f" {source}"
            texts = [_DATA.sub(r"data:\1", source), *_outputs(cell, unread)]
            text = "\n\n".join(t.strip("\n") for t in texts if t.strip())
            yield Part(text, label, markdown=kind in ("markdown", "heading"))
        if unread:
            said = ", ".join(f"{count} {kind}" for kind, count in sorted(unread.items()))
            self.warnings.append(f"outputs that are not text were left out: {said}")

    def _cells(self) -> list[Cell]:
        what, hint = "damaged, or no notebook at all", "open it in Jupyter and save it again"
        try:
            book = json.loads(self.path.read_bytes().decode("utf-8-sig"))
            sheets = book.get("worksheets", [book])
            return [cell for sheet in sheets for cell in sheet["cells"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SourceError(what, where=self.path, hint=hint) from error
        except OSError as error:
            raise cannot_read(self.path, error) from error


def _outputs(cell: Cell, unread: Counter[str]) -> Iterator[str]:
    """The texts a code cell wrote; what else it showed is counted in `unread`."""
    for output in cell.get("outputs") or []:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            yield _joined(output.get("text"))
        elif kind in ("error", "pyerr"):
            trace = _joined(output.get("traceback"), "\n")
            yield trace or f"{output.get('ename')}: {output.get('evalue')}"
        else:
            yield _shown(output.get("data", output), unread)


def _shown(data: Any, unread: Counter[str]) -> str:
    """The text of an output that comes in several forms; "" if it is only a picture."""
    if not isinstance(data, dict):
        return ""
    texts = {form: _text(form, data[form]) for form in _FORMS if form in data}
    picture = next((form for form in data if form.startswith("image/")), None)
    picture = picture or next((form for form in ("png", "jpeg", "svg") if form in data), None)
    if picture or not texts:
        unread.update([picture or next(iter(data), "unknown")])
    told = [text for text in texts.values() if text.strip() and not _OBJECT.fullmatch(text)]
    named = [] if picture else list(texts.values())
    return next(iter([*told, *named]), "")


def _text(form: str, value: Any) -> str:
    text = _joined(value)
    return visible_text(text)[0] if form.endswith("html") else _DATA.sub(r"data:\1", text)


def _joined(lines: Any, between: str = "") -> str:
    """A text, or a list of its lines, as one."""
    if isinstance(lines, list):
        return between.join(str(line) for line in lines)
    return "" if lines is None else str(lines)
