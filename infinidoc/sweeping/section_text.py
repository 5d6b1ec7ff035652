"""What a text says as a whole; what a section says that a question names by its number, if it
asks for nothing else: "What changed in version 2.1?", "What does section 4.2 say?"
"""

from __future__ import annotations

from collections.abc import Iterator

from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.questions.sections_asked import WHEN
from infinidoc.retrieval.evidence import Evidence, Finding, evidence_of
from infinidoc.retrieval.numbered_sections import Section
from infinidoc.summarizing.overview import overview
from infinidoc.sweeping.search import FOUND, DocumentSearch
from infinidoc.text.dates import dates
from infinidoc.text.words import content_stems

WHOLE = 3_000  # characters of a section that is told whole; a longer one is read for an answer


def has_sections(search: DocumentSearch, kind: QuestionKind) -> bool:
    """Whether the document, if it is the only one, has the sections, short enough to be told; and
    whether the other words of the question are those of their headings."""
    if len(search.query.documents) > 1:
        return False
    found = search.query.sections
    if not 0 < sum(section.end - section.start for section in found) <= WHOLE:
        return False
    headings = (_heading(_passages(search, section)) for section in found)
    words = content_stems(kind.subject)
    return not words or words <= set().union(*map(content_stems, headings))


def tell_sections(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Each section as it stands; if it is asked when, a heading that has a date says so."""
    for section in search.query.sections:
        evidence = _passages(search, section)
        heading = _heading(evidence)
        if kind.aspect == WHEN and dates(heading):
            yield Finding(f"{heading} {evidence[0].cited()}\n", (evidence[0],), 1.0)
            continue
        text = "\n".join(one.text.strip("\n") for one in evidence)
        yield Finding(f"{text}\n", tuple(evidence), 1.0)


def _heading(passages: list[Evidence]) -> str:
    """The first line of what stands in a section."""
    return passages[0].text.strip().partition("\n")[0]


def tell_about(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The sentences of a short summary, each with its place."""
    for said in overview(search.store, search.document, search.last):
        yield Finding(f"{said.text} {said.cited()}\n", (said,), FOUND)


def _passages(search: DocumentSearch, section: Section) -> list[Evidence]:
    """The passages of a section, and of those at its ends what is of it."""
    rows = search.store.passages(section.document, None, search.last)
    parts = (section.within({**row, "document": section.document}) for row in rows)
    return [evidence_of(part, search.document, 1.0) for part in parts if part]
