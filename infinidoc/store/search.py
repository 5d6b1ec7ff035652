"""Turns what a person asks into a full-text query, and says how passages are selected.

Every word is quoted, so nothing a user types can be FTS5 syntax. Words that carry no
meaning of their own are left out unless nothing else is there. Words are folded, those of
the question and those in the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from infinidoc.text import fold, words_in
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.words import content_words, words

# Words that ask, whatever for.
ASKING = frozenset("tell explain describe please document text book".split())
_ENGLISH = STOP_WORDS["en"]
_LETTER = re.compile(r"(?<![\w'’])[a-z](?![\w'’])")

COLUMNS = (
    'passages.document, passages.page, passages.start, passages."end", passages.line, '
    "passages.text, pages.label, pages.path, pages.title"
)
PLACE = "join pages on pages.document = passages.document and pages.number = passages.page"

# Values: document, first page, last page.
PASSAGES = f"""
select {COLUMNS} from passages {PLACE}
where passages.document = ? and passages.page between ? and ?
order by passages.start
"""


def fts_query(question: str, join: str = " OR ") -> str | None:
    """The question's telling words, any (or all) of them; None if it has no word at all."""
    return join.join(map(quoted, question_words(question))) or None


def any_of(words: Iterable[str]) -> str:
    """The full-text query for any of the words."""
    return " OR ".join(map(quoted, words))


def every_of(words: Iterable[str]) -> str:
    """The full-text query for all of the words."""
    return " AND ".join(map(quoted, words))


def quoted(word: str) -> str:
    """A word as a phrase of its own, which is no syntax whatever it holds."""
    return f'"{word}"'


def question_words(question: str) -> list[str]:
    """The words of a question that mean something on their own, or all if none does; 64 at most.

    A letter by itself is a name ("hepatitis B", "the z axis"), unless an apostrophe cut it off.
    """
    chosen = [w for w in content_words(question) if w not in ASKING]
    chosen += (letter for letter in _LETTER.findall(fold(question)) if letter not in _ENGLISH)
    return (list(dict.fromkeys(chosen)) or words(question))[:64]


def to_index(text: str, within: str = "") -> str | None:
    """The folded text, if its words are other ones than those that FTS5 finds by itself.

    `within`: the words of what it stands in, by which it is to be found, too.
    """
    if within:
        return fold(f"{within}\n{text}")
    folded = None if text.isascii() else fold(text)
    return None if folded is None or words_in(folded) == words_in(text.lower()) else folded
