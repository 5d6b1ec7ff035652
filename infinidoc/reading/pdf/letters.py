"""Tells text from glyphs whose letters nobody knows, which are as good as a scan.

A font without a map to Unicode gives numbers of glyphs. In old TeX files these happen to be
the letters; elsewhere they are a cipher. The commonest words of a few languages tell which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infinidoc.reading.pdf.runs import Run, is_known
from infinidoc.text import fold
from infinidoc.text.languages import STOP_WORDS

SHORTEST = 4  # letters of a run that is more than a symbol
FEWEST = 8  # such letters on a page that are worth a word
FEWEST_WORDS = 10  # that show a language
COMMON = 0.1  # share of the words of any prose, at least, that are the commonest
UNMAPPED = 0.25  # share of a font's letters whose unknown numbers make numbers of the rest
NO_LETTERS = "its text has no known letters (a font without a character map)"
SOME_LETTERS = "part of its text has no known letters (a font without a character map)"

_WORDS = re.compile(r"[^\W\d_]+")
_NORTH_AND_EAST = frozenset("att det som på av er til og vid nie się jest".split())
_COMMONEST = _NORTH_AND_EAST.union(*STOP_WORDS.values())


@dataclass
class Unknown:
    """What of a page is in glyphs of unknown letters."""

    words: list[str]
    letters: int

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Unknown:
        texts = [run.text for run in runs if not run.known and len(run.text.strip()) >= SHORTEST]
        letters = sum(len("".join(text.split())) for text in texts)
        return cls([word for text in texts for word in _WORDS.findall(text)], letters)

    def matters(self) -> bool:
        """Whether it is more than a symbol here and there."""
        return self.letters >= FEWEST


def unmapped_fonts(page: dict[str, Any]) -> set[str]:
    """The fonts of a page (`rawdict`) whose few known letters are no words either.

    Names of glyphs like /g12 may be those of other letters by chance: of ASCII, as they are few.
    """
    lines = [line for block in page["blocks"] for line in block.get("lines", ())]
    known, unknown = dict[str, str](), Counter[str]()
    for span in (span for line in lines for span in line["spans"]):
        letters = [char["c"] for char in span["chars"] if not char["c"].isspace()]
        text = "".join(letter for letter in letters if is_known(letter, span["char_flags"]))
        known[span["font"]] = f"{known.get(span['font'], '')} {text}"
        unknown[span["font"]] += len(letters) - len(text)
    return {
        font
        for font, count in unknown.items()
        if count >= UNMAPPED * (count + len("".join(known[font].split())))
        and known[font].isascii()
        and not is_language(_WORDS.findall(known[font]))
    }


def is_language(words: Sequence[str]) -> bool:
    """Whether these words are likely to be words."""
    common = sum(len(word) > 1 and fold(word) in _COMMONEST for word in words)
    return common >= COMMON * max(len(words), FEWEST_WORDS)


def known_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs less those in unknown letters; single symbols stay."""
    return [run for run in runs if run.known or len(run.text.strip()) < SHORTEST]
