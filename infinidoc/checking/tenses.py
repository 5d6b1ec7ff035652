"""Finds chapters that are told in another tense than the rest.

Counts common verbs outside quotation marks whose past and present differ. Keeps two numbers
and two sentences a chapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infinidoc.checking.finding import Finding
from infinidoc.text.page_sentences import Sentence

_PAST = (
    "was were had did said went came saw took looked asked thought knew stood sat made gave told "
    "felt heard began turned seemed wanted left kept got found walked ran smiled spoke"
).split()
_PRESENT = (
    "is are has does says goes comes sees takes looks asks thinks knows stands sits makes gives "
    "tells feels hears begins turns seems wants leaves keeps gets finds walks runs smiles speaks"
).split()
_VERB = re.compile(rf"\b(?:(?P<past>{'|'.join(_PAST)})|(?:{'|'.join(_PRESENT)}))\b")
_FEWEST = 25  # verbs in a chapter that says anything
_APART = re.compile(r"\b(?:preface|introduction|foreword|notes?|appendix|index|contents)\b", re.I)


@dataclass
class _Chapter:
    title: str | None
    past: int = 0
    present: int = 0
    in_past: Sentence | None = None
    in_present: Sentence | None = None

    @property
    def share(self) -> float:
        """How much of it is told in the past."""
        return self.past / (self.past + self.present)


class Tenses:
    """The tense of each chapter; a chapter is what has one title."""

    def __init__(self) -> None:
        self._chapters: list[_Chapter] = []

    def read(self, sentence: Sentence, narration: str) -> None:
        if not self._chapters or self._chapters[-1].title != sentence.title:
            self._chapters.append(_Chapter(sentence.title))
        chapter = self._chapters[-1]
        for match in _VERB.finditer(narration):
            if match["past"]:
                chapter.past += 1
                chapter.in_past = chapter.in_past or sentence
            else:
                chapter.present += 1
                chapter.in_present = chapter.in_present or sentence

    def findings(self) -> Iterator[Finding]:
        told = [c for c in self._chapters if c.past + c.present >= _FEWEST]
        if any(chapter.title for chapter in told):  # what has no title then stands before them
            told = [c for c in told if c.title and not _APART.search(c.title)]
        past = [chapter for chapter in told if chapter.share > 0.75]
        present = [chapter for chapter in told if chapter.share < 0.25]
        most, other = (past, present) if len(past) >= len(present) else (present, past)
        if len(told) < 3 or len(most) < 0.75 * len(told):
            return  # it has no one tense
        for chapter in other:
            yield _finding(most[0], chapter, "past" if most is past else "present")


def _finding(usual: _Chapter, chapter: _Chapter, tense: str) -> Finding:
    is_past = tense == "past"
    first = usual.in_past if is_past else usual.in_present
    second = chapter.in_present if is_past else chapter.in_past
    assert first is not None
    assert second is not None
    about = f"{chapter.title or 'this part'} is not told in the {tense} tense as the rest is"
    first, second = sorted((first, second), key=lambda sentence: sentence.start)
    return Finding("tense", about, first, second, 0.8)
