"""Which rows of a table a question is about: the conditions that it names by cells and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from infinidoc.data.tables import Column, Row, is_true, number_in
from infinidoc.data_answers.naming import Mention, Named

BESIDE = 3  # pieces that may stand between a limit and its column


@dataclass(frozen=True)
class Condition:
    """What a cell of a column must be. `sign`: "=" one of `cells`, "in" a year, or a comparison
    with a number."""

    column: Column
    sign: str
    cells: frozenset[str]

    def holds(self, row: Row) -> bool:
        cell = row.cells[self.column.at]
        (first, *_) = self.cells
        if self.sign == "=":
            return cell in self.cells
        if self.sign == "in":
            return any(cell.startswith(year) for year in self.cells)
        value = number_in(cell)
        return value is not None and _compared(value, self.sign, Decimal(first))

    @property
    def words(self) -> str:
        """It as a reader may check it: "tip > 5"."""
        sign = ":" if self.sign in ("=", "in") else f" {self.sign}"
        return f"{self.column.name}{sign} {' or '.join(sorted(self.cells))}"


def _compared(value: Decimal, sign: str, limit: Decimal) -> bool:
    if sign == ">":
        return value > limit
    if sign == "<":
        return value < limit
    return value >= limit if sign == ">=" else value <= limit


class UnclearError(ValueError):
    """The question may mean several things of the table."""


@dataclass(frozen=True)
class Filters:
    """The conditions, and the pieces of the question that say them."""

    conditions: list[Condition]
    pieces: frozenset[int]

    @property
    def columns(self) -> set[int]:
        return {one.column.at for one in self.conditions}

    def rows(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if all(one.holds(row) for one in self.conditions)]

    @property
    def words(self) -> str:
        return "; ".join(one.words for one in self.conditions)


def filters_of(named: Named) -> Filters:
    """The conditions of a question. Raises UnclearError."""
    if named.question.is_narrowed:
        raise UnclearError
    taken: set[int] = set()
    cells: dict[tuple[int, str], set[str]] = {}
    columns = {column.at: column for column in named.table.columns}
    for mention in named.cells:
        column, cell = _column_of(mention, named)
        by_year = column.is_date and cell.isdigit()
        cells.setdefault((column.at, "in" if by_year else "="), set()).add(cell)
        taken |= {*mention.at, *_label_of(mention, column, named)}
    found = [Condition(columns[at], sign, frozenset(held)) for (at, sign), held in cells.items()]
    booleans = list(_booleans(named, taken))
    for condition, pieces in [*_limits(named), *booleans]:
        found.append(condition)
        taken |= pieces
    if named.question.negated and not booleans:
        raise UnclearError
    return Filters(found, frozenset(taken))


def _column_of(mention: Mention, named: Named) -> tuple[Column, str]:
    """The column that holds a cell; of several the one that the question names."""
    pairs = list(zip(mention.columns, mention.cells, strict=True))
    if len(pairs) > 1:
        stems = {piece.stem for piece in named.question.pieces}
        pairs = [pair for pair in pairs if stems & {*pair[0].stems}] or pairs
    if len({column.at for column, _ in pairs}) > 1:
        raise UnclearError
    return pairs[0]


def _label_of(mention: Mention, column: Column, named: Named) -> set[int]:
    """The pieces beside a cell that name its column: "customer ERNSH", "8 cylinders"."""
    for at in (mention.low - 1, mention.high):
        beside = named.column_at(at)
        if beside is not None and column in beside.columns:
            return {*beside.at}
    return set()


def _limits(named: Named) -> Iterator[tuple[Condition, set[int]]]:
    for sign, number, low, high in named.question.limits:
        near = [
            (min(abs(mention.low - high), abs(low - mention.high)), mention)
            for mention in named.columns
            if any(column.is_compared for column in mention.columns)
            and named.is_table.isdisjoint(mention.at)
        ]
        distance, mention = min(near, key=lambda one: one[0], default=(BESIDE, None))
        if mention is None or distance >= BESIDE:
            raise UnclearError
        column = only(column for column in mention.columns if column.is_compared)
        yield Condition(column, sign, frozenset([number])), {*range(low, high), *mention.at}


def _booleans(named: Named, taken: set[int]) -> Iterator[tuple[Condition, set[int]]]:
    """Columns of yes and no that are named: "How many smokers are there?"."""
    for mention in named.columns:
        columns = [column for column in mention.columns if column.is_boolean]
        if len(columns) == len(mention.columns) == 1 and taken.isdisjoint(mention.at):
            wanted = not named.question.negated
            cells = frozenset(cell for cell in columns[0].values if is_true(cell) == wanted)
            if cells:
                yield Condition(columns[0], "=", cells), {*mention.at}


def only(columns: Iterator[Column]) -> Column:
    """The only one. Raises UnclearError."""
    found = list(columns)
    if len(found) != 1:
        raise UnclearError
    return found[0]
