"""What a question in a conversation is about, when its own words do not say.

Knows words only (English ones): "And why?" and "What about her brother?" are looked up with
the words of the turn before.
"""

from __future__ import annotations

from infinidoc.text.words import telling_words, words

FEW = 2  # telling words: with a pronoun beside them they mean something said before

_LEADING = frozenset("and but or so then also because else".split())
_PRONOUNS = frozenset(
    """
    he she it they him her them his hers its their theirs this that these those there one ones
    """.split()
)


def follows(question: str) -> bool:
    """Whether the question leans on the one before."""
    spoken, telling = words(question), telling_words(question)
    if not telling or spoken[0] in _LEADING | _PRONOUNS:
        return True
    if len(telling) == 1 and not _has_name(question):
        return True
    return len(telling) <= FEW and not _PRONOUNS.isdisjoint(spoken)


def search_text(question: str, before: str) -> str:
    """The words to look for: the question's own, and those before it if it needs them."""
    return f"{question} {before}".strip() if follows(question) else question


def _has_name(question: str) -> bool:
    """A capital inside the sentence: such a word needs no other beside it."""
    return any(word[0].isupper() for word in question.split()[1:])
