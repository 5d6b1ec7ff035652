"""Finds the things a word is said of: "green ledger", "volume ledger-01", "Skerry Islands".

Knows English wording and no grammar: a thing is the word with what stands between it and
its article, or with the number or name behind it. In code and logs, whose lines say
something by themselves, a line without such a name is a thing.
"""

from __future__ import annotations

import re

from infinidoc.retrieval.mentions import Mention, pattern_of
from infinidoc.text import fold

_ARTICLE = re.compile(
    r"\b(?:the|a|an|this|that|these|those|his|her|its|their|our|my|your|every|each|another|some|"
    r"no|any|one|two|three|four|five|six|seven|eight|nine|ten|\d+|[\w]+['’]s?)\s+"
    r"((?:[\w-]+\s+){1,3})$",
    re.I,
)
_CAPITALS = re.compile(r"(?<!\w)((?:[^\W\d_a-z][^\W\d_]*\s+){1,3})$")
_BEHIND = re.compile(
    r" +(?:(?:called|named|number|no\.?|#)\s+)?"
    r"([\"“][^\"”]{1,60}[\"”]|[\w./-]*\d[\w./-]*\w|\d|/[\w./-]+\w|[A-Z][\w-]+(?: [A-Z][\w-]+)*)"
)
_NO_NAME = frozenset(
    """
    the a an and or of in on at to by for from with is was are were had has said his her its
    their who that which as but not it he she they one same other own whole only very first last
    """.split()
)


def thing_of(mention: Mention) -> str | None:
    """What the mention is a mention of; None if it is just the word."""
    text = mention.evidence.text
    at = mention.start - mention.evidence.start
    end = at + len(re.match(_spaced(mention.form), text[at:])[0])  # type: ignore[index]
    name = _front(text[:at])
    behind = _BEHIND.match(text, end)
    if behind:
        return " ".join([*name, mention.form, behind[1]])
    if name:
        return " ".join([*name, mention.form])
    return " ".join(text.split()) if mention.of_line else None


def _spaced(form: str) -> str:
    return r"\s+".join(re.escape(word) for word in form.split())


def _front(before: str) -> list[str]:
    """The words between article and noun, or the capitalised words before it."""
    found = _CAPITALS.search(before) or _ARTICLE.search(before)
    words = found[1].split() if found else []
    while words and fold(words[0]) in _NO_NAME:
        words = words[1:]
    return [] if any(fold(word) in _NO_NAME for word in words) else words


def same_thing(thing: str, head: str) -> str:
    """What two names of one thing have in common: folded, no plural of its head."""
    return " ".join(pattern_of(head).sub(fold(head), fold(thing)).split())
