"""Reads the numbers of a text by value: the one reader of numbers in the tree.

"1,100", "eleven hundred", "$3bn", "two million three hundred thousand", "half a dozen",
"Chapter XIV", "the twenty-second": each has a value and a place. A percentage is a share,
so that 25 per cent is a quarter. English words; figures of all languages, whose decimal
mark may be a comma. A time, a version or a range is read as the figures it is made of.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from infinidoc.text.folding import fold

_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
""".split()
CARDINALS = {word: value for value, word in enumerate(_SMALL)}
CARDINALS |= {word: 10 * value for value, word in enumerate(_TENS, 2)}
CARDINALS |= {"threescore": 60, "fourscore": 80}
ORDINALS = {word: value for value, word in enumerate(_ORDINALS)}
ORDINALS |= {word[:-1] + "ieth": 10 * value for value, word in enumerate(_TENS, 2)}
SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6,
    "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SCALED = SCALES | {word + "s": value for word, value in SCALES.items() if value > 100}
_SCALED |= {word + "th": value for word, value in SCALES.items() if value >= 100}
_SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4}
_PARTS |= {word: value for word, value in ORDINALS.items() if value > 2}
_PARTS |= {word + "s": value for word, value in ORDINALS.items() if value > 2}
_BEGINS = frozenset([*CARDINALS, *ORDINALS, *_SCALED, "half", "a", "an"])
# As often a pronoun, a time or nothing at all as a number.
_VAGUE = frozenset("zero one first second".split())
COMMA = frozenset("de fr es it pt nl ru".split())  # languages with a decimal comma

_TOKEN = re.compile(
    r"(?P<vulgar>\d*\s?[¼½¾⅐-⅞])"
    r"|(?<![\w/.])(?P<over>[1-9]\d?)\s?/\s?(?P<under>[1-9]\d?)(?![\w/]|\.\d)"
    r"|(?<![^\W\d_])(?P<figure>(?<=\d\.)\d+|\d{1,3}(?:[,' ]\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d+(?:\.\d+(?!\.?\d))?)"
    r"(?P<suffix>(?:bn|mn|tn|k|m|b)\b|st\b|nd\b|rd\b|th\b)?"
    r"|(?P<word>[a-z]+)"
)
_COMMA_FIGURE = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[. ]\d{3})+(?:,\d+)?|\d+,\d+)(?!\d|\.\d)")
_PERCENT = re.compile(r"[\s-]?(?:%|per ?cent\b(?!age)|percent\b)")
_MONEY = re.compile(r"[$£€¥]\s?\Z")
_MINUS = re.compile(r"(?:(?:^|[\s(])-|\bminus\s)\Z")
_ROMAN = re.compile(
    r"(?<![\w.'&-])(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
    r"(?!\w|\.\w|')"
)
_NUMBERED = re.compile(
    r"\b(?:chapter|chap|ch|book|part|vol|volume|act|scene|canto|article|art|section|sec|title|"
    r"appendix|annex|table|plate|no|class|phase|type|world war)\.?\s\Z",
    re.I,
)
_KING = re.compile(r"\b[A-Z][a-z]{2,}\s\Z")
_LETTERS = dict(zip("IVXLCDM", (1, 5, 10, 50, 100, 500, 1000), strict=True))


@dataclass(frozen=True)
class Quantity:
    """A number of a text and where it stands. `certain`: it is no pronoun, as "one" may be."""

    value: float
    start: int
    end: int
    certain: bool = True


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    word: str = ""
    value: float | None = None  # of a figure or a fraction in signs
    scale: int = 1
    is_part: bool = False


def quantities(text: str, language: str = "en") -> list[Quantity]:
    """The numbers of a text in order; those that may be none are not `certain`."""
    folded = fold.spans(_with_points(text) if language in COMMA else text)
    found = [*_Reader(folded.text).read()]
    placed = [Quantity(q.value, *folded.span(q.start, q.end), q.certain) for q in found]
    return sorted([*placed, *_roman(text)], key=lambda quantity: quantity.start)


def numbers(text: str, language: str = "en") -> list[float]:
    """The values of the numbers of a text, in order."""
    return [quantity.value for quantity in quantities(text, language) if quantity.certain]


