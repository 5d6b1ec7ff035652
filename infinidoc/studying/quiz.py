"""A round of questions on one document: chooses them, grades the replies, remembers both.

What is due comes first (see schedule.py), then questions not asked before: in equal
stretches of the document one each, the most telling one there. Needs no language model.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import Any

from infinidoc.errors import NotFound, UsageError
from infinidoc.retrieval.evidence import border_at
from infinidoc.retrieval.page_sentences import sentences
from infinidoc.store import Store
from infinidoc.store.replies import add_reply, replies
from infinidoc.studying import schedule
from infinidoc.studying.cloze import KEPT, Question, questions
from infinidoc.studying.grading import NEARLY, RIGHT, SKIPPED, WRONG, grade
from infinidoc.studying.terms import Terms

GRADES = (RIGHT, NEARLY, WRONG, SKIPPED)


class Quiz:
    """A round: iterate for its questions, `reply` to each. `score` counts the grades.

    `wrong`: only what was answered wrong last time. The same `seed` gives the same round
    until a reply is remembered.
    """

    def __init__(
        self,
        store: Store,
        document: dict[str, Any],
        count: int = 5,
        until: str | int | None = None,
        seed: int | None = None,
        wrong: bool = False,
    ) -> None:
        if count < 1:
            raise UsageError(f"no round of {count} questions", hint="--count 5")
        self.store, self.document, self.count, self.wrong = store, document, count, wrong
        border = border_at(store, [document], until)
        self.last_page, self.notes = border.pages.get(document["id"]), border.notes
        self.chance = random.Random(seed)
        self.score = dict.fromkeys(GRADES, 0)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The questions with their answers and the passages to check them by."""
        for question in self._round():
            yield described(self.store, self.document, question)

    def reply(self, question: dict[str, Any], given: str) -> dict[str, Any]:
        """Grade what was `given`, remember it, and return the question with both."""
        result = grade(given, question["answer"])
        self.score[result] += 1
        kept = {key: question[key] for key in KEPT}
        kept |= {"given": given.strip(), "grade": result, "asked": schedule.now().isoformat()}
        add_reply(self.store, self.document["id"], kept)
        return {**question, "given": given.strip(), "grade": result}

    @property
    def cards(self) -> list[schedule.Card]:
        """What was asked before, as far as it stands in the text that may be known."""
        asked = schedule.cards(replies(self.store, self.document["id"]))
        return [card for card in asked if card.last["end"] <= self._border]

    @cached_property
    def _border(self) -> int:
        """Where the text ends that may be known."""
        pages = self.store.pages_light(self.document["id"], self.last_page)
        return pages[-1]["end"] if pages else 0

    @property
    def next_due(self) -> datetime | None:
        """When the next question is due that was asked before."""
        return min((card.due for card in self.cards), default=None)

    def repeating(self) -> Iterator[dict[str, Any]]:
        """What was asked before, what comes first at the front, with its box and due date."""
        for card in self.cards:
            if self.wrong and not card.was_wrong:
                continue
            yield {
                **described(self.store, self.document, Question.of_row(card.last)),
                "box": card.box,
                "due": card.due.isoformat(timespec="seconds"),
                "asked": card.asked,
                "right": card.right,
                "last": card.last["grade"],
            }

    def _round(self) -> list[Question]:
        cards, now = self.cards, schedule.now()
        if self.wrong:
            chosen = [card for card in cards if card.was_wrong]
            return [Question.of_row(card.last) for card in chosen[: self.count]]
        due = [Question.of_row(card.last) for card in cards if card.due <= now][: self.count]
        fresh = self._fresh({card.last["question"] for card in cards}, self.count - len(due))
        if not due and not fresh and not cards:
            what = "there is no sentence in it that a question can be made of"
            raise NotFound(what, where=self.document["name"])
        return due + fresh

    def _fresh(self, known: set[str], count: int) -> list[Question]:
        """Questions not asked before, one of each stretch of the document, in its order."""
        if count < 1:
            return []
        found = [question for question in self._all() if question.question not in known]
        chosen: list[Question] = []
        for share in _equal_parts(found, count):
            if share:  # chance tells equals apart
                chosen.append(max(share, key=lambda q: q.score * self.chance.uniform(0.6, 1.0)))
        left = [q for q in found if not _same_sentence(q, chosen)]
        self.chance.shuffle(left)
        while len(chosen) < count and left:  # a stretch had nothing to ask about
            question = left.pop()
            if not _same_sentence(question, chosen):
                chosen.append(question)
        return sorted(chosen, key=lambda question: question.start)

    def _all(self) -> Iterator[Question]:
        def read() -> Any:
            return sentences(self.store.pages(self.document["id"], self.last_page))

        return questions(read(), Terms(read()))


def described(store: Store, document: dict[str, Any], question: Question) -> dict[str, Any]:
    """A question with its place and its passage, which never ends within its sentence."""
    rows = store.passages(document["id"], question.page, question.page)
    row = next((row for row in reversed(rows) if row["start"] <= question.start), rows[0])
    passage = store.text(document["id"], row["start"], max(row["end"], question.end))
    line = row["line"]
    if line is not None:
        line += passage.count("\n", 0, question.start - row["start"])
    place = {"label": row["label"], "path": row["path"], "line": line}
    kept = {key: value for key, value in asdict(question).items() if key != "score"}
    return {"document": document["name"], **kept, **place, "passage": passage.strip()}


def _equal_parts(found: list[Question], count: int) -> Iterator[list[Question]]:
    """The questions in `count` equal stretches of the text they are from."""
    if not found:
        return
    origin, length = found[0].start, found[-1].end - found[0].start + 1
    shares: list[list[Question]] = [[] for _ in range(count)]
    for question in found:
        shares[(question.start - origin) * count // length].append(question)
    yield from shares


def _same_sentence(question: Question, chosen: list[Question]) -> bool:
    return any(question.start == other.start for other in chosen)
