"""Makes questions of sentences: a telling term is left out and asked for.

Knows strings only. A sentence is used only if it can be understood alone and the answer
stands nowhere else in it; the answer is always the document's own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.studying.terms import Vocabulary
from infinidoc.text import fold, words_in
from infinidoc.text.page_sentences import Sentence

BLANK = "____"

_SHORTEST, _LONGEST = 6, 45  # words
_LEANING = frozenset(  # a sentence that begins so leans on the one before it
    """
    he she it they this that these those there his her its their we i you such then so here
    both neither another others one
    """.split()
)
_NO_PROSE = re.compile(r"https?:|[{}<>|=\\]|\.\.\.|…|\t|__")
_SPEECH = re.compile(r"[\"“”«»]|(?:^|\s)['‘]")


@dataclass(frozen=True)
class Question:
    """A question with its answer; `start`, `end`: where its sentence stands."""

    question: str
    answer: str
    kind: str
    page: int
    start: int
    end: int
    score: float = 0.0

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Question:
        """The question that was asked in a reply."""
        return cls(**{key: row[key] for key in KEPT})


KEPT = ("question", "answer", "kind", "page", "start", "end")


def questions(sentences: Iterable[Sentence], vocabulary: Vocabulary) -> Iterator[Question]:
    """Every question that these sentences can be, in reading order."""
    for sentence in sentences:
        clarity = _clarity(sentence)
        if clarity <= 0:
            continue
        terms = list(vocabulary.terms(sentence.text))
        known = 1 + 0.15 * min(len(terms) - 1, 3)  # the other terms say what is meant
        for term in terms:
            if _gives_away(sentence.text, term.text):
                continue
            text = re.sub(rf"(?<!\w){re.escape(term.text)}(?!\w)", BLANK, sentence.text)
            place = (sentence.page, sentence.start, sentence.end)
            yield Question(text, term.text, term.kind, *place, term.weight * clarity * known)


def _clarity(sentence: Sentence) -> float:
    """How well a sentence can be understood alone; 0: not at all."""
    words = sentence.text.split()
    if not sentence.whole or not _SHORTEST <= len(words) <= _LONGEST:
        return 0.0
    letters = sum(mark.isalpha() or mark.isspace() for mark in sentence.text)
    if _NO_PROSE.search(sentence.text) or letters < 0.8 * len(sentence.text):
        return 0.0
    clarity = 0.3 if _SPEECH.search(sentence.text) or sentence.text.endswith("?") else 1.0
    opening = {fold(word.strip(",.;:")) for word in words[:2]}
    return clarity * (0.35 if opening & _LEANING else 1.0)


def _gives_away(sentence: str, answer: str) -> bool:
    """Whether a word of the answer stands elsewhere in the sentence."""
    rest = fold(sentence.replace(answer, " ", 1))
    words = [word for word in words_in(fold(answer)) if len(word) > 2]
    return any(re.search(rf"\b{word}\b", rest) for word in words or [re.escape(fold(answer))])
