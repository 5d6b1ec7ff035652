"""Runs of a PDF page as lines: which stand in a row, and what a row says.

Knows runs and their boxes, no columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from infinidoc.reading.pdf.runs import WIDE, Box, Run

GUTTER = 0.7  # sizes: the least width of a gutter
RAISED = 0.8  # times the size of what it stands behind: a smaller number is raised
TALL = 1.8  # times the usual height: a letter so tall is an initial

Runs = Sequence[Run]


def cut(runs: Runs, wide: Callable[[float, float], bool]) -> list[list[Run]]:
    """The runs, top to bottom, cut where `wide(white, y)` says so."""
    parts: list[list[Run]] = []
    low = float("-inf")
    for run in sorted(runs, key=lambda run: run.box[1]):
        if not parts or wide(run.box[1] - low, run.box[1]):
            parts.append([])
        parts[-1].append(run)
        low = max(low, run.box[3])
    return parts


def rows(runs: Runs) -> list[list[Run]]:
    """The runs in rows, top to bottom; a large initial stands in the first of its rows."""
    found: list[tuple[Box, list[Run]]] = []
    usual = median(run.height for run in runs) if runs else 0.0
    for run in sorted(runs, key=lambda run: _middle(_first_line(run, usual))):
        box = _first_line(run, usual)
        if found and overlap(found[-1][0], box) > 0.5:
            found[-1][1].append(run)
        else:
            found.append((box, [run]))
    return [row for _, row in found]


def _first_line(run: Run, usual: float) -> Box:
    """The box; of a letter that is far taller than the lines, or of several lines, its top."""
    x0, y0, x1, _ = run.box
    if run.several or (len(run.text.strip()) == 1 and run.height > TALL * usual):
        return x0, y0, x1, min(run.box[3], y0 + usual)
    return run.box


def _middle(box: Box) -> float:
    return box[1] + box[3]


def overlap(one: Box, other: Box) -> float:
    """Share of the lower box's height that both have."""
    common = min(one[3], other[3]) - max(one[1], other[1])
    return common / max(min(one[3] - one[1], other[3] - other[1]), 1e-6)


def close_together(runs: Runs, leftward: bool = False) -> list[Run]:
    """The runs, with those of a row that no gutter can part as one, in whatever order drawn."""
    size = median(run.size for run in runs)
    found: list[Run] = []
    for row in rows(runs):
        near: list[Run] = []
        for run in sorted(row, key=lambda run: run.box[0]):
            if near and not _is_close(near[-1], run, GUTTER * size):
                found.append(_one(near, leftward))
                near = []
            near.append(run)
        found.append(_one(near, leftward))
    return found


def _is_close(before: Run, run: Run, gap: float) -> bool:
    """Whether a run goes on with another; a field's value and a large initial stand alone."""
    alike = max(before.size, run.size) < TALL * min(before.size, run.size)
    return alike and not (before.field or run.field) and run.box[0] - before.box[2] < gap


def _one(runs: Runs, leftward: bool) -> Run:
    """Neighbours in a row as one run, of the height of the largest."""
    if len(runs) == 1:
        return runs[0]
    largest = max(runs, key=lambda run: run.size)
    left, right = min(run.box[0] for run in runs), max(run.box[2] for run in runs)
    box = left, largest.box[1], right, largest.box[3]
    return replace(
        largest, text=joined(runs, leftward), box=box, order=min(run.order for run in runs)
    )


def joined(row: Runs, leftward: bool = False) -> str:
    """A row's text: a space between words, a tab where there is a wide gap."""
    row = sorted(row, key=lambda run: -run.box[2] if leftward else run.box[0])
    text = row[0].text
    for before, run in zip(row, row[1:], strict=False):
        gap = before.box[0] - run.box[2] if leftward else run.box[0] - before.box[2]
        between = _between(gap / max(run.size, 1e-6))
        text = text.rstrip() + (between or _raised(before, run)) + run.text.lstrip()
    return text


def _raised(before: Run, run: Run) -> str:
    """What sets a raised number off from the word or number that it stands behind."""
    raised = run.size < RAISED * before.size and _middle(run.box) < _middle(before.box)
    behind = before.text[-1:].isalnum()
    return "^" if raised and behind and run.text.strip().isdigit() else ""


def _between(gap: float) -> str:
    """What stands for a gap of so many sizes."""
    if gap >= WIDE:
        return "\t"
    return "" if -0.1 < gap < 0.15 else " "
