"""Who a name means: forms of one name brought together, and he or she told from the text.

Knows strings only. Two names are taken for one person where one is a part of the other and
nobody else has that part; in doubt they are two.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from infinidoc.text import fold
from infinidoc.text.words import STOP_WORDS

CAPITAL = r"[A-ZÀ-ÖØ-Þ][a-zß-ÿ]+(?:[-’'][A-ZÀ-ÖØ-Þ][a-zß-ÿ]+)*"
TITLES = (
    "Mr Mrs Ms Miss Dr Sir Lady Lord Captain Capt Colonel Col Major General Lieutenant Sergeant "
    "Admiral Commander Corporal Inspector Doctor Professor Uncle Aunt King Queen Prince Princess"
).split()
NAME = rf"(?:(?:{'|'.join(TITLES)})\.?\s)?{CAPITAL}(?:\s(?:[A-Z]\.\s)?{CAPITAL}){{0,2}}"
_SHE = frozenset("Mrs Ms Miss Lady Aunt Queen Princess".split())
_HE = frozenset("Mr Sir Lord Uncle King Prince".split())
_PRONOUN = re.compile(r"\b(?:(he|him|his|himself)|(she|her|hers|herself))\b", re.I)
_NO_NAMES = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
    July August September October November December God Christmas Easter English French German
    Chapter Yes Oh Ah Well Now Perhaps Nobody Everybody Somebody Nothing Everything Something
    Young Old Poor Little Dear Even Still Only Never Once Though Although Since Until Let Say
    """.split()
)


def person(text: str) -> str | None:
    """The name in `text` without what only begins a sentence; None if nothing is left."""
    words = text.replace(".", "").split()
    while words and (fold(words[0]) in STOP_WORDS or words[0] in _NO_NAMES):
        words.pop(0)
    while words and words[-1] in _NO_NAMES:
        words.pop()
    if not words or all(word in TITLES for word in words):
        return None
    return " ".join(words)


def bare(name: str) -> list[str]:
    """The words of a name without its titles."""
    return [word for word in name.split() if word not in TITLES]


class People:
    """The persons of a text: which names there are, and which pronoun goes with each."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.pronouns: dict[str, Counter[str]] = defaultdict(Counter)
        self._by_word: dict[str, set[str]] = defaultdict(set)

    def read(self, text: str, found: list[str]) -> None:
        """Take note of the names in a sentence; a lone one goes with its pronouns."""
        for name in found:
            self.names[name] += 1
            for word in bare(name):
                self._by_word[word].add(name)
        if len(set(found)) == 1:
            for match in _PRONOUN.finditer(text):
                self.pronouns[found[0]]["he" if match[1] else "she"] += 1

    def sex(self, name: str) -> str | None:
        """`he` or `she`, where the title or the text says so clearly."""
        title = name.split()[0]
        if title in _SHE or title in _HE:
            return "she" if title in _SHE else "he"
        said = sum((self.pronouns[n] for n in self._forms(name)), Counter[str]())
        he, she = said["he"], said["she"]
        if he + she < 3 or min(he, she) * 4 > max(he, she):
            return None
        return "he" if he > she else "she"

    def _forms(self, name: str) -> set[str]:
        words = bare(name)
        near = set().union(*(self._by_word.get(word, set()) for word in words))
        return {other for other in near if self.same(name, other)} | {name}

    def same(self, one: str, other: str) -> bool:
        """Whether both names mean one person, as far as the names alone can tell."""
        a, b = bare(one), bare(other)
        if {one.split()[0], other.split()[0]} & _SHE and _titles_differ(one, other):
            return False
        if a == b:
            return not _titles_differ(one, other)
        short, long = sorted((a, b), key=len)
        if not short or not set(short) < set(long):
            return False
        return self._alone(short, long)

    def _alone(self, short: list[str], long: list[str]) -> bool:
        """Whether no other full name has the short one's words."""
        shared: set[str] = set.intersection(*(self._by_word.get(word, set()) for word in short))
        full = {" ".join(bare(name)) for name in shared if len(bare(name)) > len(short)}
        return all(
            set(name.split()) <= set(long) or set(long) <= set(name.split()) for name in full
        )


def _titles_differ(one: str, other: str) -> bool:
    """Mrs. Venn is not Mr. Venn; whether Captain Venn is Venn, the titles do not say."""
    a, b = (name.split()[0] if name.split()[0] in TITLES else None for name in (one, other))
    return a != b and bool({a, b} & (_SHE | _HE))
