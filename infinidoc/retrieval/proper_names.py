"""Finds the proper names in a text, and which of them act and speak as people do.

Knows capital letters and a few English words, no model. A name is a run of capitalised
words that are not written small elsewhere; "Rook" and "Tobias Rook" are one if no other
name ends so. What it calls people is a judgement of wordings, not knowledge.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import by_line, quote, sentence_around
from infinidoc.text import even, fold
from infinidoc.text.titles import titles_in

LARGEST = 5000  # different names held at once; rarer ones go first

_CAP = r"(?!(?:Mr|Mrs|Ms|Dr|St)\b)[^\W\d_a-zß-öø-ÿ][\w-]*[a-zß-öø-ÿ][\w-]*"
_NAME = re.compile(rf"(?<![\w'])(?:(?:Mr|Mrs|Ms|Dr|St)\.[ \n])?{_CAP}(?:[ \n]{_CAP})*")
_SMALL = re.compile(r"(?<!\w)[a-zß-öø-ÿ][\w-]*")
_BEGINS = re.compile(r"(?:^|[.!?:;]|\n\s*\n|[\"'(#*>-])[\s\"'(#*>-]*$")
_BEFORE = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr)\.|\b(?:called|named|captain|miss|sir|lady|lord|professor|doctor|king|"
    r"queen|aunt|uncle|brother|sister|daughter|son|father|mother|wife|husband|mate|cook|told|"
    r"asked|with|by|keeper is|engineer))\s+$",
    re.I,
)
_AFTER = re.compile(
    r"^(?:,? (?:said|told|asked|replied|thought|knew|went|came|saw|had|was|is|has|did|took|made|"
    r"wrote|sat|stood|felt|found|gave|kept|[a-z]+ed)\b)",
)
_PLACE = re.compile(r"\b(?:in|at|near|from|across|toward|towards|into|the)\s+$", re.I)
_PLACES = re.compile(
    r"\b(?:Bay|Street|Road|Islands?|River|Lake|Sea|Ocean|Hill|House|City|Town|Park|Square|Ltd|"
    r"Inc|GmbH|University|Company|Chapter|Part|Section|Figure|Table)$"
)
_CALENDAR = frozenset(
    """
    January February March April May June July August September October November December
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Christmas Easter I Chapter Part
    Section Figure Table Page Volume Book He She It They We You The A An And But Or In On At
    English French German Latin Spanish
    """.split()
)


@dataclass
class Name:
    """A name, how often it is written, where first, and how much it is like a person's."""

    words: str
    count: int = 0
    person: int = 0
    inner: int = 0  # not at the beginning of a sentence, where all words have capitals
    first: Evidence | None = None

    def add(self, other: Name) -> None:
        """Take in another writing of the same name."""
        self.count += other.count
        self.person += other.person
        self.inner += other.inner
        if self.first is None or (other.first and other.first.start < self.first.start):
            self.first = other.first


def names_in(pages: Iterable[dict[str, Any]], document: str) -> list[Name]:
    """The names in reading order of their first mention."""
    found: dict[str, Name] = {}
    small: Counter[str] = Counter()
    for page in pages:
        small.update(fold(word) for word in _SMALL.findall(even(page["text"])))
        for name in _on_page(page, document):
            found.setdefault(name.words, Name(name.words)).add(name)
        if len(found) > LARGEST:
            rare = sorted(found, key=lambda words: found[words].count)[: LARGEST // 2]
            for words in rare:
                del found[words]
    names = _merged(_named(found.values(), small))
    names = [name for name in names if name.inner > 0]
    return sorted(names, key=lambda name: name.first.start if name.first else 0)


def _on_page(page: dict[str, Any], document: str) -> Iterator[Name]:
    """Every name as it stands, leaving out headings, where all words have capitals."""
    text, lines = page["text"], by_line(page)
    evened = even.spans(text)
    for match in _NAME.finditer(evened.text):
        start, end = evened.span(*match.span())
        line = text[text.rfind("\n", 0, start) + 1 : (text + "\n").index("\n", end)].strip()
        if line.startswith("#") or line in titles_in(page["title"]):
            continue
        span = sentence_around(text, start, end, lines)
        words = " ".join(match[0].split())
        before = evened.text[max(match.start() - 30, 0) : match.start()]
        after = evened.text[match.end() : match.end() + 20]
        person = int(bool(_BEFORE.search(before) or re.match(r"(?:Mr|Mrs|Ms|Dr)\.", words)))
        person += bool(_AFTER.match(after.replace("\n", " ")))
        person -= bool(_PLACE.search(before)) + 2 * bool(_PLACES.search(words))
        begins = bool(_BEGINS.search(before)) or start == 0
        yield Name(
            words,
            1,
            person,
            int(not begins or " " in words),
            quote(text, page["start"], span, page, document),
        )


def _named(names: Iterable[Name], small: Counter[str]) -> Iterator[Name]:
    """The names without words that are no names: "Captain Venn" is Venn, "The" is nobody."""
    found: dict[str, Name] = {}
    for name in names:
        words = name.words.split()
        if words[0] in ("Mr.", "Mrs.", "Ms.", "Dr.", "St."):
            words = words[1:]
        while words and (words[0] in _CALENDAR or small[fold(words[0])]):
            titled = len(words) > 1 and words[0] not in _CALENDAR
            name.person += titled and bool(_BEFORE.search(words[0] + " "))
            words = words[1:]
        if words:
            key = " ".join(words)
            found.setdefault(key, Name(key)).add(name)
    yield from found.values()


def _merged(names: Iterable[Name]) -> list[Name]:
    """A part of exactly one longer name is that name."""
    listed = sorted(names, key=lambda name: -len(name.words.split()))
    whole: list[Name] = []
    for name in listed:
        longer = [
            other
            for other in whole
            if other.words.startswith(name.words + " ") or other.words.endswith(" " + name.words)
        ]
        if len(longer) == 1:
            longer[0].add(name)
        else:
            whole.append(name)
    return whole
