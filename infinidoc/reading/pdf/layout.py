"""The order in which the runs of a PDF page are read: columns, tables, forms, plain lines.

Knows runs and their boxes. A page is cut at wide white bands, then into stretches of lines
that share a gutter. Both sides of a gutter prose: columns, one after the other. Else a table
or a form: row by row. What is neither is read as it was drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from infinidoc.reading.pdf.lines import GUTTER, Runs, close_together, cut, joined, overlap, rows
from infinidoc.reading.pdf.lists import columns_of_list
from infinidoc.reading.pdf.runs import Box, Run
from infinidoc.reading.pdf.tables import between_gutters, flowing, parted

BAND = 2.0  # sizes: white across a whole region that cuts it in two
EDGE_BAND = 1.0  # sizes: the same below a head and above a foot
EDGE = 0.1  # share of a page's height that has its head, or its foot
LONG_WORDS, LONG_LETTERS = 3, 12  # of a run that may be a line of prose
WORDED = 0.45  # share of the words of prose, at least, that are of letters
PROSE = 0.6  # share of a side's letters that are in such runs
FILLED = 0.6  # of a side's width: the middle line of prose
LOWER = 0.15  # share of the lines of prose, at least, that begin with a small letter
LOOSE = 1.45  # sizes from line to line: looser than prose is set
FLOWING = 12  # rows of a list that may flow from column to column
CELL_GAP = 1.3  # times the usual step from line to line: between the cells of a table
DEEPEST = 6  # columns in columns

Split = tuple[list[Run], list[Run]]


def lines_of(runs: Runs) -> list[str]:
    """The lines of a page as they are read; what is written sideways follows the rest."""
    turns = {run.turn: 0 for run in runs}
    for run in runs:
        turns[run.turn] += len(run.text)
    lines: list[str] = []
    for turn in sorted(turns, key=lambda turn: -turns[turn]):
        group = [run for run in runs if run.turn == turn]
        leftward = _is_leftward(group)
        lines += Region(close_together(group, leftward), leftward).lines()
    return lines


def _is_leftward(runs: Runs) -> bool:
    """Whether most letters are of a script that is written from right to left."""
    kinds = [unicodedata.bidirectional(letter) for run in runs for letter in run.text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)


class Region:
    """Level runs that are read together."""

    def __init__(self, runs: Runs, leftward: bool = False, depth: int = 0) -> None:
        self.runs, self.leftward, self.depth = list(runs), leftward, depth
        self.size = median(run.size for run in runs) if runs else 0.0

    def lines(self) -> list[str]:
        """Its lines in reading order."""
        found: list[str] = []
        for band in bands(self.runs, self.size, self.depth == 0):
            for stretch, split in stretches(band, self.size):
                found += self._stretch(stretch, split)
        return found

    def _stretch(self, runs: Runs, split: Split | None) -> list[str]:
        if split is None or self.depth >= DEEPEST:
            return self._rows(runs)
        columns = columns_of_list(runs, self.size, self.leftward)
        if columns:
            return self._one_by_one(columns)
        split = drawn_split(runs, split, self.size)
        table = parted(cut_at_white(split), self.size)
        parts = cells(split)
        if parts:
            plain = [line for part in parts for line in self._cells(part)]
        elif are_columns(split, self.size, is_table=bool(table)):
            return self._sides(split)
        else:
            plain = self._rows(runs)
        if self.leftward:
            return plain
        table = table or flowing(runs, self.size)
        # Where the order of `plain` would tear cells apart, each row is one line.
        return table if table and _words(table) != _words(plain) else plain

    def _rows(self, runs: Runs) -> list[str]:
        return [joined(row, self.leftward) for row in rows(runs)]

    def _cells(self, split: Split) -> list[str]:
        """Cell by cell, if both have several rows."""
        several = all(len(rows(side)) > 1 for side in split)
        return self._sides(split) if several else self._rows([*split[0], *split[1]])

    def _sides(self, split: Split) -> list[str]:
        return self._one_by_one(split[::-1] if self.leftward else split)

    def _one_by_one(self, columns: Sequence[Runs]) -> list[str]:
        return [
            line
            for column in columns
            if column
            for line in Region(column, self.leftward, self.depth + 1).lines()
        ]


# -- white bands and gutters -----------------------------------------------------------------


def bands(runs: Runs, size: float, whole_page: bool) -> list[list[Run]]:
    """The runs cut where white runs across; a page's head and foot are cut off sooner."""
    parts = cut(runs, lambda gap, _: gap >= EDGE_BAND * size)
    if not parts:
        return []
    top, bottom = min(r.box[1] for r in runs), max(r.box[3] for r in runs)
    deep = top + EDGE * (bottom - top), bottom - EDGE * (bottom - top)
    found = [parts[0]]
    for before, part in zip(parts, parts[1:], strict=False):
        end, begin = max(r.box[3] for r in before), min(r.box[1] for r in part)
        head = whole_page and before is parts[0] and _is_edge(before, end <= deep[0])
        foot = whole_page and part is parts[-1] and _is_edge(part, begin >= deep[1])
        if begin - end >= BAND * size or head or foot:
            found.append([])
        found[-1] = [*found[-1], *part]
    return found


