"""An answer that is put together from findings: the frame around a finder.

Has the interface of everything that answers (`PendingAnswer`); what is found, and where, is the
business of the finder.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Protocol

from infinidoc.answering.confidence import highest
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.answering.query import Query
from infinidoc.answering.result import Answer, DocumentAnswers, Examined, PendingAnswer
from infinidoc.retrieval.evidence import Evidence, Finding


class Searched(Protocol):
    """What findings come from: it knows how much of the text they took."""

    tokens_read: int

    @property
    def examined(self) -> Examined: ...
    @property
    def compared(self) -> DocumentAnswers | None: ...
    def searched(self) -> str: ...


class AssembledAnswer(PendingAnswer):
    """One question on its way to an answer that more than one finding goes into."""

    def __init__(
        self, query: Query, kind: str, source: Searched, findings: Iterator[Finding]
    ) -> None:
        self.started, self.query, self.kind, self.source = time.monotonic(), query, kind, source
        self.text = ""
        self.evidence: list[Evidence] = []
        self.confidence: float | None = 0.0
        self.first_token_seconds: float | None = None
        self._pieces = self._timed(findings)
        self._seconds = 0.0

    @property
    def found(self) -> bool:
        return self.confidence != 0.0

    def __iter__(self) -> Iterator[str]:
        """The answer's text, piece by piece; it goes on where an earlier iteration stopped."""
        return self._pieces

    def stop(self) -> None:
        """Find no more: what has been found is the answer."""
        self._pieces.close()

    def _timed(self, findings: Iterator[Finding]) -> Generator[str]:
        for finding in findings:
            if self.first_token_seconds is None:
                self.first_token_seconds = time.monotonic() - self.started
            self.confidence = highest([self.confidence, finding.confidence])
            self.evidence += finding.evidence
            self.text += finding.text
            yield finding.text
        if not self.found:
            self.text = NOT_FOUND
            yield NOT_FOUND
        self._seconds = time.monotonic() - self.started

    def result(self) -> Answer:
        """Find what is left and return the whole."""
        for _ in self:
            pass
        nothing = [] if self.found else [self.source.searched()]
        return Answer(
            **self.query.fields,
            answer=self.text.strip() if self.found else NOT_FOUND,
            found=self.found,
            confidence=self.confidence,
            evidence=self.evidence,
            citations=[passage.as_citation() for passage in self.evidence],
            notes=[*self.query.notes, *nothing],
            tokens_read=self.source.tokens_read,
            seconds=self._seconds,
            first_token_seconds=self.first_token_seconds or 0.0,
            kind=self.kind,
            examined=self.source.examined,
            compared=self.source.compared,
        )
