"""Summarizes the sections of a text: what the model wrote and may stand, then quotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infinidoc.store import Store
from infinidoc.summarizing.abstraction import Abstraction
from infinidoc.summarizing.extraction import SummaryLine, quote
from infinidoc.summarizing.quotations import cut_points
from infinidoc.summarizing.sections import Made, Section, SectionDraft, SectionText


@dataclass(frozen=True)
class Measure:
    """What a length means: sections at most; in each, what is read, written and listed."""

    sections: int
    passages: int
    sentences: int
    asked: str
    words: int
    tokens: int
    files: int
    names: int


MEASURES = {
    "short": Measure(1, 4, 3, "two or three sentences", 90, 110, 8, 3),
    "medium": Measure(5, 3, 2, "two sentences", 70, 80, 16, 6),
    "long": Measure(12, 4, 4, "three or four sentences", 140, 130, 60, 20),
}


@dataclass(frozen=True)
class Prose:
    """The drafts of a text's sections; the model writes where there is an `abstraction`."""

    store: Store
    document: dict[str, Any]
    measure: Measure
    focus: str | None
    abstraction: Abstraction | None

    def draft(self, section: Section) -> SectionDraft:
        text = SectionText(self.store, self.document, section)
        return SectionDraft(section, text.digest, lambda: self._made(text))

    def _made(self, text: SectionText) -> Made:
        written = self._written(text)
        lines = written + self._quoted(text, written)
        lines += self._points(text, lines)
        ordered = sorted(lines, key=lambda line: line.start)[: self.measure.sentences + 1]
        sentences = [text.sentence(line.text, line.start, line.support) for line in ordered]
        kept = sum(line in written for line in ordered)
        return Made(sentences, kept if self.abstraction else None)

    def _written(self, text: SectionText) -> list[SummaryLine]:
        if self.abstraction is None:
            return []
        measure = self.measure
        asked = (measure.passages, measure.asked, measure.tokens)
        return self.abstraction.lines(text, *asked, self.focus)

    def _quoted(self, text: SectionText, written: list[SummaryLine]) -> list[SummaryLine]:
        """Sentences of the section, if the model wrote less than half of what is wanted."""
        missing, words = self._missing(written)
        if missing <= 0 or words <= self.measure.words - self.measure.words // 2:
            return []
        return quote(text.sentences, missing, words, self.focus, [line.text for line in written])

    def _points(self, text: SectionText, lines: list[SummaryLine]) -> list[SummaryLine]:
        """Points of its lists or records, where it has too few sentences."""
        missing, words = self._missing(lines)
        if missing <= 0 or words <= 0:
            return []
        points = [
            point
            for point in cut_points(text.text)
            if not any(point.start < one.end and one.start < point.end for one in text.sentences)
        ]
        return quote(points, missing, words, self.focus, [line.text for line in lines])

    def _missing(self, lines: list[SummaryLine]) -> tuple[int, int]:
        """How many sentences and how many words are still wanted."""
        words = sum(len(line.text.split()) for line in lines)
        return self.measure.sentences - len(lines), self.measure.words - words
