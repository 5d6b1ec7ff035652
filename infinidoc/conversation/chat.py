"""Answers questions in turn: each knows what was said before, and each is kept.

Searches the documents and the conversation itself, and gives the turn before to the model as a
passage. What is kept and how is the conversation's business.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infinidoc.answering.answer import AnswerStream, Context, is_refusal
from infinidoc.answering.query import Query, refuse_mode
from infinidoc.answering.result import Answer
from infinidoc.control import whole
from infinidoc.conversation.conversation import Conversation, parted
from infinidoc.conversation.followup import follows, search_text
from infinidoc.conversation.statements import is_told, later_first
from infinidoc.identity import INDEXED
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Evidence, border_at, evidence_of
from infinidoc.retrieval.memory_at import refuse_unready
from infinidoc.retrieval.retriever import PASSAGES, find_evidence
from infinidoc.store import Store
from infinidoc.store.store import CONVERSATION

if TYPE_CHECKING:
    from infinidoc.answering.answer_spans import AnswerSpans

NOTED = "Noted."  # where something was told and nothing asked
TOLD = 8 * PASSAGES  # turns among which those are looked for in which something was told
TURNS = 2  # a question that leans on what was said sees the last of them that says anything


class Chat:
    """A conversation that goes on: `stream_ask` gives turns, `close` ends it."""

    def __init__(
        self,
        store: Store,
        language: LanguageModel,
        documents: Sequence[dict[str, Any]],
        conversation: Conversation,
        mode: str = "auto",
        until: str | int | None = None,
    ) -> None:
        refuse_mode(mode)
        for row in documents:
            refuse_unready(row, language, mode)
        if conversation.row and conversation.row["identity"] != INDEXED:
            refuse_unready(conversation.row, language, "memory")  # the same model reads on
        self._pages = border_at(store, documents, until).pages
        self.store, self.language, self.documents = store, language, list(documents)
        self.conversation, self.mode, self.until = conversation, mode, until
        self._topic = self._last_topic()

    def __enter__(self) -> Chat:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(read=kind is None)

    @property
    def name(self) -> str:
        return self.conversation.name

    def ask(self, question: str) -> dict[str, Any]:
        """The answer, with the keys of `ask --json` and `turn` and `conversation`."""
        return self.stream_ask(question).finish()

    def stream_ask(self, question: str) -> Turn:
        """A turn whose answer is being written: iterate for its text, `finish()` keeps it."""
        self.remember()
        question = whole(question)
        search = search_text(question, self._topic)
        found = [] if is_told(question) else self._find(question, search)
        context = Context(found, self._searched)
        query = Query(self.store, self.language, self.documents, question, self.mode, self.until)
        self._topic = search
        return Turn(self.conversation, query, context)

    def remember(self) -> None:
        """Take what was said into the memory, if it is due."""
        self.conversation.read()

    def close(self, *, read: bool = True) -> None:
        """Take the rest into the memory and leave. Not `read`, the next time does it."""
        try:
            if read:
                self.conversation.read_to_end()
        finally:
            self.conversation.close()

    # -- what was said before --------------------------------------------------------------

    def _find(self, question: str, search: str) -> list[Evidence]:
        """The turn before if the question leans on it, then the best passages.

        A small model is led astray by what was said, so among documents a turn must be the
        best match of all. Without documents all that is known was told: an answer only repeats
        it, as it was then.
        """
        if not self.documents and (told := self._told(search)):
            return told
        given = self._before() if follows(question) else []
        there = {turn.start for turn in given}
        places = [*self.documents, *filter(None, [self._searched])]
        found = find_evidence(self.store, self.language, places, search, self._pages, 2 * PASSAGES)
        best = [
            passage
            for rank, passage in enumerate(found)
            if passage.kind != CONVERSATION
            or (_informs(passage) and passage.start not in there and not (rank and self.documents))
        ]
        return [*given, *best[:PASSAGES]]

    def _told(self, search: str) -> list[Evidence]:
        """The best turns in which something was told."""
        places = list(filter(None, [self._searched]))
        found = find_evidence(self.store, self.language, places, search, self._pages, TOLD)
        return [turn for turn in found if is_told(parted(turn.text)[0])][:PASSAGES]

    @property
    def _knows_all(self) -> bool:
        """Whether all that was said may be known: an earlier time may have known later pages."""
        bounded = self.until is not None and bool(self.documents)
        return not bounded or self.conversation.first == 1

    @property
    def _searched(self) -> dict[str, Any] | None:
        """The conversation's document, if all of it may be looked up."""
        return self.conversation.row if self._knows_all else None

    def _recent(self) -> list[dict[str, Any]]:
        since = 1 if self._knows_all else self.conversation.first
        return self.conversation.recent(TURNS, since)

    def _before(self) -> list[Evidence]:
        """The last turn that says anything."""
        row, pages = self.conversation.row, self._recent()
        turns = [evidence_of({**page, "page": page["number"]}, row, 0.0) for page in pages if row]
        return list(filter(_informs, turns))[-1:]

    def _last_topic(self) -> str:
        """What the conversation was about when it was left."""
        topic = ""
        for page in self._recent():
            topic = search_text(parted(page["text"])[0], topic)
        return topic


def _informs(turn: Evidence) -> bool:
    """Whether a turn says more than that a question had no answer."""
    question, answer = parted(turn.text)
    return "?" not in question or not (answer == "" or is_refusal(answer))


class Turn(AnswerStream):
    """A question and its answer on their way into the conversation."""

    def __init__(self, conversation: Conversation, query: Query, context: Context) -> None:
        super().__init__(query, context)
        self.conversation = conversation
        self._stopped = False
        self._kept: dict[str, Any] | None = None
        self.told = is_told(query.question)

    def __iter__(self) -> Iterator[str]:
        """The answer's text, piece by piece; a word where there is nothing to answer."""
        if self.told and self._seconds is None:
            yield from self._emit(NOTED)
            self._seconds = time.monotonic() - self.started
        yield from super().__iter__()

    def _weighed(self, pointed: AnswerSpans) -> AnswerSpans:
        return later_first(pointed, self.evidence)

    def stop(self) -> None:
        self._stopped = True
        super().stop()

    def result(self) -> Answer:
        answer = super().result()
        if self.told:
            return replace(answer, answer=NOTED, found=False, confidence=0.0)
        if self._stopped:  # nothing written is not the same as nothing found
            return replace(answer, answer=self.text.strip())
        return answer

    def finish(self) -> dict[str, Any]:
        """Write what is left, keep the turn, and return the whole result."""
        if self._kept is None:
            result, conversation = self.result().as_dict(), self.conversation
            answer = "" if self.told else result["answer"]
            number = conversation.keep(result["question"], answer, result["documents"])
            kept = {"turn": number, "conversation": conversation.name, "told": self.told}
            self._kept = {**result, **kept}
        return self._kept
