"""What the words of a question name in a table: columns, cells, the table itself.

A name is met by its pieces, by their stems. Where words may name several columns, all of them are
told; where nothing of the table is named, nothing is.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from infinidoc.data.tables import Column, Table, number_in
from infinidoc.questions.data_asked import ROW, DataQuestion, Piece, pieces_of
from infinidoc.text.words import forms_of

KEYS = frozenset("id number code key no name".split())
LONGEST = 8  # pieces of a cell that a question may name
MOST = 100  # characters of such a cell
FEW = 60  # different cells of a column whose cells are kinds
_SHORT = (3, 4)  # letters of a short form: Sun of Sunday


@dataclass(frozen=True)
class Mention:
    """Pieces `low` to `high` of the question and the columns they may name, or whose cells they
    name as they are written there."""

    low: int
    high: int
    columns: tuple[Column, ...]
    cells: tuple[str, ...] = ()  # one for each column
    rest: int = 0  # pieces of the name that the question leaves out

    @property
    def at(self) -> range:
        return range(self.low, self.high)

    @property
    def order(self) -> tuple[int, int, int]:
        """The longer, the more a name is said as a whole, the better."""
        return self.low - self.high, self.rest, 0 if self.cells else 1


@dataclass
class Named:
    """What a question names of one table; no piece is taken twice."""

    question: DataQuestion
    table: Table
    cells: list[Mention] = field(default_factory=list)
    columns: list[Mention] = field(default_factory=list)

    def __post_init__(self) -> None:
        found = [*self._cells(), *self._columns()]
        taken: set[int] = set()
        for mention in sorted(found, key=lambda one: one.order):
            if taken.isdisjoint(mention.at):
                taken |= {*mention.at}
                (self.cells if mention.cells else self.columns).append(mention)
        for mention in self._numbers(taken):
            self.cells.append(mention)

    @cached_property
    def is_table(self) -> set[int]:
        """The pieces that name the table or its rows: by its name, or by that of a key, as orders
        are those of orderID. What is the name of a column is none."""
        pieces = self.question.pieces
        rows = {at for at, one in enumerate(pieces) if one.whole and one.stem in ROW}
        for wanted in (self.table.stems, *self._keys()):
            for low in range(len(pieces)):
                at = range(low, low + len(wanted))
                if wanted and tuple(one.stem for one in pieces[low : at.stop]) == wanted:
                    rows |= {*at}
        whole = {at for mention in self.columns if mention.rest == 0 for at in mention.at}
        return rows - whole

    def _keys(self) -> Iterator[tuple[str, ...]]:
        """What the rows are called by the names of keys."""
        for column in self.table.columns:
            if column.is_key and len(column.stems) > 1 and column.stems[-1] in KEYS:
                yield column.stems[:-1]

    def column_at(self, at: int) -> Mention | None:
        """What names columns from this piece on, or around it."""
        return next((one for one in self.columns if at in one.at), None)

    # -- cells -------------------------------------------------------------------------------

    def _cells(self) -> Iterator[Mention]:
        """The cells with letters that the question names, the longest at each place."""
        pieces = self.question.pieces
        spans: dict[tuple[int, int], list[tuple[Column, str]]] = {}
        starts: dict[str, list[int]] = {}
        for at, piece in enumerate(pieces):
            starts.setdefault(piece.text[:1], []).append(at)
        for column in self.table.columns:
            if column.is_number:
                continue
            few = len(column.values) <= FEW
            for cell in column.values:
                if len(cell) > MOST or (cell.isascii() and not _begins(cell, starts)):
                    continue
                words = pieces_of(cell)
                if not 0 < len(words) <= LONGEST or number_in(cell) is not None:
                    continue
                for low in starts.get(words[0][:1], ()):
                    high = low + len(words)
                    if self._says(low, words, cell, few):
                        spans.setdefault((low, high), []).append((column, cell))
        for (low, high), told in spans.items():
            columns, cells = zip(*told, strict=True)
            yield Mention(low, high, columns, cells)

    def _says(self, low: int, words: tuple[str, ...], cell: str, few: bool) -> bool:
        """Whether the pieces from `low` on are a cell; one of few kinds also in another form."""
        pieces = self.question.pieces[low : low + len(words)]
        if len(pieces) < len(words):
            return False
        if all(piece.text == word for piece, word in zip(pieces, words, strict=True)):
            written = self.question.text[pieces[0].start : pieces[0].start + len(cell)]
            return not all(map(_is_light, pieces)) or (written == cell and cell.isupper())
        (piece, *more) = pieces
        if not few or more or not words[0].isalpha() or _is_light(piece):
            return False
        alike = words[0] in forms_of(piece.text) and len(words[0]) > 3
        short = len(words[0]) in _SHORT and piece.text.startswith(words[0])
        return alike or (short and piece.text.endswith("day"))

    def _numbers(self, taken: set[int]) -> Iterator[Mention]:
        """Numbers that are cells: of a column named beside them, of years, of a key."""
        compared = {at for *_, low, high in self.question.limits for at in range(low, high)}
        for at, piece in enumerate(self.question.pieces):
            if not piece.text.isdigit() or at in taken or at in compared:
                continue
            columns = [c for c in self.table.columns if piece.text in c.values]
            for beside in (self.column_at(at - 1), self.column_at(at + 1)):
                near = [c for c in columns if beside and c in beside.columns]
                if near:
                    break
            years = [c for c in self.table.columns if c.is_year and c in columns]
            found = near or years or [c for c in columns if c.is_key]
            if len(piece.text) == 4 and not near and not years:
                found = [c for c in self.table.columns if c.is_date and _has_year(c, piece)]
                found = self._said_of(found) or found or [c for c in columns if c.is_key]
            if found:
                yield Mention(at, at + 1, tuple(found), (piece.text,) * len(found))

    def _said_of(self, columns: list[Column]) -> list[Column]:
        """Those of which the question has a piece: shipped of shippedDate."""
        stems = {piece.stem for piece in self.question.pieces}
        return [column for column in columns if stems & {*column.stems}]

    # -- columns -----------------------------------------------------------------------------

    def _columns(self) -> Iterator[Mention]:
        """For each run of pieces the columns whose name has it; the best ones of the longest."""
        pieces = self.question.pieces
        for low in range(len(pieces)):
            best: dict[tuple[int, int], list[Column]] = {}
            for column in self.table.columns:
                if length := self._length(column, low):
                    rest = len(column.stems) - length
                    best.setdefault((-length, rest), []).append(column)
            if best:
                length, rest = min(best)
                whole = [c for (n, r), held in best.items() if n == length for c in held]
                told = best[length, rest] if rest == 0 else whole
                yield Mention(low, low - length, tuple(told), (), rest)

    def _length(self, column: Column, low: int) -> int:
        """How many pieces from `low` on are a run of a column's name; 0 if they name nothing."""
        pieces = self.question.pieces
        best = 0
        for start in range(len(column.stems)):
            length = 0
            while (
                low + length < len(pieces)
                and start + length < len(column.stems)
                and pieces[low + length].stem == column.stems[start + length]
            ):
                length += 1
            if length and self._is_short(column, start + length, low + length):
                length += 1
            best = max(best, length)
        run = pieces[low : low + best]
        return 0 if all(map(_is_light, run)) and best < len(column.stems) else best

    def _is_short(self, column: Column, at: int, piece: int) -> bool:
        """Whether a piece of a name is the beginning of the question's: lifeExp is the life
        expectancy."""
        if at >= len(column.stems) or piece >= len(self.question.pieces):
            return False
        stem, text = column.stems[at], self.question.pieces[piece].text
        return len(stem) >= _SHORT[0] and text.startswith(stem)


def _begins(cell: str, starts: Container[str]) -> bool:
    """Whether the first letter or figure of a cell is one of some; numbers are met elsewhere."""
    first = next(filter(str.isalnum, cell), "")
    return first.lower() in starts and not cell.isdigit()


def _is_light(piece: Piece) -> bool:
    return piece.is_light


def _has_year(column: Column, piece: Piece) -> bool:
    return any(cell.startswith(piece.text) for cell in column.values)
