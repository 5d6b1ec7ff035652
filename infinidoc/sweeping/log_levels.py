"""What failed first in a log, and how many lines are of a level: by the levels it writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.store import Store
from infinidoc.sweeping.places import places_in_words
from infinidoc.sweeping.search import READ_AT_MOST, SHOWN, DocumentSearch, Finding
from infinidoc.text.phrases import amount, shortened
from infinidoc.text.severity import LEARNED, LevelFormat, Severity, level_format_of, severity_meant

_CALLED = {Severity.WARNING: "warning", Severity.ERROR: "error or worse", Severity.FATAL: "fatal"}


def levels_in(store: Store, document: int) -> LevelFormat | None:
    """How a document writes the levels of its lines; None if it is no log."""
    first = next(store.pages(document), None)
    return level_format_of(first["text"].splitlines()[:LEARNED]) if first else None


def in_log(search: DocumentSearch, kind: QuestionKind) -> QuestionKind:
    """`kind` as it is meant of a log: "how many errors" counts the lines of that level."""
    counted = kind.name in ("count", "list") and kind.target == "items"
    if not (counted and len(kind.subject.split()) == 1 and severity_meant(kind.subject)):
        return kind
    return (
        replace(kind, target="levels") if levels_in(search.store, search.document["id"]) else kind
    )


def find_failure(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The first or the last line of the level that is meant: of an error, if none is named."""
    named = severity_meant(kind.subject)
    found, count = None, 0
    for line in lines_of_level(search, named or Severity.ERROR):
        count += 1
        if kind.name == "last" or found is None:
            found = line
    if found:
        which = "the only line" if count == 1 else f"the {kind.name} of {count:,} lines"
        which += f" of level {_CALLED[named or Severity.ERROR]}"
        said = f"{shortened(found.text)} {found.cited()} ({which}; {search.searched()})"
        yield Finding(said, (found,), 1.0 if named else READ_AT_MOST)


def count_levels(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """How many lines are of the level, and where."""
    level = severity_meant(kind.subject) or Severity.ERROR
    lines = list(lines_of_level(search, level))
    if lines:
        places = places_in_words(lines, len(search.pages))
        lines_of = f"{amount(len(lines), 'line')} of level {_CALLED[level]}"
        said = f"{lines_of}, {places} ({search.searched()})."
        yield Finding(said, tuple(lines[:SHOWN]), 1.0)


def list_levels(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The lines of the level, in order."""
    count = 0
    for count, line in enumerate(lines_of_level(search, severity_meant(kind.subject)), 1):
        if count <= SHOWN:
            yield Finding(f"{shortened(line.text)} {line.cited()}\n", (line,), 1.0)
    if count > SHOWN:
        yield Finding(f"and {count - SHOWN:,} more\n")
    if count:
        yield Finding(f"({search.searched()})")


def lines_of_level(search: DocumentSearch, least: Severity | None) -> Iterator[Evidence]:
    """The lines of a level, in reading order; errors are also those that are worse."""
    levels, least = levels_in(search.store, search.document["id"]), least or Severity.ERROR
    search.examined = replace(search.examined, passages=0, of=0)
    if levels is None:
        return
    for page in search.texts():
        at = 0
        for line in page["text"].splitlines(keepends=True):
            level = levels.of(line)
            if level is not None and (level == least or level > least >= Severity.ERROR):
                span = (at, at + len(line.rstrip()))
                yield evidence_at(page["text"], page["start"], span, page, search.name)
            at += len(line)
