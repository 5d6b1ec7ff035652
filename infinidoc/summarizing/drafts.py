"""The sections of a summary before they are made: of a text, a repository or a log.

Of a text: what the model wrote and may stand, then quotations. Of a repository: its README and
its definitions; of a log: its messages; the model is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from infinidoc.code.outline import Outline, file_lines
from infinidoc.summarizing.abstraction import Abstraction
from infinidoc.summarizing.extraction import SummaryLine, quote
from infinidoc.summarizing.log_outline import LogOutline
from infinidoc.summarizing.quotations import Quotation, cut_points
from infinidoc.summarizing.salience import wanted_words
from infinidoc.summarizing.sections import (
    THIRD,
    Measure,
    Section,
    SectionDraft,
    SectionRows,
    Sections,
    SectionText,
)


@dataclass(frozen=True)
class Drafts:
    """The drafts of a document's sections; the model writes where there is an `abstraction`."""

    divided: Sections
    measure: Measure
    focus: str | None
    abstraction: Abstraction | None

    # -- a text ------------------------------------------------------------------------------

    def of_text(self, section: Section) -> SectionDraft:
        text = self.divided.text(section)
        return SectionDraft(section, text.digest, lambda: self._prose(text))

    def _prose(self, text: SectionText) -> SectionRows:
        """What the model wrote, sentences if that is less than half of what is wanted, and
        points of lists or records where the section has too few sentences."""
        measure, sentences = self.measure.within(len(text.sentences)), text.sentences
        half, written = measure.words - measure.words // 2, []
        if self.abstraction is not None:
            written = self.abstraction.lines(text, measure, self.focus)
        lines = written + self._quoted(measure, sentences, written, more_than=half)
        said = sum(one.words for one in sentences)
        if said < THIRD * measure.words and _missing(measure, lines) > 0:
            points = [
                p
                for p in cut_points(text.text)
                if not any(p.start < one.end and one.start < p.end for one in sentences)
            ]
            measure = self.measure.within(len(sentences) + len(points))
            lines += self._quoted(measure, points, lines)
        ordered = sorted(lines, key=lambda line: line.start)[: measure.sentences + 1]
        rows = [text.sentence(line.text, line.start, line.support) for line in ordered]
        kept = sum(line in written for line in ordered)
        return SectionRows(rows, kept if self.abstraction else None)

    def _quoted(
        self,
        measure: Measure,
        sentences: list[Quotation],
        lines: list[SummaryLine],
        more_than: int = 0,
    ) -> list[SummaryLine]:
        """Quotations for the sentences and words that `lines` lack, if these are enough."""
        missing, words = measure.sentences - len(lines), _missing(measure, lines)
        if missing <= 0 or words <= more_than:
            return []
        return quote(sentences, missing, words, self.focus, [line.text for line in lines])

    # -- a log -------------------------------------------------------------------------------

    def of_log(self, outline: LogOutline) -> Iterator[SectionDraft]:
        """How many lines of which level, the errors, the warnings and what else is said often."""
        sections = [Section(title, 1, outline.last) for title in outline.TITLES]
        whole = self.divided.text(sections[0]).digest
        for section in sections:
            yield SectionDraft(section, whole, partial(self._messages, outline, section.title))

    def _messages(self, outline: LogOutline, title: str | None) -> SectionRows:
        focus = wanted_words(self.focus)
        return SectionRows(outline.rows(title or "", self.measure.names, focus))

    # -- a repository ------------------------------------------------------------------------

    def of_repository(self, outline: Outline) -> Iterator[SectionDraft]:
        """What it does, where running it begins, and its modules."""
        numbers = [page["number"] for file in outline.files.values() for page in file.pages]
        first, last, focus = min(numbers), max(numbers), wanted_words(self.focus)
        pages = [page["number"] for page in outline.readme.pages] if outline.readme else [first]
        text = self.divided.text(Section("What it does", pages[0], pages[-1]))
        yield SectionDraft(text.section, text.digest, lambda: SectionRows(self._readme(text)))
        starts, modules = Section("Entry points", first, last), Section("Modules", first, last)
        whole = self.divided.text(modules).digest
        yield SectionDraft(starts, whole, lambda: SectionRows(outline.entry_lines(focus)))
        shown = (self.measure.files, self.measure.names, focus)
        yield SectionDraft(modules, whole, lambda: SectionRows(outline.module_lines(*shown)))

    def of_files(self, outline: Outline, sections: list[Section]) -> Iterator[SectionDraft]:
        """File by file; those that define nothing are texts."""
        by_page = {file.pages[0]["number"]: file for file in outline.files.values()}
        for section in sections:
            draft, file = self.of_text(section), by_page.get(section.first)
            if file is None or file.is_prose or not (file.definitions or file.doc):
                yield draft
            else:
                rows = file_lines(file, self.measure.names)
                yield SectionDraft(section, draft.digest, partial(SectionRows, rows))

    def _readme(self, text: SectionText) -> list[dict[str, Any]]:
        """The README's first sentence, then those that tell most."""
        lines = [SummaryLine(s.text, s.start) for s in text.sentences[:1]]
        said = [line.text for line in lines]
        lines += quote(text.sentences[1:], self.measure.sentences, self.measure.words, None, said)
        return [text.sentence(line.text, line.start, line.support) for line in lines]


def _missing(measure: Measure, lines: list[SummaryLine]) -> int:
    """Words that `lines` lack."""
    return measure.words - sum(len(line.text.split()) for line in lines)
