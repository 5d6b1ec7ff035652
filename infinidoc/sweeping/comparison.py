"""What a text says of two things, or of one thing before and after, side by side.

Each side has its own passages. Where the question says what to compare, the model reads
each side's for it; otherwise the sentences that say most are quoted, because a general
"what about it" is more than a small model can be trusted with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from infinidoc.answering.confidence import at_most
from infinidoc.code.lookup import defined_as
from infinidoc.errors import NotFound
from infinidoc.questions.question_kinds import QuestionKind, short_name, symbol_in
from infinidoc.retrieval.evidence import Evidence, Finding, evidence_of
from infinidoc.retrieval.mentions import find_mentions, pattern_of
from infinidoc.retrieval.page_sentences import sentences
from infinidoc.retrieval.proper_names import names_on
from infinidoc.sweeping.search import FOUND, READ_AT_MOST, DocumentSearch
from infinidoc.text.phrases import capital, joined, shortened
from infinidoc.text.similarity import select_central
from infinidoc.text.titles import titles_in

QUOTED = 2  # sentences a side, besides the latest of it
COMPARED = 3  # passages a side that the model reads


def compare(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """One side after the other; a comparison needs at least one that is written of."""
    silent = []
    same = short_name(kind.subject) == short_name(kind.other)  # both are grants: say which
    for side in (kind.subject, kind.other):
        written = side if same else short_name(side)
        if (said := _side(search, side, written, kind.aspect)) is None:
            silent.append(side)
        else:
            yield said
    if len(silent) == 1:
        yield Finding(f"{capital(joined(silent))}: nothing is said of it.\n")
    if len(silent) < 2:
        yield Finding(f"({search.searched()})")


def _side(search: DocumentSearch, side: str, written: str, aspect: str) -> Finding | None:
    """What is said of one side, as it is written, below its name."""
    said = _aspect(search, side, aspect) if aspect else _definitions(search, side)
    return said or _quotes(search, written, capital(side), 1, search.pages[-1]["number"])


def _definitions(search: DocumentSearch, side: str) -> Finding | None:
    """What code says of itself where it defines the side, named as code spells it."""
    found = defined_as(symbol_in(side), search.source) if search.is_code else []
    said = [(one.evidence, one.found.doc) for one in found if one.found.doc]
    return _quoted(symbol_in(side), said) if said else None


def _aspect(search: DocumentSearch, side: str, aspect: str) -> Finding | None:
    """The model's answer from the side's own passages."""
    rows = search.candidates(f"{side} {aspect}", COMPARED) or search.candidates(side, COMPARED)
    if not rows:
        return None
    read = search.read(f"What is the {aspect} of {side}?", rows)
    said = f"{capital(side)}:\n  {read.answer} {rows[0].cited()}\n"
    certain = at_most(READ_AT_MOST, read.confidence)
    return Finding(said, tuple(rows), certain) if read.found else None


def _quoted(title: str, said: Sequence[tuple[Evidence, str]]) -> Finding:
    """Words with the places where they stand, below a title."""
    lines = "".join(f"  {words} {passage.cited()}\n" for passage, words in said)
    return Finding(f"{title}:\n{lines}", tuple(passage for passage, _ in said), FOUND)


def change(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """What is said up to the first border, and what from there to the second."""
    found = False
    for title, first, last in _page_ranges(search, kind.borders):
        if said := _quotes(search, short_name(kind.subject), title, first, last):
            new = "" if kind.subject else _new_names(search, first, last)
            yield replace(said, text=said.text + new)
            found = True
        elif found:
            yield Finding(f"{title}: nothing is said of it.\n")
    if found:
        yield Finding(f"({search.searched()})")


def _page_ranges(
    search: DocumentSearch, borders: tuple[str, str] | None
) -> list[tuple[str, int, int]]:
    """The pages before and after the change; without borders, the two halves."""
    end = search.pages[-1]["number"]
    if borders is None:
        middle = search.pages[(len(search.pages) - 1) // 2]["number"]
        return [("In the first half", 1, middle), ("In the second half", middle + 1, end)]
    one, other = borders
    pages = [search.store.find_page(search.document["id"], _page_of(border)) for border in borders]
    first, last = (min(page["number"], end) for page in pages)
    return [(f"Up to {one}", 1, first), (f"From there to {other}", first + 1, last)]


def has_borders(search: DocumentSearch, kind: QuestionKind) -> bool:
    """Whether the document has the pages between which a change is asked for, if any are named."""
    try:
        for border in kind.borders or ():
            search.store.find_page(search.document["id"], _page_of(border))
    except NotFound:
        return False
    return True


def _page_of(reference: str) -> str:
    """How the store calls it: a page by its number alone."""
    return reference.split()[-1] if reference.lower().startswith("page") else reference


def _new_names(search: DocumentSearch, first: int, last: int) -> str:
    """The names written for the first time on these pages."""
    names = names_on(search.store.pages(search.document["id"], last))
    new = [name.words for name in names if name.first.page >= first]
    return f"  New names: {joined(new)}.\n" if new and first > 1 else ""


def _quotes(
    search: DocumentSearch, subject: str, title: str, first: int, last: int
) -> Finding | None:
    """The sentences of these pages that say most of the subject, and the latest one."""
    sentences = _sentences(search, subject, first, last)
    if not sentences:
        return None
    chosen = select_central([sentence.text for sentence in sentences], QUOTED)
    best = sorted({*(index for index, _ in chosen), len(sentences) - 1})
    return _quoted(title, [(sentences[at], shortened(sentences[at].text)) for at in best])


def _sentences(search: DocumentSearch, subject: str, first: int, last: int) -> list[Evidence]:
    """All sentences that name the subject, or all there are; no heading among them."""
    pages = (page for page in search.texts() if first <= page["number"] <= last)
    if subject:
        pattern = pattern_of(subject)
        found = [mention.evidence for mention in find_mentions(pages, pattern, search.name)]
    else:
        found = [evidence_of(vars(one), search.document, 1.0) for one in sentences(pages)]
    titled = (page for page in search.pages if page["chapter"])
    headings = {title for page in titled for title in titles_in(page["title"])}
    found = [one for one in found if one.text.lstrip("# ") not in headings]
    return list({one.start: one for one in found}.values())
