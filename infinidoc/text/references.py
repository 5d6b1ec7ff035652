"""Sections and versions that a text names by their numbers: "section 4.2", "§ 3", "v2.1.0"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infinidoc.text.folding import even
from infinidoc.text.numbers import numbers

UNITS = "section|sec|article|art|clause|chapter|part|annex|appendix|schedule|exhibit|rule|paragraph"
NUMBER = r"\d+(?:\.\d+)*|[IVXLC]+|[A-Z]"
_NAMED = re.compile(rf"(?:\b(?i:{UNITS})\.?\s|§\s?)({NUMBER})(?![\w-])")
_VERSION = re.compile(
    r"(?<![\w.-])v?(\d+(?:\.\d+)+(?:[a-z]\w*|-?(?:rc|alpha|beta|dev)\w*)?)(?![\w-])", re.I
)

Number = tuple[int | str, ...]


@dataclass(frozen=True)
class References:
    """The numbers of sections that a text names, its versions, and its other words."""

    sections: tuple[Number, ...]
    versions: tuple[str, ...]
    others: str

    @classmethod
    def of(cls, text: str) -> References:
        """Those of `text`."""
        text = even(text)
        others = _NAMED.sub(" ", text)
        sections = tuple(number_of(found[1]) for found in _NAMED.finditer(text))
        return cls(sections, versions_in(others), _VERSION.sub(" ", others))

    def __bool__(self) -> bool:
        return bool(self.sections or self.versions)


def versions_in(text: str) -> tuple[str, ...]:
    """What is written as a version: at least two numbers with a point between them."""
    return tuple(found[1].lower() for found in _VERSION.finditer(text))


def number_of(written: str) -> Number:
    """As numbers, whether the figures are Arabic or Roman; a letter as it is."""
    if written[0].isdigit():
        return tuple(int(part) for part in written.split("."))
    roman = numbers(f"section {written}")
    return (int(roman[0]),) if roman else (written,)
