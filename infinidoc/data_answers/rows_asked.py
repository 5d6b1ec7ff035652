"""Answers that are computed from the rows of a table: counts, totals, means, extremes, cells.

A word of the question that names nothing of the table and no computation leaves the question to
others: so do a name that may mean several columns, and words that say which rows in another way
than by their cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from statistics import median

from infinidoc.data.tables import MISSING, Column, Row, Table, number_in
from infinidoc.data_answers.filters import UnclearError, filters_of, only
from infinidoc.data_answers.naming import Mention, Named
from infinidoc.questions.data_asked import (
    DISTINCT,
    GROUPED,
    HIGHEST,
    IN_ROWS,
    LOWEST,
    MEAN,
    MEDIAN,
    OF_ALL,
    ROW,
    SUM,
    DataQuestion,
)
from infinidoc.text.phrases import amount, joined

LISTED = 40  # values or groups that are told
TOLD = 5  # values of several rows that are told for one
_SAID = {SUM: "sum of", MEAN: "mean of", MEDIAN: "median of", HIGHEST: "highest", LOWEST: "lowest"}


@dataclass(frozen=True)
class Told:
    """An answer in words, and the rows that it stands on."""

    words: str
    rows: list[Row]


class RowsAsked:
    """One question to one table."""

    def __init__(self, question: DataQuestion, table: Table) -> None:
        self.question, self.table = question, table
        self.named = Named(question, table)
        self._used: set[int] = set()

    def told(self) -> Told | None:
        """The answer; None if the question is not one of this table, or not a clear one."""
        try:
            self.filters = filters_of(self.named)
            self.rows = self.filters.rows(self.table.rows)
            self._used |= self.filters.pieces
            told = self._asked()
        except UnclearError:
            return None
        return told if told and self._is_understood() else None

    def _asked(self) -> Told | None:
        question = self.question
        operations = list(question.operations.values())
        self._used |= {*question.operations}
        if question.counts is not None:
            return self._count(question.counts)
        if question.which is not None and {HIGHEST, LOWEST} & {*operations}:
            ranked = self._ranked(question.which, operations)
            if ranked is not None:
                return ranked
        if operations:
            return self._computed(operations)
        if question.sums is not None:
            return self._computed([SUM])
        return self._looked_up()

    # -- what is named -----------------------------------------------------------------------

    @cached_property
    def _free(self) -> list[Mention]:
        """The columns that are named for themselves, not beside a cell."""
        used = self.filters.pieces | self.named.is_table
        return [one for one in self.named.columns if used.isdisjoint(one.at)]

    def _measure(self, most: Iterable[Mention]) -> Column:
        """The column of numbers that is named. Raises UnclearError."""
        for mention in sorted(most, key=lambda one: one.order):
            columns = [column for column in mention.columns if column.is_number]
            if columns:
                column = only(iter(columns))
                self._used |= {*mention.at}
                return column
        raise UnclearError

    def _kinds(self, mention: Mention) -> Column:
        """The column of kinds or names that is named. Raises UnclearError."""
        columns = [c for c in mention.columns if not c.is_measure and not c.is_date]
        words = [c for c in columns if not c.is_number]
        self._used |= {*mention.at}
        return only(iter(words if len(columns) > 1 else columns))

    def _label(self) -> Column:
        """The column that tells rows apart: a key, else the words that differ most."""
        words = [column for column in self.table.columns if not column.is_number]
        keys = [column for column in self.table.columns if column.is_key and not column.is_measure]
        best = max(words, key=lambda column: len(column.values), default=None)
        if best and (not keys or best.is_key):
            return best
        if keys:
            return keys[0]
        raise UnclearError

    def _group(self) -> Column | None:
        """The column behind "per", "by" or "each"."""
        for at, piece in enumerate(self.question.pieces[:-1]):
            mention = self.named.column_at(at + 1)
            named = mention and self.filters.pieces.isdisjoint(mention.at)
            if piece.text in GROUPED and piece.whole and mention and named:
                self._used.add(at)
                return self._kinds(mention)
        return None

    def _is_understood(self) -> bool:
        """Whether all words are used, but for light ones and verbs of tables."""
        used = {column.at for column in self._columns_used} | self.filters.columns
        left = []
        for at, piece in enumerate(self.question.pieces):
            mention = self.named.column_at(at)
            names = {column.at for column in mention.columns} if mention else set()
            known = at in self._used or at in self.named.is_table or piece.is_light
            if not known and not names & used:
                left.append(at)
        return all(self.question.pieces[at].text in IN_ROWS for at in left)

    @property
    def _columns_used(self) -> list[Column]:
        return [c for one in self.named.columns if self._used >= {*one.at} for c in one.columns]

    # -- counts ------------------------------------------------------------------------------

    def _count(self, at: int) -> Told | None:
        pieces = self.question.pieces
        while at < len(pieces) - 1 and (pieces[at].text in DISTINCT or pieces[at].is_light):
            self._used.add(at)
            at += 1
        group = self._group()
        mention = self.named.column_at(at)
        if at in self.filters.pieces or at in self.named.is_table or mention is None:
            if at not in self.filters.pieces and at not in self.named.is_table:
                if not self.filters.conditions or not pieces[at].whole:
                    return None  # a row may be called anything, but one must be meant
                self._used.add(at)
            elif pieces[at].stem in ROW and not self.filters.conditions and not group:
                return None  # as many as are numbered
            return self._grouped(group, len) if group else self._rows_counted()
        if any(column.is_measure for column in mention.columns):
            return self._computed([SUM] if SUM in self.question.operations.values() else [])
        return self._distinct(self._kinds_or_key(mention))

    def _kinds_or_key(self, mention: Mention) -> Column:
        keys = [column for column in mention.columns if column.is_key]
        if len(mention.columns) > 1 and len(keys) == 1:
            self._used |= {*mention.at}
            return keys[0]
        return self._kinds(mention)

    def _rows_counted(self) -> Told:
        if not self.filters.conditions:
            return Told(amount(len(self.table.rows), "row"), self.rows)
        return Told(self._share(self.rows), self.rows)

    def _distinct(self, column: Column) -> Told:
        values = {value for row in self.rows if (value := self._cell(row, column))}
        counted = amount(len(values), "different value")
        words = f"{counted} of {column.name} ({self._share(self.rows)})"
        return Told(words, self.rows)

    def _cell(self, row: Row, column: Column) -> str:
        cell = row.cells[column.at]
        return "" if cell.lower() in MISSING else cell

    def _share(self, rows: list[Row]) -> str:
        """How many rows, and which."""
        share = f"{len(rows):,} of {amount(len(self.table.rows), 'row')}"
        return ", ".join(filter(None, [share, self.filters.words]))

    # -- numbers -----------------------------------------------------------------------------

    def _computed(self, operations: list[str]) -> Told | None:
        """A number over all rows, or for each group."""
        group = self._group()
        free = [one for one in self._free if self._used.isdisjoint(one.at)]
        column = self._measure(free)
        if not operations:
            return self._single(column)
        if len(operations) > 1:
            return None
        if group:
            return self._grouped(group, lambda rows: self._value(operations[0], column, rows),
                                 f"{_SAID[operations[0]]} {column.name}")  # fmt: skip
        value = self._value(operations[0], column, self.rows)
        if value is None:
            return None
        rows = self._rows_with(column)
        if operations[0] in (HIGHEST, LOWEST):
            rows = [row for row in rows if number_in(row.cells[column.at]) == value]
        said = f"{_SAID[operations[0]]} {column.name}"
        return Told(f"{plain(value)} ({said}; {self._share(self._rows_with(column))})", rows)

    def _rows_with(self, column: Column) -> list[Row]:
        return [row for row in self.rows if self._cell(row, column)]

    def _value(self, operation: str, column: Column, rows: list[Row]) -> Decimal | None:
        numbers = [n for row in rows if (n := number_in(self._cell(row, column))) is not None]
        if not numbers:
            return None
        if operation == SUM:
            return sum(numbers, Decimal(0))
        if operation == MEAN:
            return sum(numbers, Decimal(0)) / len(numbers)
        if operation == MEDIAN:
            return median(numbers)
        return max(numbers) if operation == HIGHEST else min(numbers)

    def _single(self, column: Column) -> Told | None:
        """The number of the only row that is meant."""
        rows = self._rows_with(column)
        if len(rows) != 1 or not self.filters.conditions:
            return None
        words = f"{rows[0].cells[column.at]} ({column.name}; {self.filters.words})"
        return Told(words, rows)

    # -- groups and extremes -----------------------------------------------------------------

    def _grouped(
        self, group: Column, value: Callable[[list[Row]], Decimal | int | None], said: str = "rows"
    ) -> Told | None:
        found = {name: told for name, rows in self._by(group).items()
                 if (told := value(rows)) is not None}  # fmt: skip
        if not 0 < len(found) <= LISTED:
            return None
        each = [f"{name}: {plain(told)}" for name, told in found.items()]
        words = f"{joined(each, LISTED)} ({said} by {group.name}; {self._share(self.rows)})"
        return Told(words, self.rows)

    def _by(self, group: Column) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if cell := self._cell(row, group):
                found.setdefault(cell, []).append(row)
        return found

    def _ranked(self, which: int, operations: list[str]) -> Told | None:
        """The group, or the row, of the highest or lowest value."""
        mention = self.named.column_at(which)
        is_row = which in self.named.is_table
        if not is_row and mention is None:
            return None
        group = self._label_of(mention) if is_row or mention is None else self._kinds(mention)
        if mention and not is_row:
            self._used |= {*mention.at}
        free = [one for one in self._free if which not in one.at and self._used.isdisjoint(one.at)]
        end = HIGHEST if HIGHEST in operations else LOWEST
        others = [name for name in operations if name not in (HIGHEST, LOWEST)]
        try:
            column: Column | None = self._measure(free)
        except UnclearError:
            column = None
        if column is None:
            return self._most(group, end, which)
        return self._best(group, column, end, others)

    def _label_of(self, mention: Mention | None) -> Column:
        """What a row is called: the key that shares its name, else what tells rows apart."""
        columns = mention.columns if mention else ()
        keys = [column for column in columns if column.is_key and not column.is_date]
        return keys[0] if len(keys) == 1 else self._label()

    def _most(self, group: Column, end: str, which: int) -> Told | None:
        """The group of most rows, if rows are asked for; of all there is to add up else."""
        rows_named = [at for at in self.named.is_table if at > which]
        if rows_named:
            return self._first(group, end, len, "rows")
        measures = [column for column in self.table.columns if column.is_measure]
        if len(measures) != 1:
            return None
        return self._best(group, measures[0], end, [SUM])

    def _best(self, group: Column, column: Column, end: str, others: list[str]) -> Told | None:
        words = {self.question.pieces[at].text for at in self.question.operations}
        by = others[0] if others else SUM if words & OF_ALL else end
        single = all(len(rows) == 1 for rows in self._by(group).values())
        said = column.name if single else f"{_SAID[by]} {column.name}"
        return self._first(group, end, lambda rows: self._value(by, column, rows), said)

    def _first(
        self, group: Column, end: str, value: Callable[[list[Row]], Decimal | int | None], said: str
    ) -> Told | None:
        """The groups at one end, and what is told of them."""
        groups = self._by(group)
        found = {name: told for name, rows in groups.items() if (told := value(rows)) is not None}
        if not found:
            return None
        best = max(found.values()) if end == HIGHEST else min(found.values())
        names = [name for name, told in found.items() if told == best]
        words = f"{joined(names)} ({said}: {plain(best)}; {self._share(self.rows)})"
        return Told(words, [row for name in names for row in groups[name]])

    # -- cells -------------------------------------------------------------------------------

    def _looked_up(self) -> Told | None:
        """What stands in a column of the rows that are meant."""
        mentions = [one for one in self._free if self._used.isdisjoint(one.at)]
        if not mentions:
            return None
        mention = min(mentions, key=lambda one: one.order)
        column = only(iter(mention.columns)) if mention.rest == 0 else self._nearest(mention)
        self._used |= {*mention.at}
        rows = self._rows_with(column)
        values = Counter(row.cells[column.at] for row in rows)
        if not values or (not self.filters.conditions and not self._lists(mention)):
            return None
        if len(values) > (TOLD if self.filters.conditions else LISTED):
            return None
        words = f"{joined([*values], LISTED)} ({column.name}"
        if self.filters.conditions:
            return Told(f"{words}; {self.filters.words})", rows)
        firsts = [next(row for row in rows if row.cells[column.at] == value) for value in values]
        return Told(f"{words}, {amount(len(self.table.rows), 'row')})", firsts)

    def _nearest(self, mention: Mention) -> Column:
        free = [column for column in mention.columns if column.at not in self.filters.columns]
        return only(iter(free))

    def _lists(self, mention: Mention) -> bool:
        """Whether all values of a column are asked for."""
        first, texts = self.question.pieces[0].text, {p.text for p in self.question.pieces}
        return first in ("list", "show") or (first in ("what", "which") and "are" in texts)


def plain(value: Decimal | int) -> str:
    """A number as it is written, with four decimals at most."""
    if isinstance(value, int):
        return f"{value:,}"
    rounded = round(value, 4)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
