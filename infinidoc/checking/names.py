"""Finds names that are spelled nearly alike, and ranks that change on the way.

A slip is rare, and beside a name that is common: Katherine once in a book of Catherine.
Two names that are both common, stand in one sentence, or differ as a plural does are two.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from infinidoc.checking.finding import Finding
from infinidoc.checking.people import CAPITAL, TITLES
from infinidoc.text import fold
from infinidoc.text.edit_distance import distance
from infinidoc.text.page_sentences import Sentence
from infinidoc.text.words import STOP_WORDS

COMMON = 4  # times a name is used before a rare one can be a slip of it
RARE = 0.1  # of the common one's uses

_ADDRESS = {*TITLES, *"Madam Madame Monsieur Mademoiselle Signor Signora Mister Master".split()}
_WORD = re.compile(rf"(?<![\w'’-])(?:{CAPITAL}|[a-z]{{4,}})(?![\w-])")
_RANKS = "Captain Colonel Major General Lieutenant Sergeant Admiral Commander Corporal".split()
_RANKED = re.compile(rf"\b({'|'.join(_RANKS)})\s({CAPITAL}(?:\s{CAPITAL})?)")
_SOUNDS = (
    (r"ph", "f"), (r"ck|qu?|c(?![eiy])", "k"), (r"c(?=[eiy])|z", "s"), (r"x", "ks"),
    (r"th", "t"), (r"(?<!^)h", ""), (r"ie\b|ey\b|y", "i"), (r"(.)\1+", r"\1"), (r"(?<=\w\w)e$", ""),
    (r"ea|ee", "e"), (r"w$", ""),
)  # fmt: skip
_PAIRS = [  # endings that make another name, not another spelling of it
    frozenset(pair.split("/"))
    for pair in (
        "a/o a/e a/ s/ o/ e/ i/ n/ ie/ y/ es/ n/s ia/ in/ an/ ka/a an/en na/an ian/ er/ ish/ ic/"
    ).split()
]
_FOREIGN = [frozenset(pair.split("/")) for pair in "y/i y/ie ie/i e/a".split()]  # Henry, Henri


@dataclass
class _Name:
    first: Sentence
    count: int = 0
    beside: Counter[str] = field(default_factory=Counter)  # the names right before and after it


class Names:
    """How often each capitalised word was met within sentences, and beside which others."""

    def __init__(self) -> None:
        self._names: dict[str, _Name] = {}
        self._plain: set[str] = set()
        self._together: dict[str, set[str]] = defaultdict(set)
        self._ranks: dict[str, list[tuple[str, Sentence]]] = defaultdict(list)

    def read(self, sentence: Sentence) -> None:
        words = list(_WORD.finditer(sentence.text))
        rest = sentence.text.split()[1:]
        shouted = sum(word[0].isupper() for word in rest) > 0.7 * len(rest)  # a heading
        before, end = "", -2
        for match in words:
            word = match[0]
            if word[0].islower():
                self._plain.add(word)
            elif len(word) >= 4 and not shouted and word not in _ADDRESS:
                name = self._names.setdefault(word, _Name(sentence))
                name.count += 1
                if match.start() == end + 1 and before:
                    name.beside[before] += 1
                    self._names[before].beside[word] += 1
                before, end = word, match.end()
        self._note_ranks(sentence)
        capitals = {m[0] for m in words if m[0] in self._names}
        for word in capitals:
            near = {w for w in capitals if w != word and w[:1] == word[:1]}
            if near:
                self._together[word] |= near

    def findings(self) -> Iterator[Finding]:
        plain = self._plain | STOP_WORDS
        names = {word: name for word, name in self._names.items() if fold(word) not in plain}
        common: dict[str, list[str]] = defaultdict(list)  # by how they begin, as one hears it
        for word, name in names.items():
            if name.count >= COMMON:
                common[sound(word)[:1]].append(word)
        for word, name in names.items():
            near = common[sound(word)[:1]]
            best = max(
                (f for other in near if (f := self._slip(word, name, other)) is not None),
                key=lambda finding: finding.confidence,
                default=None,
            )
            if best is not None:
                yield best
        yield from self._changed_ranks()

    def _slip(self, word: str, name: _Name, other: str) -> Finding | None:
        """A finding if `word` may be a slip of the common name `other`."""
        usual = self._names[other]
        if word == other or name.count > max(1, RARE * usual.count):
            return None
        if abs(len(word) - len(other)) > 1 or other in self._together[word]:
            return None
        if distance(word, other, 1) > 1 and not (
            sound(word) == sound(other) and distance(word, other, 2) <= 2
        ):
            return None
        sure = _alike(word, other)
        if set(name.beside) & set(usual.beside):
            sure += 0.2
        elif name.beside and usual.beside:
            sure -= 0.25
        first, second = sorted((usual.first, name.first), key=lambda sentence: sentence.start)
        about = f"{other} ({usual.count} times) or {word} ({name.count})"
        return Finding("name", about, first, second, min(max(sure, 0.1), 0.95))

    def _note_ranks(self, sentence: Sentence) -> None:
        for rank, name in _RANKED.findall(sentence.text):
            seen = self._ranks[name]
            if len(seen) < 2 or seen[-1][0] != rank or seen[-2][0] != rank:
                seen.append((rank, sentence))

    def _changed_ranks(self) -> Iterator[Finding]:
        """A rank between two others that are the same: nobody is promoted and then back."""
        for name, seen in self._ranks.items():
            for (a, _), (b, first), (c, second), (d, _) in zip(
                seen, seen[1:], seen[2:], seen[3:], strict=False
            ):
                if a == b == d != c:
                    about = f"{b} {name} or {c} {name}"
                    yield Finding("title", about, first, second, 0.7)
                    break


def sound(name: str) -> str:
    """A rough key that spellings of one name share: Katherine, Catherine, Kathryn."""
    key = fold(name)
    for pattern, replacement in _SOUNDS:
        key = re.sub(pattern, replacement, key)
    return key


def _alike(word: str, other: str) -> float:
    """How likely two spellings are one name, by where and how they differ."""
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    endings = frozenset((word[start:], other[start:]))
    if endings in _FOREIGN or (endings in _PAIRS and sound(word) != sound(other)):
        return 0.3
    if "s" in endings and "" in endings:
        return 0.2
    if sound(word) == sound(other):
        return 0.75
    if start == 0 or min(len(word), len(other)) < 5:
        return 0.3
    if sorted(word) == sorted(other):
        return 0.65  # two letters swapped
    if len(word) != len(other) and len(other) >= 6 and start + 1 < min(len(word), len(other)):
        return 0.6  # a letter left out, or one too many, within the name
    return 0.5 if len(other) >= 6 else 0.35
