"""The words of a text, folded, and which of them mean something on their own.

Knows strings; the list of stop words is English.
"""

from __future__ import annotations

from infinidoc.text.folding import fold, words_in

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


def words(question: str) -> list[str]:
    """The words in it, each once, folded."""
    return list(dict.fromkeys(words_in(fold(question))))


def telling_words(question: str) -> list[str]:
    """Those that mean something on their own."""
    return [word for word in words(question) if word not in STOP_WORDS and _tells(word)]


def _tells(word: str) -> bool:
    """A lone Latin letter tells nothing; a digit ("rule 7") or an ideograph does."""
    return len(word) > 1 or not (word.isascii() and word.isalpha())
