"""Answers questions about what code defines, from its definitions and references.

What something does is what it says of itself, in its docstring or the comment above; where
it is used is counted line by line. Only where it says nothing of itself does the model read.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from infinidoc.code.definitions import default_of, returned
from infinidoc.code.lookup import Definition, defined_as, explained, stated
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.mentions import find_mentions
from infinidoc.store import Store
from infinidoc.sweeping.assembled import OneDocumentAnswer, amount, cited, joined
from infinidoc.sweeping.question_kinds import QuestionKind
from infinidoc.text import even, fold
from infinidoc.text.support import stems_of

SHOWN = 24  # places given with a count
HALF = 0.5  # the confidence of what was found by likeness
OFFERED, CONSIDERED = 3, 60  # definitions that may be meant, and that are weighed for it
SAID = 6  # definitions of one name that are told


class Symbols(OneDocumentAnswer):
    """One question about a name that one document of code defines."""

    def _tell(self) -> Iterator[str]:
        tellers = {
            "defined": self._defined,
            "used": self._used,
            "does": lambda: self._remarked(lambda one: one.found.doc),
            "returns": lambda: self._remarked(lambda one: returned(one.remark)),
            "default": lambda: self._remarked(self._default),
            "stated": self._stated,
            "named": self._named,
        }
        pages = min(self.last or self.document["pages"], self.document["pages"])
        self.examined["pages"] = pages
        yield from tellers[self.kind]()

    @cached_property
    def _definitions(self) -> list[Definition]:
        pages = self.store.pages(self.document["id"], self.last)
        return defined_as(self.asked.subject, pages, self.document["name"])

    def _defined(self) -> Iterator[str]:
        """Each place where it is defined."""
        for one in self._definitions:
            self._take(one.evidence)
            yield f"{one.evidence.where()}: {one.found.kind} {one.found.name}\n"

    def _used(self) -> Iterator[str]:
        """Each line it stands on but those that define it, file by file."""
        name = re.escape(even(self.asked.subject))
        pattern = re.compile(rf"(?<![\w$]){name}(?![\w$])")
        pages = self.store.pages(self.document["id"], self.last)
        own = {(one.evidence.path, one.evidence.line) for one in self._definitions}
        places: dict[tuple[str | None, int | None], Evidence] = {}
        for mention in find_mentions(pages, pattern, self.document["name"], even):
            key = (mention.evidence.path, mention.evidence.line)
            if key not in own and not _is_remark(mention.evidence.text):
                places.setdefault(key, mention.evidence)
        if not places:
            return
        for evidence in list(places.values())[:SHOWN]:
            self._take(evidence)
        files = len({path for path, _ in places})
        where = joined([evidence.where() for evidence in places.values()])
        lines = f"On {amount(len(places), 'line')} of {amount(files, 'file')}"
        yield f"{lines}, definitions and comments aside: {where}."

    def _remarked(self, said: Callable[[Definition], str | None]) -> Iterator[str]:
        """What the definitions say of themselves; if they say nothing, as the model reads."""
        told: set[str] = set()
        for one in self._definitions:
            text = said(one)
            if text and text not in told and len(told) < SAID:
                told.add(text)
                self._take(one.evidence)
                yield f"{text} {cited(one.evidence)}\n"
        if not told:
            answering = self._read(self.document, self.question)
            result = answering.finish()
            self.found, self.confidence = result["found"], result["confidence"]
            self.evidence = list(answering.evidence)
            if self.found:
                yield result["answer"]

    def _default(self, one: Definition) -> str | None:
        return default_of(self.asked.aspect, one.signature, one.remark, one.found.defaults)

    def _stated(self) -> Iterator[str]:
        """What the manifest nearest the top says of the whole."""
        pages = self.store.pages(self.document["id"], self.last)
        value, evidence = min(stated(self.asked.subject, pages, self.document["name"]), key=_depth)
        self._take(evidence)
        yield f"{value} {cited(evidence)}"

    def _named(self) -> Iterator[str]:
        """The few that say of themselves what is asked for, the likeliest first."""
        pages = self.store.pages(self.document["id"], self.last)
        known = [one for one in explained(pages, self.document["name"]) if one.found.doc]
        chosen = alike(self.asked.subject, [_said(one) for one in known], self.language)
        for index in chosen:
            one = known[index]
            self._take(one.evidence)
            yield f"{one.found.name}: {one.found.doc} {cited(one.evidence)}\n"
        self.confidence = HALF

    def _take(self, evidence: Evidence) -> None:
        self.found, self.confidence = True, 1.0
        self.evidence.append(evidence)


def alike(wanted: str, texts: list[str], language: LanguageModel) -> list[int]:
    """The OFFERED texts most like `wanted`: by rare words they share, and by meaning."""
    stems = [stems_of(text) for text in texts]
    times = Counter(stem for found in stems for stem in found)
    asked = {s: math.log(1 + len(texts) / times[s]) for s in stems_of(wanted) if times[s]}
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


def is_known(kind: QuestionKind, store: Store, document: dict[str, Any], until: int | None) -> bool:
    """Whether code of the document, as far as it may be known, has what is asked of it."""
    if document["kind"] != "code":
        return False
    pages = store.pages(document["id"], until)
    if kind.name == "stated":
        meant = fold(kind.other) in {fold(document["name"]), ""} or any(
            fold(value) == fold(kind.other)
            for value, _ in stated("name", store.pages(document["id"], until), document["name"])
        )
        return meant and any(stated(kind.subject, pages, document["name"]))
    if kind.name == "named":
        wanted = stems_of(kind.subject)
        known = (one for one in explained(pages, document["name"]) if one.found.doc)
        return any(wanted & stems_of(_said(one)) for one in known)
    return bool(defined_as(kind.subject, pages, document["name"]))


def _depth(one: tuple[str, Evidence]) -> tuple[int, int]:
    """How deep in the folders a place is, then where it stands."""
    return (one[1].path or "").count("/"), one[1].start


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith(("*", "//", "#", "/*", "--"))
