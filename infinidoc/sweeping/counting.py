"""Counts: how often words are written, how many parts there are, how many things.

What is written or marked is counted exactly. How many things there are is what the text says,
read by the model, beside the exact count of the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from infinidoc.answering.confidence import at_most
from infinidoc.answering.result import Answer
from infinidoc.grounding.agreement import values
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.retrieval.evidence import Evidence, Finding, places_in_words
from infinidoc.retrieval.mentions import forms_in_words
from infinidoc.sweeping import structure
from infinidoc.sweeping.search import FOUND, READ_AT_MOST, SHOWN, DocumentSearch
from infinidoc.text.phrases import times

# The number of a heading or of an item: it says how it is called, not how many there are.
_NUMBERED = re.compile(
    r"^[ \t]*(?:(?:#+[ \t]*)?\d+(?:\.\d+)*[.)][ \t]|#+[ \t]*\w+[ \t]*[-–—:.])", re.MULTILINE
)


def count_parts(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """How many pages, chapters, files, words."""
    noun = kind.subject
    if noun in ("words", "lines"):
        said: str | None = f"{structure.words_or_lines(noun, search.texts()):,} {noun}"
    else:
        said = structure.counted(noun, search.pages, search.document["kind"])
    if said:
        yield _counted(search, said)


def _counted(search: DocumentSearch, said: str) -> Finding:
    border = f" up to {search.last_place}" if search.last else ""
    return Finding(f"{said}{border}.", (), 1.0)


def count_mentions(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """How often the words are written, where, and in which forms."""
    places: dict[tuple[int, int | None], Evidence] = {}
    forms: list[str] = []
    for mention in search.mentions(kind.subject):
        forms.append(mention.form)
        places.setdefault((mention.evidence.page, mention.evidence.line), mention.evidence)
    if forms:
        shown = list(places.values())
        where = places_in_words(shown, search.pages)
        said = f"{times(len(forms)).capitalize()}, {where} ({search.searched()})."
        said += f" Counted: {forms_in_words(forms)}."
        yield Finding(said, tuple(shown[:SHOWN]), 1.0)


def count_items(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """As many as the source numbers; else a number the text gives, and how often the word is
    written."""
    if said := structure.numbered(kind.subject, search.pages, search.texts()):
        yield _counted(search, said)
        return
    given = _number_read(search)
    if given is not None:
        yield given
    for one in count_mentions(search, kind):
        said = f'The word "{kind.subject}" is written {one.text[0].lower()}{one.text[1:]}'
        yield Finding(said, one.evidence, FOUND if given is None else 0.0)


def _number_read(search: DocumentSearch) -> Finding | None:
    """What the model answers, as sure as it is of it, if that is a number that stands in its
    passages."""
    read = search.read(search.query.question)
    answer = read.answer.rstrip(".")
    if not read.found or not values(answer) or _is_number_of_heading(read, answer):
        return None
    holds = [p for p in read.evidence if values(answer) <= values(p.text)]
    said = at_most(READ_AT_MOST, read.confidence)
    return Finding(f"{answer} {holds[0].cited()}. ", (holds[0],), said) if holds else None


def _is_number_of_heading(read: Answer, answer: str) -> bool:
    """Whether what is cited for a number has it only before a heading or an item."""
    cited = [citation["text"] for citation in read.citations]
    return bool(cited) and not any(
        values(answer) <= values(_NUMBERED.sub("", text)) for text in cited
    )