def _is_edge(runs: Runs, at_edge: bool) -> bool:
    """Whether a band is a running head or foot: one row, at the edge or with a page number."""
    numbered = any(len(run.text.strip()) <= 4 and run.text.strip().isdigit() for run in runs)
    return (at_edge or numbered) and len(rows(runs)) == 1


def stretches(runs: Runs, size: float) -> Iterator[tuple[list[Run], Split | None]]:
    """The runs in stretches of lines, top to bottom: with a gutter, or None without one."""
    runs = sorted(runs, key=lambda run: (run.box[1], run.box[0]))
    plain: list[Run] = []
    at = 0
    while at < len(runs):
        length, split = _longest_split(runs[at:], size)
        if split is None or (plain and overlap(plain[-1].box, runs[at].box) > 0.5):
            plain.append(runs[at])
            at += 1
            continue
        if plain:
            yield plain, None
            plain = []
        yield runs[at : at + length], split
        at += length
    if plain:
        yield plain, None


def _longest_split(runs: Runs, size: float) -> tuple[int, Split | None]:
    """How many runs from the first on share a gutter, and the two sides of the widest."""
    free = [(min(run.box[0] for run in runs), max(run.box[2] for run in runs))]
    low, high = float("inf"), float("-inf")
    best: tuple[int, tuple[float, float]] | None = None
    for index, run in enumerate(runs):
        free = [part for span in free for part in _without(span, run.box, GUTTER * size)]
        low, high = min(low, run.box[0]), max(high, run.box[2])
        if not free:
            break
        inner = [span for span in free if span[0] > low and span[1] < high]
        if inner:
            best = index + 1, max(inner, key=lambda span: span[1] - span[0])
    if best is None:
        return 0, None
    length = _whole_rows(runs, best[0])
    split = _sides(runs[:length], best[1])
    return (length, split) if min(map(len, split)) > 1 else (0, None)


def _whole_rows(runs: Runs, length: int) -> int:
    """How many of so many runs stand above the row of the first one that follows them."""
    following = runs[length].box if length < len(runs) else None
    while length and following and overlap(runs[length - 1].box, following) > 0.5:
        length -= 1
    return length


def _without(span: tuple[float, float], box: Box, least: float) -> list[tuple[float, float]]:
    """What a box leaves free of a span, where that is wide enough."""
    if box[2] <= span[0] or box[0] >= span[1]:
        return [span]
    parts = [(span[0], box[0]), (box[2], span[1])]
    return [part for part in parts if part[1] - part[0] >= least]


def _sides(runs: Runs, gutter: tuple[float, float]) -> Split:
    return [r for r in runs if r.box[2] <= gutter[0]], [r for r in runs if r.box[0] >= gutter[1]]


# -- columns or a table ----------------------------------------------------------------------


def are_columns(split: Split, size: float, is_table: bool) -> bool:
    """Whether the sides of a gutter are read one after the other; `is_table`: their lines may
    be rows of cells."""
    if any(run.field for side in split for run in side) or _are_labels(split[0]):
        return False
    if any(_is_numeric(side) for side in split):
        return False
    if any(_breaks_a_word(side) for side in split):
        return True
    if all(_is_prose(side) for side in split) and _continues(split, size):
        return True
    return not is_table and _drawn_apart(split) and not _is_grid(split)


def drawn_split(runs: Runs, widest: Split, size: float) -> Split:
    """The sides of the gutter that the drawing went over once, if it went to and fro over the
    widest: columns that hold tables have wider gutters in them."""
    if not _drawn_apart(widest):
        for (_, low), (high, _) in pairwise(between_gutters(runs, size)):
            split = _sides(runs, (low, high))
            if min(map(len, split)) >= FLOWING and _switches(split) == 1 and not _is_grid(split):
                return split
    return widest


def _are_labels(runs: Runs) -> bool:
    return 2 * sum(run.text.rstrip().endswith(":") for run in runs) >= len(runs)


