"""Finds what a sentence says of somebody: age, colours, birth, kin.

Knows strings only: patterns of English with a name at their head. A claim in speech, or by a
pronoun, is worth less than one by name in narration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from infinidoc.checking.people import CAPITAL, NAME, person
from infinidoc.text.page_sentences import Sentence
from infinidoc.text.values import number

_COLOURS = {
    "blue": "blue", "grey": "grey", "gray": "grey", "green": "green", "brown": "brown",
    "hazel": "hazel", "black": "black", "amber": "amber", "violet": "violet", "dark": "dark",
    "blond": "fair", "blonde": "fair", "fair": "fair", "golden": "fair", "flaxen": "fair",
    "yellow": "fair", "sandy": "fair", "red": "red", "ginger": "red", "auburn": "red",
    "chestnut": "brown", "white": "white", "silver": "white", "silvery": "white",
}  # fmt: skip
_SUBJECT = rf"(?P<name>{NAME})"
_WHO = rf"(?:{_SUBJECT}(?:['’]s?)|\b(?P<pronoun>[Hh]is|[Hh]er))"
_SHADE = r"(?:\w+[\s,-]+(?:and\s)?){0,2}?"
_COLOUR = rf"(?P<colour>{'|'.join(_COLOURS)})"
_AGE = r"(?P<age>\d{1,3}|[a-z]+(?:-[a-z]+)?)"
# "was a tall man": what may stand between a person and what he has, and nobody else in it.
_LOOKS = (
    r"(?:(?!(?:to|by|at|with|of|near|from|like|up?on|in|for|whose|who|her|his)\b)[\w-]+,?\s){1,6}"
)
_KIN = (
    "brother sister son daughter father mother husband wife uncle aunt nephew niece cousin "
    "grandfather grandmother grandson granddaughter"
).split()
_KINSHIP = rf"(?P<kin>{'|'.join(_KIN)})(?!-in-law)"
_OTHER = rf"(?P<other>{NAME})"
_PLACE = rf"(?P<place>{CAPITAL}(?:\s{CAPITAL})*)"
_IS = r"(?:who\s)?(?:was|is|had\sbeen)?"
_BORN = rf"{_SUBJECT},?\s{_IS}\s?born"
_ADVERB = r"(?:only|just|now|already|about|nearly|almost|not yet|barely|then)?\s?"


@dataclass(frozen=True)
class Claim:
    """`subject` is said to be of this `value` in this respect (`kind`).

    `pronoun`: `he` or `she` if the subject is only the one name the sentence has.
    """

    kind: str
    subject: str
    value: str
    sentence: Sentence
    worth: float
    pronoun: str | None = None
    other: str | None = None  # of kinship: whose
    shifted: bool = False  # the sentence speaks of another time than it is told in


_PATTERNS: list[tuple[str, str, float]] = [
    ("eyes", rf"{_WHO}\s{_SHADE}{_COLOUR}(?:[\s-]\w+)?\seyes\b", 1.0),
    ("eyes", rf"{_WHO}\s(?:\w+\s)?eyes,?\s(?:were|are)\s{_SHADE}{_COLOUR}\b", 1.0),
    ("eyes", rf"{_SUBJECT}\s(?:had|has)\s{_SHADE}{_COLOUR}(?:[\s-]\w+)?\seyes\b", 1.0),
    ("eyes", rf"{_SUBJECT}\s(?:was|is)\s{_LOOKS}with\s{_SHADE}{_COLOUR}(?:[\s-]\w+)?\seyes\b", 0.9),
    ("eyes", rf"{_SUBJECT},\swhose\s(?:\w+\s)?eyes\s(?:were|are)\s{_SHADE}{_COLOUR}\b", 1.0),
    ("eyes", rf"\b{_COLOUR}-eyed\s{_SUBJECT}", 0.9),
    ("eyes", rf"\b{_COLOUR}\seyes\sof\s{_SUBJECT}", 0.9),
    ("hair", rf"{_WHO}\s{_SHADE}{_COLOUR}(?:[\s-]\w+)?\shair\b", 1.0),
    ("hair", rf"{_WHO}\s(?:\w+\s)?hair,?\s(?:was|is)\s{_SHADE}{_COLOUR}\b", 1.0),
    ("hair", rf"{_SUBJECT}\s(?:had|has)\s{_SHADE}{_COLOUR}(?:[\s-]\w+)?\shair\b", 1.0),
    ("hair", rf"{_SUBJECT}\s(?:was|is)\s{_LOOKS}with\s{_SHADE}{_COLOUR}(?:[\s-]\w+)?\shair\b", 0.9),
    ("hair", rf"{_SUBJECT},\swhose\s(?:\w+\s)?hair\s(?:was|is)\s{_SHADE}{_COLOUR}\b", 1.0),
    ("hair", rf"\b{_COLOUR}-haired\s{_SUBJECT}", 0.9),
    ("age", rf"{_SUBJECT}\s(?:was|is)\s{_ADVERB}{_AGE}(?:\syears\s(?:old|of\sage))\b", 1.0),
    (
        "age",
        rf"{_SUBJECT}\s(?:was|is)\s{_ADVERB}{_AGE}(?=[.,;!?—]|\s(?:that|this|and|but|in|on|when)\b)",
        0.9,
    ),
    ("age", rf"{_SUBJECT},\s(?:who\s(?:was|is)\s)?(?:aged\s)?{_AGE}(?:\syears\sold)?,", 0.9),
    ("age", rf"{_SUBJECT}\s(?:had\s)?(?:just\s)?turned\s{_AGE}\b", 0.9),
    ("age", rf"\b{_AGE}-year-old\s{_SUBJECT}", 1.0),
    ("age", rf"\b[Aa]t\s{_AGE},\s{_SUBJECT}\s(?:was|is)\b", 0.9),
    ("birthplace", rf"{_BORN}\s(?:in|at)\s{_PLACE}", 1.0),
    ("birthplace", rf"{_SUBJECT}\s(?:was|is)\sa\snative\sof\s{_PLACE}", 1.0),
    ("birth year", rf"{_BORN}\s(?:\w+\s){{0,5}}?in\s(?P<year>1\d{{3}}|20\d\d)\b", 1.0),
    ("home", rf"{_SUBJECT}\s(?:lived|lives)\s(?:in|at)\s{_PLACE}", 0.5),
    ("kin", rf"{_SUBJECT},?\s{_IS}\s?(?:the\s)?(?:\w+\s)?{_KINSHIP}\sof\s{_OTHER}", 1.0),
    ("kin", rf"{_SUBJECT}\s(?:was|is)\s{_OTHER}['’]s?\s(?:\w+\s)?{_KINSHIP}\b", 1.0),
    ("kin", rf"{_SUBJECT},\s{_OTHER}['’]s?\s(?:\w+\s)?{_KINSHIP},", 0.9),
    ("kin", rf"{_OTHER}['’]s?\s(?:\w+\s)?{_KINSHIP},?\s{_SUBJECT}", 0.9),
    ("kin", rf"{_OTHER}\s(?:had|has)\san?\s{_KINSHIP},?\s(?:called|named)\s{_SUBJECT}", 1.0),
]  # fmt: skip
_COMPILED = [(kind, re.compile(pattern), worth) for kind, pattern, worth in _PATTERNS]
_TRIGGERS = {
    "eyes": re.compile(r"\beye[sd]\b"),
    "hair": re.compile(r"\bhair(?:ed)?\b"),
    "age": re.compile(r"\b(?:was|is|aged|turned)\b|-year-old|,\s[\w-]+,"),
    "birthplace": re.compile(r"\bborn\b|\bnative\b"),
    "birth year": re.compile(r"\bborn\b"),
    "home": re.compile(r"\blive[ds]\b"),
    "kin": re.compile(r"\b(?:" + "|".join(_KIN) + r")\b"),
}
_SHIFT = re.compile(
    r"\b(?:when|had been|would be|will be|if|until|before|years? (?:ago|earlier|before)|was to be|"
    r"once|thought|seemed|looked|as if|dyed|dreamed|might|not)\b",
    re.I,
)


def claims(sentence: Sentence, narration: str, names: list[str]) -> Iterator[Claim]:
    """What the sentence says of its persons. `narration`: its text without speech."""
    text = sentence.text
    near = [kind for kind, trigger in _TRIGGERS.items() if trigger.search(text)]
    for kind, pattern, worth in _COMPILED:
        if kind not in near:
            continue
        for match in pattern.finditer(text):
            told = narration[match.start() : match.end()] == match[0]
            claim = _claim(kind, match, sentence, worth if told else 0.7 * worth, names)
            if claim is not None and (told or claim.pronoun is None):
                yield claim


def _claim(
    kind: str, match: re.Match[str], sentence: Sentence, worth: float, names: list[str]
) -> Claim | None:
    groups = match.groupdict()
    subject, pronoun = person(groups.get("name") or ""), None
    if groups.get("pronoun"):
        alone = set(names)
        if len(alone) != 1:
            return None
        (subject,) = alone
        pronoun = "he" if groups["pronoun"].lower() == "his" else "she"
        worth *= 0.75
    value = _value(kind, groups)
    if subject is None or value is None:
        return None
    shifted = _SHIFT.search(sentence.text) is not None
    claim = Claim(kind, subject, value, sentence, worth, pronoun, shifted=shifted)
    if kind != "kin":
        return claim
    other = person(groups["other"])
    return None if other is None or other == subject else replace(claim, other=other)


def _value(kind: str, groups: dict[str, str | None]) -> str | None:
    if kind in ("eyes", "hair"):
        return _COLOURS[groups["colour"] or ""]
    if kind == "age":
        age = number(groups["age"] or "")
        is_ordinal = re.search(r"(?:st|nd|rd|th|second|third|ond)$", groups["age"] or "")
        return f"{age:.0f}" if age is not None and 1 <= age <= 115 and not is_ordinal else None
    if kind in ("birthplace", "home"):
        return person(groups["place"] or "")
    return groups.get("year") or groups.get("kin")
