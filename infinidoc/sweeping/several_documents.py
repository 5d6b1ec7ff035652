"""Asks several documents, each from its own passages with its own memory, and compares.

Evidence is looked for in all of them; only the few with the best evidence are asked. If
their answers say the same, one answer names them; if not, all are shown with their place.
A question of a kind is answered by the sweep of each document, under its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infinidoc.answering.answer import AnswerStream, Context
from infinidoc.answering.query import Query
from infinidoc.answering.result import DocumentAnswer, DocumentAnswers, Examined
from infinidoc.grounding.agreement import agree
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.retrieval.evidence import Evidence, Finding
from infinidoc.retrieval.retriever import PASSAGES
from infinidoc.sweeping.finders import document_sweep, fits
from infinidoc.sweeping.search import DocumentSearch
from infinidoc.text.phrases import amount, joined

ASKED = 4  # documents at most: each is one more answer to wait for
RELEVANT = 0.5  # of the best document's evidence, so that a chance word does not count
LOOKED_AT = 60  # passages of all documents together


class SeveralDocuments:
    """One question to several documents; `kind`: None for an ordinary one."""

    def __init__(self, query: Query, kind: QuestionKind | None) -> None:
        self.query, self.kind = query, kind
        self.examined, self.tokens_read = Examined(), 0
        self.answers: list[DocumentAnswer] = []
        self.contradiction = False
        self._asked = 0

    @property
    def compared(self) -> DocumentAnswers:
        return DocumentAnswers(self.answers, self.contradiction, len(self.query.documents))

    def findings(self) -> Iterator[Finding]:
        return self._asked_each() if self.kind is None else self._swept_each(self.kind)

    def searched(self) -> str:
        documents = amount(len(self.query.documents), "document")
        if self.kind is None:
            return f"{documents} searched, the best {self._asked} asked"
        return f"{amount(self.examined.pages, 'page')} of {documents} were searched"

    def _best(self) -> tuple[list[tuple[dict[str, Any], list[Evidence]]], Examined]:
        """The documents whose passages fit the question best, with these; how much there was."""
        query, by_name = self.query, dict[str, list[Evidence]]()
        for passage in query.find_evidence(LOOKED_AT):
            by_name.setdefault(passage.document, []).append(passage)
        rows = {row["name"]: row for row in query.documents}
        found = [(rows[name], evidence[:PASSAGES]) for name, evidence in by_name.items()]
        good = [p for p in found if p[1][0].score >= RELEVANT * found[0][1][0].score][:ASKED]
        known = (min(query.borders.get(r["id"], r["pages"]), r["pages"]) for r in rows.values())
        read, of = (sum(len(evidence) for _, evidence in pairs) for pairs in (good, found))
        return good, Examined(read, of, sum(known))

    # -- an ordinary question ----------------------------------------------------------------

    def _asked_each(self) -> Iterator[Finding]:
        best, self.examined = self._best()
        self._asked = len(best)
        yield Finding("", tuple(p for row, evidence in best for p in self._ask(row, evidence)))
        if self.answers:
            yield from self._together()
            yield Finding(f"({self.searched()})")

    def _ask(self, row: dict[str, Any], evidence: list[Evidence]) -> list[Evidence]:
        """Ask one document; returns the passages that were read."""
        answer = AnswerStream(self.query.to(row), Context(evidence)).result()
        self.tokens_read += answer.tokens_read
        if answer.found:
            said = (row["name"], answer.answer, answer.evidence[0], answer.confidence)
            self.answers.append(DocumentAnswer(*said))
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

    # -- a question of a kind ----------------------------------------------------------------

    def _swept_each(self, kind: QuestionKind) -> Iterator[Finding]:
        silent = []
        for search in self._fitting(kind):
            sweep, shown = document_sweep(search, kind), 0
            for number, piece in enumerate(sweep):
                if sweep.found:
                    name = f"{search.name}: " if not number else ""
                    yield Finding(name + piece, tuple(sweep.evidence[shown:]), sweep.confidence)
                    shown = len(sweep.evidence)
            self.examined += search.examined
            self.tokens_read += search.tokens_read
            if sweep.found:
                place = next(iter(sweep.evidence), None)
                said = (search.name, sweep.text.strip(), place, sweep.confidence)
                self.answers.append(DocumentAnswer(*said))
                yield Finding("\n")
            else:
                silent.append(search.name)
        if self.answers and silent:
            yield Finding(f"Nothing in {joined(silent)}.")

    def _fitting(self, kind: QuestionKind) -> Iterator[DocumentSearch]:
        """All documents where counting is enough, the best few where they must be read."""
        wide = kind.target in ("items", "whole")
        read = wide or (kind.name, kind.target) == ("who", "mentions")
        best = [row["id"] for row, _ in self._best()[0]] if read else None
        for row in self.query.documents:
            if best is None or row["id"] in best:
                search = DocumentSearch(self.query, row)
                if fits(search, kind):
                    yield search