def _breaks_a_word(runs: Runs) -> bool:
    """Whether a word goes on in the next line, as in no table of short cells."""
    texts = [run.text.strip() for run in sorted(runs, key=lambda run: run.box[1])]
    pairs = zip(texts, texts[1:], strict=False)
    return any(a[-2:-1].islower() and a[-1:] in "-‐" and b[:1].islower() for a, b in pairs)


def _is_numeric(runs: Runs) -> bool:
    bare = sum(not any(letter.isalpha() for letter in run.text) for run in runs)
    return bare > 0.6 * len(runs)


def _is_long(run: Run) -> bool:
    return (run.words >= LONG_WORDS and len(run.text) >= LONG_LETTERS) or _is_unspaced(run.text)


def _is_worded(text: str) -> bool:
    """Whether many of its words are of letters, as in no listing of names and numbers."""
    words = text.split()
    return sum(map(_is_word, words)) >= WORDED * len(words)


def _is_word(text: str) -> bool:
    letters = sum(unicodedata.category(letter)[0] in "LM" for letter in text)
    return letters >= 0.6 * len(text) and text[0].isalpha()


def _is_unspaced(text: str) -> bool:
    """Whether it is of a script without spaces between words (Chinese, Japanese, Thai)."""
    return len(text) >= LONG_LETTERS // 2 and all(ord(letter) >= 0xE00 for letter in text)


def _is_prose(runs: Runs) -> bool:
    long = [run for run in runs if _is_long(run)]
    letters = sum(len(run.text) for run in runs)
    if len(long) < 2 or sum(len(run.text) for run in long) < PROSE * letters:
        return False
    if not _is_worded(" ".join(run.text for run in runs)):
        return False
    widths = [run.box[2] - run.box[0] for run in long]
    return median(widths) >= FILLED * max(widths)


def _continues(split: Split, size: float) -> bool:
    """Whether lines go on where the line before ended, as the cells of a table do not."""
    first = [run.text.lstrip()[:1] for side in split for run in side[1:]]
    lower = sum(letter.islower() for letter in first)
    cased = sum(letter.islower() or letter.isupper() for letter in first)
    return lower >= LOWER * len(first) or not cased or _step(split[0]) < LOOSE * size


def _step(runs: Runs) -> float:
    """The usual way from line to line."""
    tops = sorted(run.box[1] for run in runs)
    return median([b - a for a, b in zip(tops, tops[1:], strict=False)] or [0.0])


def _drawn_apart(split: Split) -> bool:
    """Whether one side was drawn before the other, or both in large pieces."""
    return _switches(split) <= max(1, min(map(len, split)) // 3)


def _switches(split: Split) -> int:
    """How often the drawing went from one side to the other."""
    sides = sorted((run.order, side) for side, runs in enumerate(split) for run in runs)
    return sum(a[1] != b[1] for a, b in pairwise(sides))


def _is_grid(split: Split) -> bool:
    """Whether short entries stand side by side in rows, few enough to be a table."""
    words = [run.words for side in split for run in side]
    fewer = min(split, key=len)
    other = split[0] if fewer is split[1] else split[1]
    level = sum(any(overlap(run.box, o.box) > 0.8 for o in other) for run in fewer)
    return sum(words) < 4 * len(words) and level >= 0.8 * len(fewer) and len(fewer) < FLOWING


def cells(split: Split) -> list[Split]:
    """The rows of a table whose cells have several lines, as pairs of cells; [] if none.

    White runs across all of it between three rows or more, the cells of a row begin at one
    height, and no cell has such a white of its own.
    """
    first = {id(run) for run in split[0]}
    parts = [
        ([r for r in part if id(r) in first], [r for r in part if id(r) not in first])
        for part in cut_at_white(split)
    ]
    least = _white(split)
    own = sum(len(cut(side, lambda gap, _: gap > least)) for side in split)
    both = [part for part in parts if part[0] and part[1]]
    level = all(abs(a[0].box[1] - b[0].box[1]) < 0.5 * a[0].size for a, b in both)
    several = any(len(rows(side)) > 1 for part in both for side in part)
    exact = own == sum(bool(side) for part in parts for side in part)
    return parts if len(both) > 2 and level and several and exact else []


def cut_at_white(split: Split) -> list[list[Run]]:
    """The runs of both sides, cut where more white runs across than stands between lines."""
    least = _white(split)
    return cut([*split[0], *split[1]], lambda gap, _: gap > least)


def _white(split: Split) -> float:
    usual = CELL_GAP * min(map(_step, split)) - min(run.height for run in split[0])
    return max(usual, 0.0)


def _words(lines: Sequence[str]) -> list[str]:
    return " ".join(lines).split()
