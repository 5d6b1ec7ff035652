"""Answers questions about what code defines, from its definitions and references.

What something does is what it says of itself, in its docstring or the comment above; where
it is used is counted line by line. Only where it says nothing of itself does the model read.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterator

from infinidoc.code.catalogue import called, defined_of_kind
from infinidoc.code.definitions import default_of, default_said, returned
from infinidoc.code.lookup import (
    GIVEN,
    MARKS,
    Definition,
    defined_as,
    explained,
    leading,
    stated,
)
from infinidoc.code.uses import places, uses
from infinidoc.definition_kinds import DERIVED, TEST, TYPES
from infinidoc.grounding.grounding import grounded_stems
from infinidoc.language import LanguageModel
from infinidoc.questions.definitions_asked import DEFINITIONS, IMPORTS, plural
from infinidoc.questions.question_kinds import CALLS, QuestionKind
from infinidoc.retrieval.evidence import Evidence, Finding
from infinidoc.sweeping.search import FOUND, SHOWN, DocumentSearch
from infinidoc.text import fold
from infinidoc.text.phrases import amount, joined

OFFERED, CONSIDERED = 3, 60  # definitions that may be meant, and that are weighed for it
DONE = {CALLS: "Called by this name", IMPORTS: "Imported", TEST: "Named in tests"}
LISTED = 120  # definitions of a kind
SAID = 6  # remarks on one name that are given


def find_definitions(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Each place where it is defined, or declared if none is."""
    found = leading(_definitions(search, kind))
    for one in sorted(found, key=lambda one: (one.in_test, one.found.kind not in TYPES)):
        yield _told(one)


def _told(one: Definition) -> Finding:
    return Finding(f"{one.evidence.where()}: {called(one)}\n", (one.evidence,), 1.0)


