"""What a section says that a question names by its number, if it asks for nothing else: "What
changed in version 2.1?", "What does section 4.2 say?"
"""

from __future__ import annotations

from collections.abc import Iterator

from infinidoc.answering.query import Query
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.retrieval.evidence import Evidence, Finding, evidence_of
from infinidoc.retrieval.numbered_sections import Section, named_sections, without_sections
from infinidoc.sweeping.search import DocumentSearch
from infinidoc.text.dates import dates
from infinidoc.text.words import content_stems, stem

SECTION = "section"  # the kind of such questions, and its target
WHOLE = 3_000  # characters of a section that is told whole; a longer one is read for an answer
_ASKS_FOR_ALL = frozenset(
    map(
        stem,
        "change changes changed new say says contain contains describe describes list lists cover "
        "covers state states release releases version versions section read text show tell".split(),
    )
)


def asks_for_sections(query: Query) -> bool:
    """Whether the question is for all that the sections say, and its one document has them.
    Words of their headings ask for nothing else."""
    words = content_stems(without_sections(query.question)) - _ASKS_FOR_ALL
    found = _named(query) if len(query.documents) == 1 else []
    if not 0 < sum(section.end - section.start for section in found) <= WHOLE:
        return False
    headings = (_passages(query, section)[0].text.lstrip().partition("\n")[0] for section in found)
    return not words or words <= set().union(*map(content_stems, headings))


def tell_sections(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Each section as it stands; if it is asked when, a heading that has a date says so."""
    for section in _named(search.query):
        evidence = _passages(search.query, section)
        heading = evidence[0].text.strip().partition("\n")[0]
        if search.query.question.lower().startswith("when") and dates(heading):
            yield Finding(f"{heading} {evidence[0].cited()}\n", (evidence[0],), 1.0)
            continue
        text = "\n".join(one.text.strip("\n") for one in evidence)
        yield Finding(f"{text}\n", tuple(evidence), 1.0)


def _named(query: Query) -> list[Section]:
    documents = [row["id"] for row in query.documents]
    return named_sections(query.store, documents, query.question, query.borders)


def _passages(query: Query, section: Section) -> list[Evidence]:
    """The passages of a section, and of those at its ends what is of it."""
    (document,) = query.documents
    rows = query.store.passages(document["id"], None, query.borders.get(document["id"]))
    parts = (section.within({**row, "document": document["id"]}) for row in rows)
    return [evidence_of(part, document, 1.0) for part in parts if part]
