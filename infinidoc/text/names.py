"""The names a text is written with: the one way to find them, and the one to compare them.

A name is a word with a capital, or several that stand together, or a code such as "B7". A word
that begins a sentence may be a name or not; titles of persons, months of dates and words for
numbers are none. In a document its `Vocabulary` tells: a name has its capital within sentences,
too, and so more often than not. Knows strings and a few English words; a person is not told from
a place: wordings tell it too seldom rightly (benchmarks/LOG.md, 2026-11-28).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import regex
from rapidfuzz.distance import OSA

from infinidoc.text.dates import DAYS, dates
from infinidoc.text.folding import even, fold
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.numbers import CARDINALS, ORDINALS, SCALES
from infinidoc.text.sentences import sentence_spans

TITLES = frozenset(
    """
    mr mrs ms miss dr doctor prof professor st saint rev reverend hon sir lady lord madam master
    mister capt captain col colonel maj major gen general lt lieutenant sgt sergeant cmdr commander
    corporal admiral inspector king queen prince princess count countess uncle aunt cllr councillor
    father mother brother sister jr sr mme mlle monsieur madame mademoiselle signor signora
    president
    """.split()
)
_WORD = re.compile(r"[^\W_](?:[^\W_]|['&_./-](?=[^\W_]))*")
_WITHIN = regex.compile(r"(?<=[\p{Ll}\d],?\s)\p{Lu}\w*(?:['-]\w+)*")  # not after a stop
DASHES = dict.fromkeys(map(ord, "–—"), ";")  # part words, as hyphens do not
_JOINS = re.compile(r"\s(?:(?:of|de|von|van|du|la|the)\s){0,2}")
_OPENERS = frozenset(  # that often begin a sentence and are no stop words
    """
    yesterday today tomorrow nobody everybody somebody nothing everything something perhaps maybe
    however therefore although whether during since yes no ever never always often still even once
    because despite instead though unless none both either neither each every many much few several
    another others probably finally please question answer according based given
    """.split()
)
_NUMERALS = frozenset([*CARDINALS, *ORDINALS, *SCALES])


class Word(NamedTuple):
    """A word as it is written, without "'s", and where it stands."""

    text: str
    start: int
    end: int


def names_in(text: str) -> list[str]:
    """Words with a capital that begin no sentence, and codes."""
    begins = _beginnings(text)
    return [word.text for word in _capitals(text) if word.start not in begins]


def capitals(text: str) -> list[str]:
    """Every word that may be a name, those that begin a sentence as well."""
    begins = _beginnings(text)
    return [w.text for w in _capitals(text) if not (w.start in begins and _is_common(w.text))]


def name_words(word: str) -> list[str]:
    """The folded words of which a name or a text is made: "Mont-Blanc" has two."""
    found = " ".join(_WORD.findall(fold(word)))
    return [part.removesuffix("'s") for part in re.split(r"[\s./&_-]+", found) if part]


def is_title(word: str) -> bool:
    """Whether a word goes before a person's name and is no part of it: "Captain", "Mr."."""
    return fold(word.removesuffix(".")) in TITLES


def is_name(words: str) -> bool:
    """Whether the words are one name and nothing else: "Isolde of Orsay"."""
    first = next(runs(words), [])
    return bool(first) and (first[0].start, first[-1].end) == (0, len(words.rstrip(".")))


def runs(text: str) -> Iterator[list[Word]]:
    """Words with a capital that stand together: "Captain J. R. Venn", "Isolde of Orsay"."""
    run: list[Word] = []
    for word in _words(text):
        if not _begins_name(word.text, text[word.end : word.end + 1]):
            continue
        gap = text[run[-1].end : word.start] if run else ""
        if run and (len(run[-1].text) == 1 or is_title(run[-1].text)):
            gap = gap.removeprefix(".")
        if run and not _JOINS.fullmatch(gap):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


class Vocabulary:
    """How often the words of a document are written with a capital in sentences, and without."""

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        self.plain: Counter[str] = Counter()
        self.capital: Counter[str] = Counter()
        for sentence in sentences:
            self.read(sentence)

    def read(self, sentence: str) -> None:
        sentence = even(sentence.translate(DASHES))
        words = _WORD.findall(sentence)
        self.plain.update(fold(word) for word in words if not word[0].isupper())
        capitals = sum(word[0].isupper() for word in words)
        if capitals <= len(words) / 2 or sentence.endswith((".", "!", "?")):  # no heading
            within = _WITHIN.findall(sentence)
            self.capital.update(word.removesuffix("'s") for word in within)

    def count(self, word: str) -> int:
        """How often it stands in the document, where a sentence begins with it aside."""
        return self.capital[word] + self.plain[fold(word)]

    def is_name(self, word: str) -> bool:
        """Whether a word with a capital is a name here, wherever it stands."""
        folded = fold(word)
        return self.capital[word] > self.plain[folded] and folded not in STOP_WORDS["en"]

    def names(self, text: str) -> Iterator[list[Word]]:
        """The names in it, without titles and without what only begins a sentence."""
        for run in runs(text):
            while run and (is_title(run[0].text) or not self.is_name(run[0].text)):
                run.pop(0)
            first, *others = [word.text for word in run[:2]] or [""]
            if others and first in DAYS and self.count(others[0]) > self.count(first):
                yield [run.pop(0)]  # "On Wednesday Harriet came", no "Sunday Times"
            if run:
                yield run


def is_slip(one: str, other: str, most: int = 1) -> bool:
    """Whether they differ by at most so many letters: one more, less or other, or two swapped."""
    return bool(OSA.distance(one, other, score_cutoff=most) <= most)


def _beginnings(text: str) -> set[int]:
    """Where the first words of its sentences stand."""
    firsts = (re.compile(r"\w").search(text, span.start) for span in sentence_spans(text))
    return {first.start() for first in firsts if first}


def _words(text: str) -> Iterator[Word]:
    evened = even.spans(text.translate(DASHES))
    for match in _WORD.finditer(evened.text):
        word = match[0].removesuffix("'s")
        yield Word(word, *evened.span(match.start(), match.start() + len(word)))


def _capitals(text: str) -> list[Word]:
    months = [(low, high) for _, low, high in dates(text)]
    found = (word for word in _words(text) if _may_name(word.text))
    return [word for word in found if not any(a <= word.start < b for a, b in months)]


def _begins_name(word: str, after: str) -> bool:
    """Whether a word has a capital that is not the one of "I", or is an initial."""
    return word[0].isupper() and not word.startswith("I'") and (len(word) > 1 or after == ".")


def _may_name(word: str) -> bool:
    if is_title(word) or fold(word) in _NUMERALS or word.isdigit():
        return False
    code = any(map(str.isdigit, word)) and any(map(str.isalpha, word)) and not _is_measure(word)
    return code or _begins_name(word, "")


def _is_measure(word: str) -> bool:
    """Whether it begins with a figure that is read as a number: "21st", "3bn", "9-inch"."""
    return word[0].isdigit() and word.rstrip("abcdefghijklmnopqrstuvwxyz-") != word


def _is_common(word: str) -> bool:
    """Whether a word begins sentences as any word does."""
    folded = fold(word)
    return folded in STOP_WORDS["en"] or folded in _OPENERS or folded.endswith("ly") or "'" in word
