"""What a question in a conversation is about, when its own words do not say.

Knows words only (English ones): "And why?" and "What about her brother?" are looked up with
the words of the turn before.
"""

from __future__ import annotations

from infinidoc.text.dates import dates
from infinidoc.text.languages import PRONOUNS
from infinidoc.text.names import names_in
from infinidoc.text.words import content_words, words

FEW = 2  # telling words: with a pronoun beside them they mean something said before

_LEADING = frozenset("and but or so then also because else".split())


def follows(question: str) -> bool:
    """Whether the question leans on the one before."""
    spoken, telling = words(question), content_words(question)
    if not telling or spoken[0] in _LEADING | PRONOUNS:
        return True
    if len(telling) == 1 and not (names_in(question) or dates(question)):
        return True
    return len(telling) <= FEW and not PRONOUNS.isdisjoint(spoken)


def search_text(question: str, before: str) -> str:
    """The words to look for: the question's own, and those before it if it needs them."""
    return f"{question} {before}".strip() if follows(question) else question
