"""Makes questions of sentences: a name, a number or a date is left out and asked for.

Knows strings only. A sentence is used only if it can be understood alone and the answer
stands nowhere else in it; the answer is always the document's own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.retrieval.page_sentences import Sentence
from infinidoc.studying.terms import Terms
from infinidoc.text import fold, words_in
from infinidoc.text.languages import PRONOUNS
from infinidoc.text.numbers import number

BLANK = "____"

_SHORTEST, _LONGEST = 8, 40  # words
_LEANING = frozenset("his her its their we our my i you your".split())
# Who begins so speaks of what the sentence before says; with a word of _LEANING less so.
_POINTING = (PRONOUNS - _LEANING) | frozenset(
    "then so here both neither another others and but or nor well oh yes no also".split()
)
_NO_PROSE = re.compile(
    r"https?:|[{}<>|=\\]|\.\.\.|…|\t|__|::|\s[,;:.!?](?:\s|$)|\b[A-Z]\.$|(?:\b[A-Z]\.,?\s.*){2}"
)
_SPEECH = re.compile(r"[\"“”«»]|(?:^|\s)['‘]|['’]$|\b[A-Z]\w*:\s|\b(?:I|me|my|you|your)\b")


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


def questions(sentences: Iterable[Sentence], terms: Terms) -> Iterator[Question]:
    """Every question that these sentences can be, in reading order."""
    for sentence in sentences:
        clarity = _clarity(sentence)
        if clarity <= 0:
            continue
        found = list(terms.of(sentence.text))
        known = 1 + 0.15 * min(len(found) - 1, 3)  # the other terms say what is meant
        for term in found:
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
    opening = fold(words[0].strip(",.;:"))
    if opening in _POINTING or not sentence.text[0].isalnum() or sentence.text.endswith("?"):
        return 0.0
    clarity = 0.3 if _SPEECH.search(sentence.text) else 1.0
    return clarity * (0.35 if opening in _LEANING else 1.0)


def _gives_away(sentence: str, answer: str) -> bool:
    """Whether a word of the answer, or its value, stands elsewhere in the sentence."""
    rest = fold(sentence.replace(answer, " ", 1))
    value = number(answer)
    if value is not None and value in map(number, words_in(rest)):  # "Four (4) absences"
        return True
    words = [word for word in words_in(fold(answer)) if len(word) > 2]
    return any(re.search(rf"\b{word}\b", rest) for word in words or [re.escape(fold(answer))])
