"""Lets the model write a section's summary, and keeps only what the passages bear out.

The model reads the section's central passages, each with the memory of its place, and
writes with the memory the document had left at the section's end. What it writes is cut
into sentences and every one is held against those passages; loops, repetitions and what
they do not bear out are withdrawn.
"""

from __future__ import annotations

from typing import Any

from infinidoc.answering.prompts import summary_prompt
from infinidoc.grounding.grounding import Grounding, near_duplicates
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.retrieval.memory_at import MemoryAtPosition
from infinidoc.store import Store
from infinidoc.summarizing.extraction import SummaryLine
from infinidoc.summarizing.quotations import Quotation, cut_quotations
from infinidoc.summarizing.sections import Measure, SectionText
from infinidoc.text.similarity import select_central


class Abstraction:
    """The abstractive summarizer: the model, with the memories of one document."""

    def __init__(
        self, store: Store, language: LanguageModel, document: dict[str, Any], until: int | None
    ) -> None:
        self.store, self.language, self.document = store, language, document
        self.memory_at = MemoryAtPosition(store, language, document, until)

    def lines(self, text: SectionText, measure: Measure, focus: str | None) -> list[SummaryLine]:
        """The sentences it wrote that its passages bear out, in the order of those passages."""
        read = self._passages(text, measure.passages, focus)
        if not read:
            return []
        sources = [
            sentence
            for sentence in text.sentences
            if any(p.start <= text.offset(sentence.start) < p.end for p in read)
        ]
        return checked(self._write(text, read, measure, focus), sources)

    def _passages(self, text: SectionText, count: int, focus: str | None) -> list[Evidence]:
        """The section's central passages, in reading order."""
        section = text.section
        rows = list(self.store.passages(self.document["id"], section.first, section.last))
        chosen = select_central([row["text"] for row in rows], count, focus)
        return [evidence_of(rows[index], self.document, score) for index, score in chosen]

    def _write(
        self,
        text: SectionText,
        passages: list[Evidence],
        measure: Measure,
        focus: str | None,
    ) -> str:
        from infinidoc.answering.generate import read_prompt, write

        spans = summary_prompt(
            self.language.tokenizer, passages, measure.asked, focus, self.language.frame
        )
        after = self._memory_after(text.section.last)
        memories = [
            after if span.passage is None else self.memory_at.at(passages[span.passage].start)
            for span in spans
        ]
        cache, hidden = read_prompt(self.language, spans, memories)
        pieces = write(self.language, cache, hidden, after, most=measure.tokens, stop_at_line=False)
        return "".join(piece.text for piece in pieces)

    def _memory_after(self, last: int) -> Any:
        """The memory at a section's end; at the last page that is everything read."""
        if last >= self.document["pages"]:
            return self.memory_at.latest()
        return self.memory_at.as_of(self.store.page(self.document["id"], last)["end"])


def checked(written: str, sources: list[Quotation]) -> list[SummaryLine]:
    """The whole sentences of `written` that `sources` bears out, none twice, in its order."""
    grounding = Grounding([sentence.text for sentence in sources])
    kept: list[SummaryLine] = []
    for sentence in cut_quotations(written):
        found = grounding.in_window(sentence.text)
        if found.passage is None:
            continue
        if any(near_duplicates(sentence.text, line.text) for line in kept):
            continue
        at = sources[found.passage]
        kept.append(SummaryLine(sentence.text, at.start, found.share))
    return sorted(kept, key=lambda line: line.start)
