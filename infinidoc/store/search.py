"""Turns what a person asks into a full-text query.

Every word is quoted, so nothing a user types can be FTS5 syntax. Words that carry no
meaning of their own are left out unless nothing else is there.
"""

from __future__ import annotations

import re

STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be because been before being but by can
    could did do does for from had has have he her hers him his how i if in into is it its
    just may me might more most my no not of on or our out over own she should so some such
    than that the their them then there these they this those to too under until up very was
    we were what when where which while who whom whose why will with would you your tell
    explain describe please document text book
    """.split()
)
_WORD = re.compile(r"\w+", re.UNICODE)


def fts_query(question: str) -> str | None:
    """An OR of the question's telling words; None if it has no word at all."""
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))
    telling = [word for word in words if word not in STOP_WORDS and len(word) > 1]
    chosen = telling or words
    if not chosen:
        return None
    return " OR ".join(f'"{word}"' for word in chosen[:64])
