"""An answer that is put together from findings: the frame that the kinds of it share.

Has the interface of `Answering`: iterate for text, then `finish()`. Knows how places and
amounts are said in words; what is found is its subclasses' business.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.answering.query import Query
from infinidoc.retrieval.evidence import Evidence
from infinidoc.sweeping.question_kinds import QuestionKind

if TYPE_CHECKING:
    from infinidoc.answering.answer import AnswerStream

NAMED = 12  # places named in one breath; the rest is a number


class AssembledAnswer:
    """One question on its way to an answer that more than one finding goes into."""

    kind = "ordinary"

    def __init__(self, query: Query) -> None:
        self.started, self.query = time.monotonic(), query
        self.store, self.language = query.store, query.language
        self.documents, self.question = list(query.documents), query.question
        self.borders = query.borders
        self.text = ""
        self.evidence: list[Evidence] = []
        self.found, self.confidence = False, 0.0
        self.examined = {"passages": 0, "of": 0, "pages": 0}
        self.tokens_read = 0
        self.first_token_seconds: float | None = None
        self._pieces = self._timed()
        self._seconds = 0.0

    def __iter__(self) -> Iterator[str]:
        """The answer's text, piece by piece; it goes on where an earlier iteration stopped."""
        return self._pieces

    def stop(self) -> None:
        """Tell no further: what has been told is the answer."""
        self._pieces.close()

    def _timed(self) -> Generator[str]:
        for piece in self._tell():
            if self.first_token_seconds is None:
                self.first_token_seconds = time.monotonic() - self.started
            self.text += piece
            yield piece
        if not self.found:
            self.text = NOT_FOUND
            yield NOT_FOUND
        self._seconds = time.monotonic() - self.started

    def _tell(self) -> Iterator[str]:
        """Find, and say what was found; sets `found`, `confidence`, `evidence`, `examined`."""
        raise NotImplementedError

    def _read(
        self, document: dict[str, Any], question: str, evidence: list[Evidence] | None = None
    ) -> AnswerStream:
        """Ask the model as an ordinary question is asked; of `evidence`, if it is given."""
        from infinidoc.answering.answer import AnswerStream, Context

        context = None if evidence is None else Context(evidence)
        answering = AnswerStream(self.query.to(document, question), context)
        answering.finish()
        self.tokens_read += answering.tokens_read
        return answering

    def finish(self) -> dict[str, Any]:
        """Tell what is left and return the whole, with the keys of `ask --json` and more."""
        for _ in self:
            pass
        return {
            "question": self.question,
            "answer": self.text.strip() if self.found else NOT_FOUND,
            "found": self.found,
            "confidence": round(self.confidence, 4) if self.found else 0.0,
            "documents": [row["name"] for row in self.documents],
            "mode": self.query.mode,
            "until": self.query.until,
            "adapter": self.language.adapter.name if self.language.adapter else None,
            "evidence": [passage.as_json() for passage in self.evidence],
            "citations": [passage.as_citation() for passage in self.evidence],
            "withdrawn": None,
            "unknown": [],
            "notes": self.query.notes,
            "tokens_read": self.tokens_read,
            "seconds": round(self._seconds, 3),
            "first_token_seconds": round(self.first_token_seconds or 0.0, 3),
            "kind": self.kind,
            "examined": self.examined,
        }


class OneDocumentAnswer(AssembledAnswer):
    """An answer to a question of a kind, put together from one document."""

    def __init__(self, query: Query, kind: QuestionKind) -> None:
        super().__init__(query)
        (self.document,) = self.documents
        self.asked, self.kind = kind, kind.name
        self.last: int | None = self.borders.get(self.document["id"])


def places_in_words(evidence: Sequence[Evidence], pages: int) -> str:
    """ "on pages 3, 9 and 12"; lines where there is one page, paths where there are files."""
    if evidence and evidence[0].path is not None:
        return "at " + joined(list(dict.fromkeys(passage.where() for passage in evidence)))
    if pages == 1 and evidence and evidence[0].line is not None:
        numbers, noun = [str(passage.line) for passage in evidence], "line"
    else:
        numbers, noun = [passage.label or str(passage.page) for passage in evidence], "page"
    numbers = list(dict.fromkeys(numbers))
    return f"on {noun}{'s' if len(numbers) > 1 else ''} {joined(numbers)}"


def joined(words: Sequence[str], most: int = NAMED) -> str:
    """ "a, b and c"; of very many the first, and how many more."""
    if len(words) > most:
        return ", ".join(words[:most]) + f" and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def times(count: int) -> str:
    """A number of times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def amount(count: int, noun: str) -> str:
    """ "1 page", "7 pages"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def cited(passage: Evidence) -> str:
    """A passage's place in brackets."""
    return f"[{passage.where()}]"


def shortened(text: str, most: int = 200) -> str:
    """One line of at most `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
