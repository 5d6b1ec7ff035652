"""Compares what is said of each person: what cannot both be true is a finding.

Keeps the first claim of each value per person, so its memory grows with the persons of a
text and not with its length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from infinidoc.checking.claims import Claim, claims
from infinidoc.checking.finding import Finding
from infinidoc.checking.people import NAME, People, person
from infinidoc.text.page_sentences import Sentence

_NAMES = re.compile(NAME)
_TIME = re.compile(
    r"\b(?:years?|months)\s(?:later|after|afterwards?|passed|went|had\s(?:passed|gone))\b|\bbirthday\b"
    r"|\byears\sof\b|\bnext\s(?:year|spring|summer|autumn|winter)\b|\b1[5-9]\d\d\b|\b20\d\d\b",
    re.I,
)
# Colours that one pair of eyes or one head of hair may well have in two descriptions.
_NEAR = {
    frozenset(pair.split("/"))
    for pair in (
        "dark/brown dark/black dark/grey dark/blue dark/hazel dark/violet brown/black brown/hazel "
        "hazel/green hazel/grey hazel/amber brown/amber blue/grey grey/green blue/violet fair/red "
        "red/brown dark/red dark/green fair/brown grey/white black/grey dark/white"
    ).split()
}
_AGING = frozenset(("grey", "white"))
_LINE = {
    **dict.fromkeys(("brother", "sister"), "sibling"),
    **dict.fromkeys(("son", "daughter"), "child"),
    **dict.fromkeys(("father", "mother"), "parent"),
    **dict.fromkeys(("husband", "wife"), "spouse"),
    **dict.fromkeys(("uncle", "aunt"), "uncle"),
    **dict.fromkeys(("nephew", "niece"), "nephew"),
    **dict.fromkeys(("grandfather", "grandmother"), "grandparent"),
    **dict.fromkeys(("grandson", "granddaughter"), "grandchild"),
}
_INVERSE = {"child": "parent", "parent": "child", "uncle": "nephew", "nephew": "uncle"}
_INVERSE |= {"grandparent": "grandchild", "grandchild": "grandparent"}
_ONLY = ("father", "mother")  # of whom everybody has one


class Facts:
    """What was said of whom so far; `findings` compares it."""

    def __init__(self) -> None:
        self.people = People()
        self._claims: dict[tuple[str, str], list[tuple[Claim, int]]] = defaultdict(list)
        self._time = 0  # how often time was said to pass

    def read(self, sentence: Sentence, narration: str) -> None:
        found = [person(name) for name in _NAMES.findall(sentence.text)]
        names = [name for name in found if name is not None]
        self.people.read(sentence.text, names)
        self._time += len(_TIME.findall(sentence.text))
        for claim in claims(sentence, narration, names) if names else ():
            kept = self._claims[claim.kind, claim.subject]
            same = [old for old, _ in kept if (old.value, old.other) == (claim.value, claim.other)]
            if len(same) < 2:
                kept.append((claim, self._time))

    def findings(self) -> Iterator[Finding]:
        for kind in sorted({kind for kind, _ in self._claims}):
            if kind == "kin":
                yield from self._kin()
            else:
                yield from self._traits(kind)

    def _traits(self, kind: str) -> Iterator[Finding]:
        """The surest contradiction per person."""
        for person_claims in self._persons(kind):
            pairs = [
                found
                for one, two in combinations(person_claims, 2)
                if (found := self._pair(kind, one, two)) is not None
            ]
            if pairs:
                yield max(pairs, key=lambda finding: finding.confidence)

    def _persons(self, kind: str) -> Iterator[list[tuple[Claim, int]]]:
        """The claims of a kind, those of one person together."""
        groups: list[tuple[str, list[tuple[Claim, int]]]] = []
        subjects = [subject for k, subject in self._claims if k == kind]
        for subject in sorted(subjects, key=lambda name: -len(name)):
            own = [c for c in self._claims[kind, subject] if self._fits(c[0])]
            home = next((g for name, g in groups if self.people.same(name, subject)), None)
            if home is None:
                groups.append((subject, list(own)))
            else:
                home.extend(own)
        for _, group in groups:
            yield sorted(group, key=lambda pair: pair[0].sentence.start)

    def _fits(self, claim: Claim) -> bool:
        """Whether a claim by pronoun can be about the one name of its sentence."""
        return claim.pronoun is None or self.people.sex(claim.subject) == claim.pronoun

    def _pair(self, kind: str, one: tuple[Claim, int], two: tuple[Claim, int]) -> Finding | None:
        (first, before), (second, after) = one, two
        if first.value == second.value or first.sentence == second.sentence:
            return None
        sure = min(first.worth, second.worth)
        if kind == "age":
            sure *= _ages(first, second, after - before)
        elif kind in ("eyes", "hair"):
            sure *= _colours(kind, first, second)
        elif kind in ("birthplace", "home"):
            sure *= 0.75
        else:
            sure *= 0.95
        if sure <= 0:
            return None
        about = f"{_longer(first, second)}: {kind} {first.value} or {second.value}"
        return Finding(kind, about, first.sentence, second.sentence, sure)

    def _kin(self) -> Iterator[Finding]:
        """One pair of persons in two relations, or one person with two fathers."""
        said: dict[frozenset[str], Claim] = {}
        only: dict[tuple[str, str], Claim] = {}
        everything = [
            claim for key, kept in self._claims.items() if key[0] == "kin" for claim, _ in kept
        ]
        for claim in sorted(everything, key=lambda claim: claim.sentence.start):
            assert claim.other is not None
            pair = frozenset((claim.subject, claim.other))
            old = said.setdefault(pair, claim)
            if old is not claim and _line(old, claim.subject) != _line(claim, claim.subject):
                yield _kin_finding(old, claim, 0.85)
                continue
            if claim.value not in _ONLY:
                continue
            old = only.setdefault((claim.value, claim.other), claim)
            if old is not claim and not self.people.same(old.subject, claim.subject):
                shared = set(old.subject.split()) & set(claim.subject.split())
                if not shared:
                    yield _kin_finding(old, claim, 0.7)


def _line(claim: Claim, of: str) -> str:
    """What `of` is to the other one of the pair."""
    line = _LINE.get(claim.value, claim.value)
    return line if claim.subject == of else _INVERSE.get(line, line)


def _kin_finding(old: Claim, new: Claim, sure: float) -> Finding:
    about = (
        f"{old.subject}, {old.value} of {old.other}, or {new.subject}, {new.value} of {new.other}"
    )
    return Finding("kin", about, old.sentence, new.sentence, sure * min(old.worth, new.worth))


def _ages(first: Claim, second: Claim, time: int) -> float:
    """Nobody grows younger; growing older takes time, which the text may have said."""
    if first.shifted or second.shifted:
        return 0.35
    years = int(second.value) - int(first.value)
    if years < 0:
        return 0.9
    if first.sentence.title == second.sentence.title and time == 0:
        return 0.8
    return 0.7 if time == 0 and years > 2 else 0.35


def _colours(kind: str, first: Claim, second: Claim) -> float:
    colours = frozenset((first.value, second.value))
    if colours in _NEAR:
        return 0.3
    if kind == "hair" and colours & _AGING:
        return 0.4
    return 0.6 if first.shifted or second.shifted else 0.9


def _longer(first: Claim, second: Claim) -> str:
    return max(first.subject, second.subject, key=len)