def list_definitions(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """All that is defined of a kind, or how many of them there are."""
    found = _of_kind(search, kind)
    noun = "type" if kind.subject == DERIVED else kind.subject
    said = f"{len(found):,} {noun if len(found) == 1 else plural(noun)}"
    tested = sum(one.in_test for one in found) if kind.subject != TEST else 0
    said += f", {tested:,} of them in tests" if tested else ""
    if kind.name == "count":
        shown = tuple(one.evidence for one in found[:SHOWN])
        yield Finding(f"{said} ({search.searched()})", shown, 1.0)
        return
    yield from map(_told, found[:LISTED])
    if len(found) > LISTED:
        yield Finding(f"and {len(found) - LISTED:,} more\n")
    yield Finding(f"({said}; {search.searched()})")


def find_uses(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Each line that calls, imports or tests it, if that is asked for; else each it stands on."""
    found = uses(kind.aspect, kind.subject, search.source, kind.other)
    if not found:
        yield from _mentions(search, kind)
        return
    said = [
        f"{place.where()} (in {caller})" if caller else place.where() for place, caller in found
    ]
    files = amount(len({place.path for place, _ in found}), "file")
    lines = f"{DONE[kind.aspect]} on {amount(len(found), 'line')} of {files}"
    shown = tuple(place for place, _ in found[:SHOWN])
    yield Finding(f"{lines}: {joined(said)}.", shown, 1.0)


def _mentions(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """Each line it stands on, file by file."""
    if shown := places(kind.subject, search.source):
        where = joined([evidence.where() for evidence in shown])
        files = amount(len({evidence.path for evidence in shown}), "file")
        no_call = "No call of it is written. " if kind.aspect == CALLS else ""
        said = f"{no_call}On {amount(len(shown), 'line')} of {files}, "
        said += f"definitions and comments aside: {where}."
        yield Finding(said, tuple(shown[:SHOWN]), 1.0)


def find_said(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """What definitions say of their purpose, result, signature or defaults; else as the model
    reads them."""
    texts: dict[str, Evidence] = {}
    known = _definitions(search, kind)
    for one in known:
        if text := _answer_of(one, kind):
            texts.setdefault(text, one.evidence)
    if not texts and kind.name in GIVEN:
        texts = {out: one.evidence for one in reversed(known) if (out := one.given(kind.name))}
    for text, evidence in list(texts.items())[:SAID]:
        yield Finding(f"{text} {evidence.cited()}\n", (evidence,), 1.0)
    if not texts:
        read = search.read(search.query.question, [one.whole for one in known[:OFFERED]])
        if not read.found and not kind.other:
            read = search.read(search.query.question)
        if read.found:
            yield Finding(read.answer, tuple(read.evidence), read.confidence)


def _answer_of(one: Definition, kind: QuestionKind) -> str | None:
    if kind.name == "returns":
        return returned(one.remark) or _typed(one)
    if kind.name == "raises":
        return None
    if kind.name == "value" and (one.value or kind.aspect):
        return one.value or default_said(one.remark)
    if kind.name == "signature":
        return f"`{one.signature}`" if one.signature else None
    if kind.name == "default":
        return default_of(kind.aspect, one.remark, one.found.defaults)
    return one.found.doc


def _typed(one: Definition) -> str | None:
    """Where nothing is said of the result: what kind it is, and what the whole does."""
    _, arrow, kind = one.signature.rpartition("->")
    if not arrow or not one.found.doc:
        return None
    return f"`{kind.strip()}`: {one.found.doc}"


def find_stated(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """What the manifest nearest the top says of the whole."""
    value, evidence = min(stated(kind.subject, search.source), key=_depth)
    yield Finding(f"{value} {evidence.cited()}", (evidence,), 1.0)


def find_named(search: DocumentSearch, kind: QuestionKind) -> Iterator[Finding]:
    """The few that say of themselves what is asked for, the likeliest first."""
    known = list(explained(search.source))
    for index in most_similar(kind.subject, [_said(one) for one in known], search.query.language):
        one = known[index]
        said = f"{one.found.name}: {one.found.doc} {one.evidence.cited()}\n"
        yield Finding(said, (one.evidence,), FOUND)


FINDERS = {
    "defined": find_definitions,
    "used": find_uses,
    "does": find_said,
    "returns": find_said,
    "raises": find_said,
    "value": find_said,
    "signature": find_said,
    "default": find_said,
    "stated": find_stated,
    "named": find_named,
}


def _of_kind(search: DocumentSearch, kind: QuestionKind) -> list[Definition]:
    return defined_of_kind(kind.subject, search.source, kind.other, kind.aspect)


def _definitions(search: DocumentSearch, kind: QuestionKind) -> list[Definition]:
    return defined_as(kind.subject, search.source, kind.other)


def most_similar(wanted: str, texts: list[str], language: LanguageModel) -> list[int]:
    """The OFFERED texts most like `wanted`: by rare words they share, and by meaning."""
    stems = [grounded_stems(text) for text in texts]
    times = Counter(stem for found in stems for stem in found)
    asked = {s: math.log(1 + len(texts) / times[s]) for s in grounded_stems(wanted) if times[s]}
    whole = sum(asked.values()) or 1.0
    scores = [sum(asked.get(stem, 0.0) for stem in found) / whole for found in stems]
    likely = heapq.nlargest(CONSIDERED, range(len(texts)), key=scores.__getitem__)
    embedder, encode = language.embedder, language.tokenizer.encode
    if embedder is not None:
        vector = embedder.question(encode(f" {wanted}"))
        for index in likely:
            scores[index] += float(embedder.passage(encode(f" {texts[index]}")) @ vector)
    return heapq.nlargest(OFFERED, (i for i in likely if scores[i] > 0), key=scores.__getitem__)


def _said(one: Definition) -> str:
    """A definition's name in words, and what it says of itself."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", one.found.name)
    return f"{words}. {one.found.doc}"


def is_known(search: DocumentSearch, kind: QuestionKind) -> bool:
    """Whether code, as far as it may be known, has what is asked of it."""
    if kind.name == "stated":
        meant = fold(kind.other) in {fold(search.name), ""} or any(
            fold(value) == fold(kind.other) for value, _ in stated("name", search.source)
        )
        return meant and any(stated(kind.subject, search.source))
    if kind.name == "named":
        wanted = grounded_stems(kind.subject)
        known = explained(search.source)
        return any(wanted & grounded_stems(_said(one)) for one in known)
    if kind.target == DEFINITIONS:
        return bool(_of_kind(search, kind))
    if kind.aspect in (IMPORTS, TEST):
        return bool(uses(kind.aspect, kind.subject, search.source))
    return bool(defined_as(kind.subject, search.source))


def defines_name(search: DocumentSearch, name: str) -> bool:
    """Whether code of the document defines it, exactly so spelled."""
    found = defined_as(name, search.source) if search.is_code else []
    return any(one.found.name.strip(MARKS) == name for one in found)


def _depth(one: tuple[str, Evidence]) -> tuple[int, int]:
    """How deep in the folders a place is, then where it stands."""
    return (one[1].path or "").count("/"), one[1].start
