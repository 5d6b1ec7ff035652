"""The proper names of a document, of people, places and firms alike, each with its first place.

What a name is, `text.names` says; "Rook" and "Tobias Rook" are one if no other name ends so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infinidoc.retrieval.page_sentences import Sentence, sentences
from infinidoc.text import even, fold
from infinidoc.text.dates import CALENDAR
from infinidoc.text.names import DASHES, Vocabulary, runs


@dataclass
class Name:
    """A name, the sentence where it is written first, and how often it is."""

    words: str
    first: Sentence
    count: int = 0


def names_on(pages: Iterable[dict[str, Any]]) -> list[Name]:
    """The names in reading order of their first mention; what headings have is none."""
    found: dict[str, Name] = {}
    vocabulary = Vocabulary()
    for sentence in sentences(pages):
        text = even(sentence.text.translate(DASHES))
        vocabulary.read(text)
        for run in runs(text):
            words = text[run[0].start : run[-1].end]
            found.setdefault(words, Name(words, sentence)).count += 1
    named: dict[str, Name] = {}
    for name in found.values():
        for run in vocabulary.names(name.words):
            if fold(run[0].text) in CALENDAR:
                continue
            words = name.words[run[0].start : run[-1].end]
            named.setdefault(words, Name(words, name.first)).count += name.count
    return sorted(_merged(named.values()), key=lambda name: name.first.start)


def is_part(one: str, other: str) -> bool:
    """Whether a name is the beginning or the end of a longer one: Rook, Tobias Rook."""
    return f"{other} ".startswith(f"{one} ") or f" {other}".endswith(f" {one}")


def _merged(names: Iterable[Name]) -> list[Name]:
    """A part of exactly one longer name is that name."""
    whole: list[Name] = []
    for name in sorted(names, key=lambda name: -len(name.words.split())):
        longer = [other for other in whole if is_part(name.words, other.words)]
        if len(longer) == 1:
            (one,) = longer
            one.count += name.count
            one.first = min(one.first, name.first, key=lambda sentence: sentence.start)
        else:
            whole.append(name)
    return whole
