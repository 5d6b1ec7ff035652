"""Where something is written first or last, what happens first or last, and who somebody is."""

from __future__ import annotations

from collections.abc import Iterator

from infinidoc.answering.confidence import at_most
from infinidoc.questions.question_kinds import QuestionKind, short_name
from infinidoc.retrieval.evidence import Finding, places_in_words
from infinidoc.retrieval.mentions import Mention
from infinidoc.sweeping.search import FOUND, READ_AT_MOST, DocumentSearch
from infinidoc.text.phrases import capital, times


def find_first_or_last(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The first or the last place where the words are written."""
    found: Mention | None = None
    for mention in search.mentions(kind.subject):
        found = mention
        if kind.name == "first":
            search.stopped_at(mention.evidence.page)
            break
    if found is not None:
        said = f"{capital(found.evidence.where())}: {found.evidence.quoted()}"
        yield Finding(f"{said} ({search.searched()})", (found.evidence,), 1.0)


def find_event(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Passages in order, or from the end, until one answers the question."""
    passages = search.candidates(kind.subject)
    passages.sort(key=lambda passage: passage.start, reverse=kind.name == "last")
    for number, passage in enumerate(passages, 1):
        read = search.read(search.query.question, [passage])
        if read.found:
            share = f"{number} of {search.examined.of:,} matching passages were read"
            said = f"{read.answer} {passage.cited()} ({share}; {search.searched()})"
            yield Finding(said, (passage,), at_most(READ_AT_MOST, read.confidence))
            return


def find_who(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Who it is by the model's reading, and where the name is written."""
    read = search.read(search.query.question)
    name = short_name(kind.subject)
    mentions = [mention.evidence for mention in search.mentions(name)]
    if not mentions:
        return
    first = next((m.evidence for m in search.mentions(kind.subject)), mentions[0])
    if read.found:
        yield Finding(f"{read.answer} ", tuple(read.evidence), read.confidence)
    where = places_in_words(mentions, search.pages)
    said = f'"{name}" is written {times(len(mentions))}, {where} ({search.searched()}); '
    said += f"first: {first.quoted()} {first.cited()}"
    yield Finding(said, (first,), 0.0 if read.found else FOUND)
