"""The values of a PDF form, at the places of their fields.

A value that the file draws is left as it is drawn. One that it does not draw, or draws in
part or letter by letter, is put there as it was entered; a box is "[x]" or "[ ]". Hidden
fields are not on the page, and what stands in a password field is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from infinidoc.reading.pdf.runs import Box, Run, turned

_CHECK, _COMBO, _LIST, _RADIO, _TEXT = 2, 3, 4, 5, 7  # PyMuPDF's types of fields
_UNSEEN = (1, 3)  # its ways of display: hidden, no view
_PASSWORD = 1 << 13  # the flag of a text field
_LINE = 1.2  # sizes: the height of a line


def with_fields(runs: Sequence[Run], page: Any) -> list[Run]:
    """The runs of a page with the values of its fields at their places."""
    found = list(runs)
    size = median(run.size for run in found) if found else 11.0
    for field in page.widgets():
        if field.field_display not in _UNSEEN:
            found = _with_field(found, field, size)
    return found


def _with_field(runs: list[Run], field: Any, size: float) -> list[Run]:
    box = tuple(field.rect)
    if field.field_type in (_CHECK, _RADIO):
        mark = "[x]" if _is_on(field) else "[ ]"
        marks = [run for run in runs if _inside(run, box) and len(run.text.strip()) <= 1]
        return [*_without(runs, marks), *_written(mark, box, size, len(runs))]
    if field.field_type == _TEXT and field.field_flags & _PASSWORD:
        return _without(runs, [run for run in runs if _inside(run, box)])
    value = _value(field)
    if not value.strip():
        return runs
    letters = "".join(value.split())
    parts = [run for run in runs if "".join(run.text.split()) in letters]
    drawn = [r for r in parts if _inside(r, box) or (r.text.strip() == value and _meets(r, box))]
    if " ".join(run.text for run in drawn).split() == value.split():
        return [replace(run, field=True) if run in drawn else run for run in runs]
    return [*_without(runs, drawn), *_written(value, box, size, len(runs))]


def _without(runs: list[Run], others: list[Run]) -> list[Run]:
    gone = {id(run) for run in others}
    return [run for run in runs if id(run) not in gone]


def _value(field: Any) -> str:
    """What a reader sees in a field; "" if nothing."""
    value = field.field_value
    if field.field_type == _TEXT:
        return str(value or "")
    if field.field_type not in (_COMBO, _LIST) or not value:
        return ""
    pairs = [each for each in field.choice_values or () if isinstance(each, list | tuple)]
    shown: dict[str, str] = dict(map(tuple, pairs))
    values = value if isinstance(value, list | tuple) else [value]
    return "\n".join(str(shown.get(each, each)) for each in values)


def _is_on(field: Any) -> bool:
    value = field.field_value
    return value is True or str(value) not in ("Off", "False", "None", "")


def _inside(run: Run, box: Sequence[float]) -> bool:
    """Whether the middle of a run lies in a box of the page."""
    x0, y0, x1, y1 = turned(box, run.turn)
    x, y = (run.box[0] + run.box[2]) / 2, (run.box[1] + run.box[3]) / 2
    return x0 <= x <= x1 and y0 <= y <= y1


def _meets(run: Run, box: Sequence[float]) -> bool:
    """Whether a run stands in a box in part: in a low one its text may be cut off."""
    x0, y0, x1, y1 = turned(box, run.turn)
    return run.box[0] < x1 and run.box[2] > x0 and run.box[1] < y1 and run.box[3] > y0


def _written(value: str, box: Sequence[float], size: float, order: int) -> list[Run]:
    """Lines in a field, from its top, or in the middle of one that holds a line."""
    lines = [line for line in value.splitlines() if line.strip()]
    x0, y0, x1, y1 = box
    top = (y0 + y1 - _LINE * size) / 2 if len(lines) == 1 and y1 - y0 < 3 * size else y0
    runs = []
    for number, line in enumerate(lines):
        y = top + number * _LINE * size
        place: Box = (x0, y, min(x1, x0 + 0.5 * size * len(line)), y + _LINE * size)
        runs.append(Run(line, place, size, 0, order + number, field=True))
    return runs