def number(text: str) -> float | None:
    """The value of a text that is one number and nothing else: `4th`, `eleven hundred`."""
    text = text.strip()
    found = quantities(text)
    if len(found) != 1:
        return None
    rest = text[: found[0].start].lower() + text[found[0].end :]
    return None if re.sub(r"^(?:a|an)\b|\W", "", rest) else found[0].value


def _with_points(text: str) -> str:
    """Figures with a decimal comma as they would be with a point, as many characters long."""
    swapped = str.maketrans(".,", ",.")
    return _COMMA_FIGURE.sub(lambda match: match[0].translate(swapped), text)


def _roman(text: str) -> Iterator[Quantity]:
    """Roman numerals: behind a noun that is numbered, or behind a name."""
    for match in _ROMAN.finditer(text):
        before = text[max(match.start() - 24, 0) : match.start()]
        king = len(match[0]) > 1 and set(match[0]) <= set("IVX") and _KING.search(before)
        if match[0] and (_NUMBERED.search(before) or king):
            values = [_LETTERS[letter] for letter in match[0]] + [0]
            total = sum(-a if a < b else a for a, b in zip(values, values[1:], strict=False))
            yield Quantity(float(total), *match.span())


class _Reader:
    """Reads folded text from number to number."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [self._token(match) for match in _TOKEN.finditer(text)]

    def _token(self, match: re.Match[str]) -> _Token:
        span = match.span()
        if match["vulgar"]:
            whole, part = match["vulgar"][:-1].strip(), unicodedata.numeric(match["vulgar"][-1])
            return _Token(*span, value=float(whole or 0) + part, is_part=not whole)
        if match["over"]:
            over, under = int(match["over"]), int(match["under"])
            if over < under:
                return _Token(*span, value=over / under, is_part=True)
            return _Token(*span, word=match[0])
        if match["figure"]:
            value = float(re.sub(r"[^\d.]", "", match["figure"]))
            suffix = match["suffix"] or ""
            money = _MONEY.search(self.text, max(span[0] - 2, 0), span[0])
            scale = _SUFFIXES.get(suffix, 1) if money or suffix in ("k", "bn", "mn", "tn") else 1
            end = (
                span[1] if scale > 1 or suffix in ("st", "nd", "rd", "th") else match.end("figure")
            )
            return _Token(span[0], end, value=value, scale=scale)
        return _Token(*span, word=match["word"])

    def read(self) -> Iterator[Quantity]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            begins = token.value is not None or token.word in _BEGINS
            found = (self._part(at) or self._counted(at)) if begins else None
            if found is None:
                at += 1
                continue
            value, after = self._with_part(*found)
            yield self._quantity(value, at, after)
            at = after

    def _quantity(self, value: float, first: int, after: int) -> Quantity:
        start, end = self.tokens[first].start, self.tokens[after - 1].end
        percent = _PERCENT.match(self.text, end)
        if percent:
            value, end = value / 100, percent.end()
        if _MINUS.search(self.text, max(start - 7, 0), start):
            value = -value
        words = [token.word for token in self.tokens[first:after]]
        certain = percent is not None or words[0] not in _VAGUE or len(words) > 1
        return Quantity(round(value, 9), start, end, certain)

    def _joined(self, at: int) -> bool:
        """Whether nothing but a space or a hyphen stands before the token."""
        if not 0 < at < len(self.tokens):
            return False
        gap = self.text[self.tokens[at - 1].end : self.tokens[at].start]
        return gap.isspace() or gap in ("-", "")

    def _word(self, at: int) -> str:
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def _follows(self, at: int, *words: str) -> bool:
        """Whether these words stand at `at` and on, joined to what is before."""
        return all(self._joined(i) and self._word(i) == w for i, w in enumerate(words, at))

    # -- fractions ---------------------------------------------------------------------------

    def _part(self, at: int) -> tuple[float, int] | None:
        """A fraction: "half", "a quarter", "two thirds", "one in four", "half a million"."""
        word, following = self._word(at), self._word(at + 1)
        if word == "half" and following not in ("past", "brother", "sister", "way", "hearted"):
            scale = at + 2 if self._follows(at + 1, "a") else at + 1
            if self._joined(scale) and self._word(scale) in SCALES:
                return SCALES[self._word(scale)] / 2, scale + 1
            return 0.5, at + 1
        over = 1 if word in ("a", "an") else CARDINALS.get(word) or self.tokens[at].value
        if not over or not self._joined(at + 1) or following == "":
            return None
        if following in _PARTS and self._is_part(at, over, following):
            return over / _PARTS[following], at + 2
        under = CARDINALS.get(self._word(at + 2), 0) if word == "one" and following == "in" else 0
        return (1 / under, at + 3) if under > 1 and self._joined(at + 2) else None

    def _is_part(self, at: int, over: float, following: str) -> bool:
        after = self._word(at + 2) if self._joined(at + 2) else ""
        if following in ("quarter", "half", "quarters"):
            return after not in ("past", "to", "final", "finals")
        if following.endswith("s"):
            return over < _PARTS[following]
        return over == 1 and (self._word(at) == "one" or after in ("", "of", "part"))

    def _with_part(self, value: float, after: int) -> tuple[float, int]:
        """The number with the fraction that goes with it: "2 1/2", "two and a half"."""
        if after < len(self.tokens) and self._joined(after) and self.tokens[after].is_part:
            return value + (self.tokens[after].value or 0), after + 1
        if self._follows(after, "and", "a") and self._word(after + 2) in ("half", "quarter"):
            return value + 1 / _PARTS[self._word(after + 2)], after + 3
        digit = CARDINALS.get(self._word(after + 1)) if self._follows(after, "point") else None
        return (value, after) if digit is None else (value + digit / 10, after + 2)

    # -- whole numbers -----------------------------------------------------------------------

    def _counted(self, first: int) -> tuple[float, int] | None:
        """A number in figures or words with its scales, and the token after it."""
        group, after = self._group(first)
        if group is not None and self._is_century(first, group, after):
            years, end = self._group(after)
            if years is not None and 10 <= years < 100:
                return group * 100 + years, end
        return None if group is None else (group, after)

    def _is_century(self, first: int, value: float, after: int) -> bool:
        """Whether a year may be written in two halves: "nineteen twenty-three"."""
        small = after == first + 1 and 11 <= value <= 20 and self.tokens[first].value is None
        return small and self._joined(after) and self._word(after) in CARDINALS

    def _group(self, first: int) -> tuple[float | None, int]:
        """A number whose words join as those of one number do; None if there is none."""
        total, part, last, at = 0.0, None, math.inf, first
        while at < len(self.tokens) and (at == first or self._joined(at)):
            if at > first and self._word(at) == "and":
                if not self._goes_on(at, part):
                    break
                at += 1
            token = self.tokens[at]
            scale = _SCALED.get(token.word, 0)
            if scale > 100 or scale == 12:
                if scale >= last or (part is None and (at > first or token.word.endswith("s"))):
                    break
                total, part, last = total + (1 if part is None else part) * scale, None, scale
            else:
                joined = self._small(token, part, at == first or part is None)
                if joined is None:
                    break
                part = joined
            at += 1
            if token.word in ORDINALS or token.word.endswith("th"):
                break
        return (None if at == first else total + (part or 0.0)), at

    def _goes_on(self, at: int, part: float | None) -> bool:
        """Whether an "and" is within a number: "a hundred and five", "four-and-twenty"."""
        before, following = self._word(at - 1), self._word(at + 1)
        if not self._joined(at + 1) or not (following in CARDINALS or following in ORDINALS):
            return False
        if before in _SCALED:
            return True
        hyphens = self.text[self.tokens[at].end] == "-"
        return hyphens and part is not None and part < 10 <= CARDINALS.get(following, 0)

    def _small(self, token: _Token, part: float | None, begins: bool) -> float | None:
        """`part` with what the token adds to it; None if it does not go on with it."""
        if token.value is not None:
            return token.value * token.scale if begins else None
        if _SCALED.get(token.word) == 100:
            return 100 * (1 if part is None else part) if (part or 1) < 100 else None
        value = CARDINALS.get(token.word, ORDINALS.get(token.word))
        if value is None or begins:
            return None if value is None else float(value)
        assert part is not None
        after_tens = part % 10 == 0 and part % 100 >= 20 and 0 < value < 10
        reversed_ = part < 10 <= value and value % 10 == 0  # behind "and": four-and-twenty
        if after_tens or (part >= 100 and part % 100 == 0) or reversed_:
            return part + value
        return None
