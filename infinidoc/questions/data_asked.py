"""What a question asks of data by its wording: a count, a total, a mean, the highest, a value.

Knows the words of arithmetic and the pieces that names are made of, no document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from infinidoc.text import even, fold
from infinidoc.text.languages import DETERMINERS, NEGATIONS, PRONOUNS, STOP_WORDS, YES_OR_NO
from infinidoc.text.words import forms_of, stem

SUM, MEAN, MEDIAN, HIGHEST, LOWEST = "sum", "mean", "median", "max", "min"
_WORDS = {
    SUM: "total sum altogether overall combined",
    MEAN: "average mean",
    MEDIAN: "median",
    HIGHEST: "highest largest greatest maximum max biggest most longest",
    LOWEST: "lowest smallest minimum min least fewest shortest",
}
OPERATIONS = {word: name for name, words in _WORDS.items() for word in words.split()}
OF_ALL = frozenset("most fewest least".split())  # of a group, not of one row
DISTINCT = frozenset("different distinct unique".split())
GROUPED = frozenset("per by each".split())
ROW = frozenset("row record entry line item".split())  # what every table has
# What every value of data may be called.
_VALUE = frozenset(
    "value setting option field key attribute parameter property column number amount many much "
    "kind sort set list show tell give there".split()
)
# Verbs of a question to a table that say no more than that something is in its rows.
IN_ROWS = frozenset(
    "appear appears belong belongs bought buy buys came cause caused causes charge charged come "
    "comes contain contained contains cost costs earn earned exist exists gave get gets got go "
    "goes went include included includes lie lies list listed live lived lives made make makes "
    "occur occurred occurs originate paid pay pays place placed receive received receives record "
    "recorded report reported sell sells sold spend spends spent stand stands use used uses".split()
)
_PERSONS = PRONOUNS - frozenset("it its this that these those there one ones such".split())
_NOT_ALL = frozenset("before after until since between except excluding without".split())
_PREPOSITIONS = frozenset("of in on at from to by with for than within".split())
_BEFORE_NOUN = frozenset(DETERMINERS | _PREPOSITIONS)
_RAW = re.compile(r"[^\s?!,;\"'«»()]+")
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LIMIT = re.compile(
    r"\b(?P<more>more than|greater than|higher than|larger than|over|above|exceeding)|"
    r"(?P<least>at least)|(?P<most>at most)|"
    r"(?P<less>less than|fewer than|lower than|smaller than|under|below)\b",
    re.I,
)
_NUMBER = re.compile(r"[$€£]?(\d[\d,]*(?:\.\d+)?)(?![\w.])")
_SIGNS = {"more": ">", "least": ">=", "most": "<=", "less": "<"}
_IS = re.compile(r"^(?:\S+ )?(?:what|which|how many)\b(?: \S+){0,2}? (?:is|are|was|were)\b", re.I)
_DOES = re.compile(r"\b(?:do|does|did)\b", re.I)


def pieces_of(name: str) -> tuple[str, ...]:
    """The pieces of a name, folded: orderDate is order, date."""
    return tuple(_PIECE.findall(fold(_HUMP.sub(" ", even(name)).replace("_", " "))))


def stems_of(name: str) -> tuple[str, ...]:
    """The stems of the pieces of a name."""
    return tuple(map(stem, pieces_of(name)))


@dataclass(frozen=True)
class Piece:
    """A piece of a word of the question. `whole`: it is the word itself, not part of a name."""

    text: str
    stem: str
    start: int
    whole: bool

    @property
    def is_light(self) -> bool:
        """Whether it names nothing by itself."""
        named = self.text in STOP_WORDS["en"] or not _VALUE.isdisjoint(forms_of(self.text))
        return self.whole and named


class DataQuestion:
    """A question in pieces."""

    def __init__(self, question: str) -> None:
        self.text = " ".join(even(question).split())
        self.pieces = [piece for raw in _RAW.finditer(self.text) for piece in _pieces_in(raw)]

    @cached_property
    def counts(self) -> int | None:
        """The piece behind "how many"; None if it asks for no number."""
        return self._behind("how", "many") or self._behind("number", "of")

    @cached_property
    def sums(self) -> int | None:
        """The piece behind "how much"."""
        return self._behind("how", "much")

    @cached_property
    def which(self) -> int | None:
        """The piece behind "which" or "what"."""
        for at, piece in enumerate(self.pieces[:4]):
            if piece.text in ("which", "what") and piece.whole:
                return at + 1
        return None

    @cached_property
    def operations(self) -> dict[int, str]:
        """The pieces that say what is to be computed."""
        found = {at: OPERATIONS[p.text] for at, p in enumerate(self.pieces)
                 if p.whole and p.text in OPERATIONS}  # fmt: skip
        return {at: name for at, name in found.items() if not self._is_compared(at)}

    @cached_property
    def is_narrowed(self) -> bool:
        """Whether a small word says which rows: "after 1990", "Monday or Sunday"."""
        texts = [piece.text for piece in self.pieces]
        return not _NOT_ALL.isdisjoint(texts) or "or" in texts

    @cached_property
    def negated(self) -> bool:
        return any(p.whole and (p.text in NEGATIONS["en"] or p.text == "non") for p in self.pieces)

    @cached_property
    def is_no_data(self) -> bool:
        """Whether it can be answered by yes, asks why, or is of somebody told of before: no cell
        and no key is."""
        texts = [piece.text for piece in self.pieces]
        first = texts[:1] or ["why"]
        return first[0] in YES_OR_NO | {"why"} or not _PERSONS.isdisjoint(texts)

    @cached_property
    def limits(self) -> list[tuple[str, str, int, int]]:
        """Numbers that a value is compared with: sign, number, and the pieces from and to."""
        found = []
        for limit in _LIMIT.finditer(self.text):
            number = _NUMBER.match(self.text, limit.end() + 1)
            if number and limit.lastgroup:
                span = self._between(limit.start(), number.end())
                found.append((_SIGNS[limit.lastgroup], number[1].replace(",", ""), *span))
        return found

    @property
    def is_said_of(self) -> bool:
        """Whether it asks what something is: "What is ...?", "Which services are defined?"."""
        return _IS.search(self.text) is not None

    def may_be_verb(self, at: int) -> bool:
        """Whether a word may say what is done, so that it names nothing: it stands where a verb
        may, behind no article or preposition, before one or at the end. Beside "is" it must be a
        participle: "memory usage in" is none."""
        piece, before = self.pieces[at], self.pieces[at - 1].text if at else ""
        if not piece.whole or before in _BEFORE_NOUN or not piece.text.isalpha():
            return False
        after = self.pieces[at + 1].text if at + 1 < len(self.pieces) else ""
        if not _DOES.search(self.text) and (not after or _IS.search(self.text)):
            return piece.text.endswith("ed") or after == "by"
        return not after or (after in _BEFORE_NOUN and after != "of")

    def _behind(self, *words: str) -> int | None:
        texts = [piece.text for piece in self.pieces]
        for at in range(len(texts) - len(words)):
            if tuple(texts[at : at + len(words)]) == words:
                return at + len(words)
        return None

    def _is_compared(self, at: int) -> bool:
        """ "at least", "at most" before a number."""
        return any(low <= at < high for _, _, low, high in self.limits)

    def _between(self, start: int, end: int) -> tuple[int, int]:
        inside = [at for at, piece in enumerate(self.pieces) if start <= piece.start < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _pieces_in(raw: re.Match[str]) -> list[Piece]:
    word = raw[0].strip(".:`*[]{}<>")
    texts = pieces_of(word)
    whole = len(texts) == 1 and fold(word) == texts[0]
    return [Piece(text, stem(text), raw.start() + at, whole) for at, text in enumerate(texts)]
