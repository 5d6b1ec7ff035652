"""Asks several documents, each from its own passages with its own memory, and compares.

Evidence is looked for in all of them; only the few with the best evidence are asked. If
their answers say the same, one answer names them; if not, all are shown with their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.answering.answer import AnswerStream, Context
from infinidoc.answering.query import Query
from infinidoc.answering.result import DocumentAnswer, DocumentAnswers, Examined
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.retriever import PASSAGES, find_evidence
from infinidoc.sweeping.assembled import AssembledAnswer, DocumentFinder
from infinidoc.sweeping.finders import fits
from infinidoc.sweeping.phrases import amount, joined
from infinidoc.sweeping.question_kinds import QuestionKind
from infinidoc.sweeping.search import Finding
from infinidoc.text.agreement import agree
from infinidoc.text.grounding import supported

ASKED = 4  # documents at most: each is one more answer to wait for
RELEVANT = 0.5  # of the best document's evidence, so that a chance word does not count
LOOKED_AT = 60  # passages of all documents together


@dataclass(frozen=True)
class Best:
    """The documents with the best evidence, best first, with it; how much there was of it."""

    documents: list[tuple[dict[str, Any], list[Evidence]]]
    examined: Examined


def best_documents(query: Query) -> Best:
    """Of all documents those whose passages fit the question best."""
    by_name: dict[str, list[Evidence]] = {}
    for passage in find_evidence(
        query.store, query.language, query.documents, query.question, query.borders, LOOKED_AT
    ):
        by_name.setdefault(passage.document, []).append(passage)
    rows = {row["name"]: row for row in query.documents}
    found = [(rows[name], evidence[:PASSAGES]) for name, evidence in by_name.items()]
    good = [pair for pair in found if pair[1][0].score >= RELEVANT * found[0][1][0].score][:ASKED]
    known = (min(query.borders.get(row["id"], row["pages"]), row["pages"]) for row in rows.values())
    read, of = (sum(len(evidence) for _, evidence in pairs) for pairs in (good, found))
    return Best(good, Examined(read, of, sum(known)))


class SeveralDocuments:
    """An ordinary question to several documents."""

    def __init__(self, query: Query) -> None:
        self.query, self.examined, self.tokens_read = query, Examined(), 0
        self.answers: list[DocumentAnswer] = []
        self.contradiction = False
        self._asked = 0

    @property
    def compared(self) -> DocumentAnswers:
        return DocumentAnswers(self.answers, self.contradiction, len(self.query.documents))

    def findings(self) -> Iterator[Finding]:
        best = best_documents(self.query)
        self.examined, self._asked = best.examined, len(best.documents)
        read = tuple(p for row, evidence in best.documents for p in self._ask(row, evidence))
        yield Finding("", read)
        if self.answers:
            yield from self._together()
            yield Finding(f"({self.searched()})")

    def _ask(self, row: dict[str, Any], evidence: list[Evidence]) -> list[Evidence]:
        """Ask one document; returns the passages that were read."""
        answer = AnswerStream(self.query.to(row), Context(evidence)).result()
        self.tokens_read += answer.tokens_read
        if answer.found:
            best = max(answer.evidence, key=lambda p: supported(answer.answer, [p.text]).share)
            self.answers.append(DocumentAnswer(row["name"], answer.answer, best, answer.confidence))
        return list(answer.evidence)

    def _together(self) -> Iterator[Finding]:
        """One answer if all agree, else each with its document and place."""
        groups: list[list[DocumentAnswer]] = []
        for answer in self.answers:
            for group in groups:
                if all(agree(answer.answer, other.answer) for other in group):
                    group.append(answer)
                    break
            else:
                groups.append([answer])
        self.contradiction = len(groups) > 1
        if self.contradiction:
            yield Finding("The documents say different things.\n")
        for group in groups:
            best = max(group, key=lambda answer: answer.confidence or 0.0)
            places = "; ".join(f"{one.document}, {one.place.where()}" for one in group if one.place)
            yield Finding(f"{best.answer} [{places}]\n", (), best.confidence)

    def searched(self) -> str:
        documents = amount(len(self.query.documents), "document")
        return f"{documents} searched, the best {self._asked} asked"


class SeveralSweeps:
    """A question of a kind to several documents: the sweep of each under its name."""

    def __init__(self, query: Query, kind: QuestionKind) -> None:
        self.query, self.kind = query, kind
        self.examined, self.tokens_read = Examined(), 0
        self.answers: list[DocumentAnswer] = []

    @property
    def compared(self) -> DocumentAnswers:
        return DocumentAnswers(self.answers, False, len(self.query.documents))

    def findings(self) -> Iterator[Finding]:
        silent = []
        for row in self._rows():
            sweep = document_sweep(self.query.to(row), self.kind)
            before = len(sweep.evidence)
            for number, piece in enumerate(sweep):
                if sweep.found:
                    new = tuple(sweep.evidence[before:])
                    before = len(sweep.evidence)
                    name = f"{row['name']}: " if not number else ""
                    yield Finding(name + piece, new, sweep.confidence)
            self._take(row, sweep)
            if sweep.found:
                yield Finding("\n")
            else:
                silent.append(row["name"])
        if self.answers and silent:
            yield Finding(f"Nothing in {joined(silent)}.")

    def _rows(self) -> list[dict[str, Any]]:
        """All documents where counting is enough, the best few where they must be read."""
        store, kind, borders = self.query.store, self.kind, self.query.borders
        rows = [r for r in self.query.documents if fits(store, r, kind, borders.get(r["id"]))]
        if kind.of != "things" and (kind.name, kind.of) != ("who", "mentions"):
            return rows
        best = [row["id"] for row, _ in best_documents(self.query).documents]
        return [row for row in rows if row["id"] in best]

    def _take(self, row: dict[str, Any], sweep: AssembledAnswer) -> None:
        self.examined += sweep.finder.examined
        self.tokens_read += sweep.finder.tokens_read
        if sweep.found:
            place = sweep.evidence[0] if sweep.evidence else None
            said = sweep.text.strip()
            self.answers.append(DocumentAnswer(row["name"], said, place, sweep.confidence))

    def searched(self) -> str:
        pages = amount(self.examined.pages, "page")
        return f"{pages} of {amount(len(self.query.documents), 'document')} were searched"


def document_sweep(query: Query, kind: QuestionKind) -> AssembledAnswer:
    """The answer of one document to a question of a kind."""
    return AssembledAnswer(query, kind.name, DocumentFinder(query, kind))
