"""Finds the proper names in a text: of people, places, firms, all alike.

Knows capital letters and a few English words, no model. A name is a run of capitalised
words that are not written small elsewhere; "Rook" and "Tobias Rook" are one if no other
name ends so. Which of them are people is not said: wordings tell it too seldom rightly
(benchmarks/LOG.md, 2026-11-28).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import by_line, evidence_at, sentence_around
from infinidoc.text import even, fold
from infinidoc.text.names import is_title
from infinidoc.text.sentences import sentence_spans
from infinidoc.text.titles import titles_in
from infinidoc.text.words import is_stop_word

LARGEST = 5000  # different names held at once; rarer ones go first

_CAP = r"(?!(?:Mr|Mrs|Ms|Dr|St)\b)[^\W\d_a-zß-öø-ÿ][\w-]*[a-zß-öø-ÿ][\w-]*"
_NAME = re.compile(rf"(?<![\w'])(?:(?:Mr|Mrs|Ms|Dr|St)\.[ \n])?{_CAP}(?:[ \n]{_CAP})*")
_SMALL = re.compile(r"(?<!\w)[a-zß-öø-ÿ][\w-]*")
_BEGINS = re.compile(r"(?:^|[:;\"'(#*>-])[\s\"'(#*>-]*$")
_CALENDAR = frozenset(
    """
    January February March April May June July August September October November December
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Christmas Easter I Chapter Part
    Section Figure Table Page Volume Book English French German Latin Spanish
    """.split()
)


@dataclass
class Name:
    """A name, where it is written first, and how often."""

    words: str
    first: Evidence
    count: int = 1
    inner: int = 0  # not at the beginning of a sentence, where all words have capitals

    def add(self, other: Name) -> None:
        """Take in another writing of the same name."""
        self.count += other.count
        self.inner += other.inner
        self.first = min(self.first, other.first, key=lambda evidence: evidence.start)


def names_on(pages: Iterable[dict[str, Any]], document: str) -> list[Name]:
    """The names in reading order of their first mention."""
    found: dict[str, Name] = {}
    small: Counter[str] = Counter()
    for page in pages:
        small.update(fold(word) for word in _SMALL.findall(even(page["text"])))
        _gather(found, _on_page(page, document))
        if len(found) > LARGEST:
            for words in sorted(found, key=lambda words: found[words].count)[: LARGEST // 2]:
                del found[words]
    named: dict[str, Name] = {}
    _gather(named, _named(found.values(), small))
    names = [name for name in _merged(named.values()) if name.inner > 0]
    return sorted(names, key=lambda name: name.first.start)


def _gather(found: dict[str, Name], names: Iterable[Name]) -> None:
    for name in names:
        if name.words in found:
            found[name.words].add(name)
        else:
            found[name.words] = name


def _on_page(page: dict[str, Any], document: str) -> Iterator[Name]:
    """Every name as it stands, leaving out headings, where all words have capitals."""
    text, lines = page["text"], by_line(page)
    evened = even.spans(text)
    openings = {span.start for span in sentence_spans(text)}
    for match in _NAME.finditer(evened.text):
        start, end = evened.span(*match.span())
        line = text[text.rfind("\n", 0, start) + 1 : (text + "\n").index("\n", end)].strip()
        if line.startswith("#") or line in titles_in(page["title"]):
            continue
        words = " ".join(match[0].split())
        before = evened.text[max(match.start() - 30, 0) : match.start()]
        begins = bool(_BEGINS.search(before)) or start in openings
        sentence = sentence_around(text, start, end, lines)
        evidence = evidence_at(text, page["start"], sentence, page, document)
        yield Name(words, evidence, 1, int(not begins or " " in words))


def _named(names: Iterable[Name], small: Counter[str]) -> Iterator[Name]:
    """The names without words that are no names: "Captain Venn" is Venn, "The" is nobody."""
    for name in names:
        words = name.words.split()
        while words and (
            is_title(words[0])
            or words[0] in _CALENDAR
            or is_stop_word(words[0])
            or small[fold(words[0])]
        ):
            words = words[1:]
        if words:
            yield Name(" ".join(words), name.first, name.count, name.inner)


def _merged(names: Iterable[Name]) -> list[Name]:
    """A part of exactly one longer name is that name."""
    whole: list[Name] = []
    for name in sorted(names, key=lambda name: -len(name.words.split())):
        ends = (f"{name.words} ", f" {name.words}")
        longer = [o for o in whole if o.words.startswith(ends[0]) or o.words.endswith(ends[1])]
        if len(longer) == 1:
            longer[0].add(name)
        else:
            whole.append(name)
    return whole
