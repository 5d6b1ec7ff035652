"""Lists: the parts of a document, the names in it, the things that a word is said of."""

from __future__ import annotations

from collections.abc import Iterator

from infinidoc.answering.confidence import at_most
from infinidoc.grounding.agreement import said_before
from infinidoc.grounding.grounding import supported
from infinidoc.questions.question_kinds import QuestionKind, is_clause
from infinidoc.retrieval.evidence import Finding, evidence_of
from infinidoc.retrieval.mentions import forms_in_words, pattern_of
from infinidoc.retrieval.noun_phrases import normal_form, noun_phrase
from infinidoc.retrieval.proper_names import names_on
from infinidoc.sweeping import structure
from infinidoc.sweeping.search import FOUND, READ_AT_MOST, DocumentSearch, place_of_page
from infinidoc.text import fold
from infinidoc.text.phrases import amount, shortened, times
from infinidoc.text.titles import is_bare_heading

LISTED = 60  # things and names listed
NAMES = 24  # names listed, those written most often


def list_parts(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The chapters or files with the pages where they begin."""
    parts = structure.parts_of(kind.subject, search.pages)
    for page in parts:
        place = "" if page["path"] else f" [{place_of_page(page)}]"
        yield Finding(f"{structure.title_of(page)}{place}\n", (), 1.0)
    if parts:
        yield Finding(f"({amount(len(parts), kind.subject[:-1])}; {search.searched()})")


def list_names(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The names that are written most often, of people and of all else, in reading order."""
    names = names_on(search.texts())
    kept = sorted(names, key=lambda name: -name.count)[:NAMES]
    if names and kind.name == "count":
        yield Finding(f"{amount(len(names), 'name')}, of people and of all else:\n", (), FOUND)
    for name in [name for name in names if name in kept]:
        first = evidence_of(vars(name.first), search.document, 1.0)
        said = f"{name.words}, {times(name.count)}, first: {shortened(first.text)} {first.cited()}"
        yield Finding(f"{said}\n", (first,), FOUND)
    if len(names) > len(kept):
        yield Finding(f"and {len(names) - len(kept)} more that are written less often\n")
    if names:
        yield Finding(f"(names of people and of all else; {search.searched()})")


def list_items(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The things as they are named; where there is more to a thing, as the model reads."""
    found = False
    for finding in _as_written(search, kind.subject):
        found = True
        yield finding
    if not found:
        yield from _as_read(search, kind.subject)


def _as_written(search: DocumentSearch, subject: str) -> Iterator[Finding]:
    """Each thing once, with the place of its first mention."""
    *others, head = subject.split()
    if len(others) > 2 or is_clause(subject):
        return
    listed: set[str] = set()
    forms: list[str] = []
    for mention in search.mentions(head):
        quoted = mention.evidence
        if is_bare_heading(quoted.text) or quoted.text.isupper():  # capitals tell no name there
            continue
        if not all(pattern_of(word).search(fold(quoted.text)) for word in others):
            continue
        forms.append(mention.form)
        thing = noun_phrase(mention)
        if thing is None or normal_form(thing, head) in listed:
            continue
        listed.add(normal_form(thing, head))
        if len(listed) <= LISTED:
            yield Finding(f"{shortened(thing)} {quoted.cited()}\n", (quoted,), FOUND)
    if len(listed) > LISTED:
        yield Finding(f"and {len(listed) - LISTED} more\n")
    if listed:
        yield Finding(f"({forms_in_words(forms)} as written; {search.searched()})")


def _as_read(search: DocumentSearch, subject: str) -> Iterator[Finding]:
    """One answer after another, each with its place; what was said before is left out."""
    listed: list[str] = []
    for passage in sorted(search.candidates(subject), key=lambda passage: passage.start):
        read = search.read(search.query.question, [passage])
        answer = read.answer.rstrip(". ")
        stands = read.found and supported(answer, [passage.text]).share == 1.0
        if stands and not said_before(answer, listed):
            listed.append(answer)
            certain = at_most(READ_AT_MOST, read.confidence)
            yield Finding(f"{answer} {passage.cited()}\n", (passage,), certain)
    if listed:
        yield Finding(f"({search.read_and_searched()})")
