"""Summarizes a repository from its README and its definitions; the model is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infinidoc.code.outline import File, Outline, file_lines
from infinidoc.store import Store
from infinidoc.summarizing.extraction import SummaryLine, quote
from infinidoc.summarizing.prose import Measure, Prose
from infinidoc.summarizing.sections import Made, Section, SectionDraft, SectionText


class Repository:
    """The drafts of a repository: as a whole, or `by_chapter`, that is file by file."""

    def __init__(
        self, store: Store, document: dict[str, Any], outline: Outline, measure: Measure
    ) -> None:
        self.store, self.document = store, document
        self.outline, self.measure = outline, measure

    def drafts(self, focus: set[str]) -> Iterator[SectionDraft]:
        """What it does, where running it begins, and its modules."""
        numbers = [page["number"] for file in self.outline.files.values() for page in file.pages]
        first, last = min(numbers), max(numbers)
        readme = self.outline.readme
        pages = [page["number"] for page in readme.pages] if readme else [first]
        text = SectionText(self.store, self.document, Section("What it does", pages[0], pages[-1]))
        yield SectionDraft(text.section, text.digest, lambda: Made(self._what_it_does(text)))
        starts, modules = Section("Entry points", first, last), Section("Modules", first, last)
        whole = SectionText(self.store, self.document, modules).digest
        yield SectionDraft(starts, whole, lambda: Made(self.outline.entry_lines(focus)))
        files, names = self.measure.files, self.measure.names
        yield SectionDraft(
            modules, whole, lambda: Made(self.outline.module_lines(files, names, focus))
        )

    def by_chapter(self, sections: list[Section], prose: Prose) -> Iterator[SectionDraft]:
        """File by file; `prose` makes the drafts of those that define nothing."""
        by_page = {file.pages[0]["number"]: file for file in self.outline.files.values()}
        for section in sections:
            file = by_page.get(section.first)
            if file is None or file.is_prose or not (file.definitions or file.doc):
                yield prose.draft(section)
            else:
                yield self._file(section, file)

    def _file(self, section: Section, file: File) -> SectionDraft:
        digest = SectionText(self.store, self.document, section).digest
        return SectionDraft(section, digest, lambda: Made(file_lines(file, self.measure.names)))

    def _what_it_does(self, text: SectionText) -> list[dict[str, Any]]:
        """The README's first sentence, then those that tell most."""
        lines = [SummaryLine(s.text, s.start, 1.0, True) for s in text.sentences[:1]]
        said = [line.text for line in lines]
        lines += quote(text.sentences[1:], self.measure.sentences, self.measure.words, None, said)
        return [text.sentence(line.text, line.start, line.support) for line in lines]
