"""Asks several documents, each from its own passages with its own memory, and compares.

Evidence is looked for in all of them; only the few with the best evidence are asked. If
their answers say the same, one answer names them; if not, all are shown with their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infinidoc.answering.query import Query
from infinidoc.retrieval.evidence import Evidence
from infinidoc.retrieval.retriever import PASSAGES, find_evidence
from infinidoc.sweeping.assembled import AssembledAnswer, amount, joined
from infinidoc.sweeping.comparison import Comparison
from infinidoc.sweeping.question_kinds import QuestionKind
from infinidoc.sweeping.sweep import Sweep, fits
from infinidoc.sweeping.symbols import Symbols
from infinidoc.text.agreement import agree
from infinidoc.text.support import supported

ASKED = 4  # documents at most: each is one more answer to wait for
RELEVANT = 0.5  # of the best document's evidence, so that a chance word does not count
LOOKED_AT = 60  # passages of all documents together


class SeveralDocuments(AssembledAnswer):
    """One question to several documents."""

    def __init__(self, query: Query, kind: QuestionKind | None = None) -> None:
        super().__init__(query)
        self.asked, self.kind = kind, kind.name if kind else "ordinary"
        self.answers: list[dict[str, Any]] = []
        self.contradiction = False

    def _tell(self) -> Iterator[str]:
        if self.asked is not None:
            yield from self._sweeps(self.asked)
            return
        chosen = self._best()
        for row, evidence in chosen:
            self._ask(row, evidence)
        if self.answers:
            self.found = True
            self.confidence = max(answer["confidence"] for answer in self.answers)
            yield from self._together(len(chosen))

    # -- ordinary questions ----------------------------------------------------------------

    def _best(self) -> list[tuple[dict[str, Any], list[Evidence]]]:
        """The documents with the best evidence, best first, and it."""
        by_name: dict[str, list[Evidence]] = {}
        for passage in find_evidence(
            self.store, self.language, self.documents, self.question, self.borders, LOOKED_AT
        ):
            by_name.setdefault(passage.document, []).append(passage)
        for row in self.documents:
            self.examined["pages"] += min(self.borders.get(row["id"], row["pages"]), row["pages"])
        rows = {row["name"]: row for row in self.documents}
        found = [(rows[name], evidence[:PASSAGES]) for name, evidence in by_name.items()]
        good = [pair for pair in found if pair[1][0].score >= RELEVANT * found[0][1][0].score]
        self.examined["of"] = sum(len(evidence) for _, evidence in found)
        self.examined["passages"] = sum(len(evidence) for _, evidence in good[:ASKED])
        return good[:ASKED]

    def _ask(self, row: dict[str, Any], evidence: list[Evidence]) -> None:
        answering = self._read(row, self.question, evidence)
        result = answering.finish()
        self.evidence += answering.evidence
        if not result["found"]:
            return
        words = result["answer"]
        best = max(answering.evidence, key=lambda p: supported(words, [p.text]).share)
        place = best.as_json()
        self.answers.append(
            {
                "document": row["name"],
                "answer": words,
                **{key: place[key] for key in ("page", "label", "path", "line")},
                "confidence": result["confidence"],
                "where": f"{row['name']}, {best.where()}",
            }
        )

    def _together(self, asked: int) -> Iterator[str]:
        """One answer if all agree, else each with its document and place."""
        groups: list[list[dict[str, Any]]] = []
        for answer in self.answers:
            for group in groups:
                if all(agree(answer["answer"], other["answer"]) for other in group):
                    group.append(answer)
                    break
            else:
                groups.append([answer])
        self.contradiction = len(groups) > 1
        if self.contradiction:
            yield "The documents say different things.\n"
        for group in groups:
            best = max(group, key=lambda answer: answer["confidence"])
            places = "; ".join(answer["where"] for answer in group)
            yield f"{best['answer']} [{places}]\n"
        yield f"({self._searched(asked)})"

    def _searched(self, asked: int) -> str:
        known = len(self.documents)
        return f"{amount(known, 'document')} searched, the best {asked} asked"

    # -- questions of a kind ---------------------------------------------------------------

    def _sweeps(self, kind: QuestionKind) -> Iterator[str]:
        """The sweep of each document under its name."""
        silent = []
        for row in self._to_sweep(kind):
            sweep = sweep_of(self.query.to(row), kind)
            begun = False
            for piece in sweep:
                if sweep.found:
                    yield piece if begun else f"{row['name']}: {piece}"
                    begun = True
            self._take(row, sweep)
            if begun:
                yield "\n"
            else:
                silent.append(row["name"])
        if self.found and silent:
            yield f"Nothing in {joined(silent)}."

    def _to_sweep(self, kind: QuestionKind) -> list[dict[str, Any]]:
        """All documents where counting is enough, the best few where they must be read."""
        rows = [
            row
            for row in self.documents
            if fits(self.store, row, kind, self.borders.get(row["id"]))
        ]
        if kind.of != "things" and (kind.name, kind.of) != ("who", "mentions"):
            return rows
        best = [row["id"] for row, _ in self._best()]
        self.examined = dict.fromkeys(self.examined, 0)
        return [row for row in rows if row["id"] in best]

    def _take(self, row: dict[str, Any], sweep: Sweep | Symbols) -> None:
        for key in self.examined:
            self.examined[key] += sweep.examined[key]
        self.tokens_read += sweep.tokens_read
        if not sweep.found:
            return
        self.found = True
        self.confidence = max(self.confidence, sweep.confidence)
        self.evidence += sweep.evidence
        place = sweep.evidence[0].as_json() if sweep.evidence else {}
        self.answers.append(
            {
                "document": row["name"],
                "answer": sweep.text.strip(),
                **{key: place.get(key) for key in ("page", "label", "path", "line")},
                "confidence": round(sweep.confidence, 4),
            }
        )

    def finish(self) -> dict[str, Any]:
        """As `Told.finish`, with each document's own answer."""
        whole = super().finish()
        answers = [
            {key: value for key, value in answer.items() if key != "where"}
            for answer in self.answers
        ]
        return {
            **whole,
            "answers": answers,
            "contradiction": self.contradiction,
            "searched": len(self.documents),
        }


def sweep_of(query: Query, kind: QuestionKind) -> Sweep | Symbols:
    """The sweep that a kind of question asks for."""
    if kind.of == "symbol":
        return Symbols(query, kind)
    return (Comparison if kind.name in ("compare", "change") else Sweep)(query, kind)
