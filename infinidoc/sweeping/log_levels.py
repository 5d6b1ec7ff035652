"""What failed first in a log, and how many lines are of a level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from infinidoc.answering.confidence import at_most
from infinidoc.logs.line_levels import LineLevels
from infinidoc.logs.lines_asked import may_be_of_level
from infinidoc.logs.severity import Severity, severity_meant
from infinidoc.questions.question_kinds import LEVELS, QuestionKind
from infinidoc.retrieval.evidence import Finding, places_in_words
from infinidoc.sweeping.log_lines import LogLine, log_lines
from infinidoc.sweeping.search import FOUND, READ_AT_MOST, SHOWN, DocumentSearch
from infinidoc.text.phrases import amount, shortened


def in_log(search: DocumentSearch, kind: QuestionKind) -> QuestionKind:
    """`kind` as it is meant of a log: "how many errors" counts the lines of that level."""
    if kind.target == LEVELS or not may_be_of_level(kind):
        return kind
    return kind if search.levels is None else replace(kind, target=LEVELS)


def find_failure(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The first or the last line of the level that is meant: of an error, if none is named, or
    of a warning, if there is no error."""
    levels, named, missed = _levels(search), severity_meant(kind.subject), ""
    certain = _certain(levels) if named else at_most(READ_AT_MOST, _certain(levels))
    for level in (named,) if named else (Severity.ERROR, Severity.WARNING):
        said, count, found = levels.in_words(level) + search.line_filter.in_words, 0, None
        for line in lines_of_level(search, levels, level):
            count += 1
            if found is None or kind.name == "last":
                found = line
        if found:
            place, text = found.evidence, shortened(found.text)
            which = f"the {kind.name} of {count:,} lines" if count > 1 else "the only line"
            told = f"{text} {place.cited()} ({missed}{which} {said}; {search.searched()})"
            yield Finding(told, (place,), FOUND if missed else certain)
            return
        missed = f"no line {said}; "


def count_levels(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """How many lines are of the level, and where."""
    levels, level = _levels(search), severity_meant(kind.subject) or Severity.ERROR
    said = levels.in_words(level) + search.line_filter.in_words
    lines = [line.evidence for line in lines_of_level(search, levels, level)]
    if lines:
        places = places_in_words(lines, search.pages)
        counted = f"{amount(len(lines), 'line')} {said}, {places} ({search.searched()})."
        yield Finding(counted, tuple(lines[:SHOWN]), _certain(levels))
    else:
        yield Finding(f"No line {said} ({search.searched()}).", (), _certain(levels))


def list_levels(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The lines of the level, in order."""
    levels, level = _levels(search), severity_meant(kind.subject) or Severity.ERROR
    count = 0
    for count, line in enumerate(lines_of_level(search, levels, level), 1):
        if count <= SHOWN:
            yield line.finding(_certain(levels))
    if count > SHOWN:
        yield Finding(f"and {count - SHOWN:,} more\n")
    if count:
        yield Finding(f"({search.searched()})")


def lines_of_level(
    search: DocumentSearch, levels: LineLevels, least: Severity
) -> Iterator[LogLine]:
    """The lines of a level, in reading order; errors are also those that are worse."""
    for line in log_lines(search):
        level = levels.of(line.text)
        if level is not None and (level == least or level > least >= Severity.ERROR):
            yield line


def _levels(search: DocumentSearch) -> LineLevels:
    assert search.levels is not None, "only a log is asked for levels"
    return search.levels


def _certain(levels: LineLevels) -> float:
    """The confidence in what was found by them."""
    return 1.0 if levels.written else FOUND
