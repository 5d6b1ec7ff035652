"""The lines of a log: all of them, or those of the time that a question names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from infinidoc.logs.line_words import LineWords
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.retrieval.evidence import Evidence, Finding, places_in_words
from infinidoc.retrieval.mentions import evidence_at
from infinidoc.sweeping import structure
from infinidoc.sweeping.search import FOUND, SHOWN, DocumentSearch
from infinidoc.text.lines import lines_in
from infinidoc.text.phrases import amount, shortened
from infinidoc.text.words import content_stems, content_words, stem


@dataclass(frozen=True)
class LogLine:
    """One line and where it stands: the characters from `start` of a page of `document`."""

    text: str
    start: int
    page: dict[str, Any]
    document: str

    @property
    def evidence(self) -> Evidence:
        span = self.start, self.start + len(self.text.rstrip())
        return evidence_at(self.page["text"], self.page["start"], span, self.page, self.document)

    def finding(self, confidence: float) -> Finding:
        """The line and its place, as one of a list."""
        evidence = self.evidence
        return Finding(f"{shortened(self.text)} {evidence.cited()}\n", (evidence,), confidence)


def log_lines(search: DocumentSearch) -> Iterator[LogLine]:
    """The lines of a document that the question means, in order."""
    search.examined = replace(search.examined, passages=0, of=0)
    for page in search.texts():
        for at, line in lines_in(page["text"]):
            if search.line_filter.passes(line):
                yield LogLine(line, at, page, search.name)


def count_lines(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """How many lines have what the question names them by; else the words of what it counts, as
    far as they are written in the log. Rows are counted as they are numbered."""
    if said := structure.numbered(kind.subject, search.pages, search.texts()):
        yield Finding(f"{said}.", (), 1.0)
        return
    named = search.line_filter
    words = named.words or _written(search, kind.subject)
    lines = [line.evidence for line in log_lines(search) if words.hold(line.text)] if words else []
    if lines:
        said = f"{amount(len(lines), 'line')}{replace(named, words=words).in_words}"
        said += f", {places_in_words(lines, search.pages)} ({search.searched()})."
        yield Finding(said, tuple(lines[:SHOWN]), FOUND)


def _written(search: DocumentSearch, subject: str) -> LineWords:
    words = content_words(subject)
    stems = content_stems(subject)
    found = {one for line in log_lines(search) for one in stems & content_stems(line.text)}
    return LineWords([], [word for word in words if stem(word) in found])


def list_lines(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The lines of a time; of those that share words with the question the ones that share
    most."""
    time, asked = search.line_filter.time, content_stems(kind.subject)
    assert time is not None, "only a question with a time is of this kind"

    def shared(line: LogLine) -> int:
        return len(asked & content_stems(line.text))

    counts = Counter(map(shared, log_lines(search)))  # no line is held: a log may be long
    most, total = max(counts, default=0), counts.total()
    best = (line for line in log_lines(search) if shared(line) == most)
    for line in islice(best, SHOWN):
        yield line.finding(FOUND)
    if counts[most] > SHOWN:
        yield Finding(f"and {counts[most] - SHOWN:,} more\n")
    if total:
        share = f"{counts[most]:,} of " if counts[most] < total else ""
        yield Finding(f"({share}{amount(total, 'line')} {time.words}; {search.searched()})")
