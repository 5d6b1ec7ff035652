"""The level lines drawn on a PDF page, and the tables that stand between them.

Lines of one width cut what stands between them into bands: rows, if `tables.py` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from statistics import median
from typing import Any

from infinidoc.reading.pdf.lines import Runs, cut
from infinidoc.reading.pdf.runs import Run
from infinidoc.reading.pdf.tables import FEWEST, Span, between_gutters, joined_spans, parted

THIN = 3.0  # points: a drawn box so low is a line
NEAR = 3.0  # points: lines so near one another are one
LEAST = 4.0  # sizes: the length of a line between rows
WHITE = 1.0  # sizes: what stands so far from a row is none of its lines
MOST = 20_000  # drawn things on a page: more are a picture


@dataclass(frozen=True)
class Rule:
    """A level drawn line."""

    y: float
    x0: float
    x1: float


def with_rows(runs: Runs, page: Any) -> list[Run]:
    """The runs of a page, those of each row between drawn lines as one."""
    found, level = list(runs), [run for run in runs if run.turn == 0]
    if page.rotation or not level:
        return found
    size = median(run.size for run in level)
    for rules in _alike(_rules(page, LEAST * size)):
        bands = _bands([run for run in found if run.turn == 0], rules, size)
        for table in _tables(bands, size):
            texts = parted(table, size)
            if texts:
                gone = {id(run) for band in table for run in band}
                rows = map(_as_run, table, texts)
                found = [*(run for run in found if id(run) not in gone), *rows]
    return found


def _rules(page: Any, least: float) -> list[Rule]:
    """The level lines of a page, those that touch as one, from top to bottom."""
    drawings = page.get_cdrawings()
    pieces = [] if len(drawings) > MOST else [one for each in drawings for one in _pieces(each)]
    levels: list[list[Rule]] = []
    for rule in sorted(pieces, key=lambda rule: rule.y):
        if not levels or rule.y - levels[-1][0].y >= NEAR / 2:
            levels.append([])
        levels[-1].append(rule)
    found = [rule for level in levels for rule in _whole(level)]
    return [rule for rule in found if rule.x1 - rule.x0 >= least]


def _whole(level: Sequence[Rule]) -> list[Rule]:
    """The lines at one height, those that touch as one."""
    found: list[Rule] = []
    for rule in sorted(level, key=lambda rule: rule.x0):
        if found and rule.x0 - found[-1].x1 < NEAR:
            found[-1] = replace(found[-1], x1=max(found[-1].x1, rule.x1))
        else:
            found.append(rule)
    return found


def _pieces(drawing: dict[str, Any]) -> Iterator[Rule]:
    """The level lines in something drawn, and the upper and lower edges of boxes."""
    for kind, *points in drawing["items"]:
        if kind == "l":
            (x0, y0), (x1, y1) = points[:2]
            if abs(y1 - y0) < 1:
                yield Rule(y0, min(x0, x1), max(x0, x1))
        elif kind == "re":
            x0, y0, x1, y1 = points[0]
            if y1 - y0 < THIN:
                yield Rule((y0 + y1) / 2, x0, x1)
            else:
                yield from (Rule(y0, x0, x1), Rule(y1, x0, x1))


def _alike(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The lines that begin and end below one another, where they are enough for a table."""
    found: list[list[Rule]] = []
    for rule in rules:
        for group in found:
            if max(abs(rule.x0 - group[0].x0), abs(rule.x1 - group[0].x1)) < NEAR:
                if rule.y - group[-1].y >= NEAR:
                    group.append(rule)
                break
        else:
            found.append([rule])
    return [group for group in found if len(group) >= FEWEST - 1]


def _bands(runs: Runs, rules: Sequence[Rule], size: float) -> list[list[Run]]:
    """What stands between the lines, and close above the first and below the last of them."""
    left, right = rules[0].x0 - NEAR, rules[0].x1 + NEAR
    edges = [float("-inf"), *(rule.y for rule in rules), float("inf")]
    within = [run for run in runs if run.box[0] >= left and run.box[2] <= right]
    bands = [
        [run for run in within if upper <= (run.box[1] + run.box[3]) / 2 < lower]
        for upper, lower in pairwise(edges)
    ]
    above, *between, below = (cut(band, lambda gap, _: gap >= WHITE * size) for band in bands)
    return [*above[-1:], *chain.from_iterable(between), *below[:1]]


def _tables(bands: Sequence[list[Run]], size: float) -> Iterator[Sequence[list[Run]]]:
    """The longest stretches of bands that share their gutters."""
    at = 0
    while at < len(bands):
        end, taken = at, list[Span]()
        for band in bands[at:]:
            wider = joined_spans([*taken, *between_gutters(band, size)], size)
            if len(wider) < max(2, len(taken)):
                break
            end, taken = end + 1, wider
        if end - at >= FEWEST:
            yield bands[at:end]
        at = max(end, at + 1)


def _as_run(band: Runs, text: str) -> Run:
    left, right = min(run.box[0] for run in band), max(run.box[2] for run in band)
    top, bottom = min(run.box[1] for run in band), max(run.box[3] for run in band)
    size, order = median(run.size for run in band), min(run.order for run in band)
    box = left, top, right, bottom
    return replace(band[0], text=text, box=box, size=size, order=order, several=True)
