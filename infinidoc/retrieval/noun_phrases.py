"""Finds the things a word is said of: "green ledger", "volume ledger-01", "Skerry Islands".

Knows English wording and no grammar: a thing is the word with what stands between it and
its article, or with the number or name behind it. In code and logs, whose lines say
something by themselves, a line without such a name is a thing.
"""

from __future__ import annotations

import re

from infinidoc.retrieval.mentions import Mention, pattern_of
from infinidoc.text import fold
from infinidoc.text.languages import DETERMINERS, STOP_WORDS
from infinidoc.text.numbers import CARDINALS

_DETERMINER = "|".join((*DETERMINERS, *CARDINALS))
_ARTICLE = re.compile(rf"\b(?:{_DETERMINER}|\d+|[\w]+['’]s?)\s+((?:[\w-]+\s+){{1,2}})$", re.I)
_CAPITALS = re.compile(r"(?<=[\w,] )((?:[^\W\d_a-z][^\W\d_]*\s+){1,3})$")
_BEHIND = re.compile(
    r" +(?:(?:called|named|number|no\.?|#)\s+)?"
    r"([\"“][^\"”]{1,60}[\"”]|[\w./-]*\d[\w./-]*\w|\d|/[\w./-]+\w|[A-Z][\w-]+(?: [A-Z][\w-]+)*)"
)
_NO_NAME = frozenset("said same other own whole only first last".split())
_NO_NAME |= STOP_WORDS["en"] | DETERMINERS | CARDINALS.keys()


def noun_phrase(mention: Mention) -> str | None:
    """What the mention is a mention of; None if it is just the word."""
    text = mention.evidence.text
    at = mention.start - mention.evidence.start
    form = re.compile(r"\s+".join(re.escape(word) for word in mention.form.split()))
    written = form.match(text, at)
    end = written.end() if written else at
    name = _front(text[:at])
    behind = _BEHIND.match(text, end)
    if behind:
        return " ".join([*name, mention.form, behind[1]])
    if name:
        return " ".join([*name, mention.form])
    return " ".join(text.split()) if mention.of_line else None


def _front(before: str) -> list[str]:
    """The words between article and noun, or the capitalised words before it inside a sentence."""
    found = _CAPITALS.search(before) or _ARTICLE.search(before)
    words = found[1].split() if found else []
    while words and fold(words[0]) in _NO_NAME:
        words = words[1:]
    verbs = any(re.search(r"[^s]s$", word) for word in words)  # "an API ensures type": or a plural
    return [] if verbs or any(fold(word) in _NO_NAME for word in words) else words


def normal_form(thing: str, head: str) -> str:
    """What two names of one thing have in common: folded, no plural of its head."""
    return " ".join(pattern_of(head).sub(fold(head), fold(thing)).split())
