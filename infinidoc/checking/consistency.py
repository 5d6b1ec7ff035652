"""Reads a manuscript once, from the first page to the last, for what contradicts itself.

Streams: what is kept grows with the names and words of the text, not with its length. Needs
no language model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from infinidoc.checking.facts import Facts
from infinidoc.checking.finding import SOLID, Finding
from infinidoc.checking.names import Names
from infinidoc.checking.narration import Narration
from infinidoc.checking.spellings import Spellings
from infinidoc.checking.tenses import Tenses
from infinidoc.checking.weekdays import Weekdays
from infinidoc.retrieval.evidence import until_notes, until_pages
from infinidoc.store import Store
from infinidoc.text import letters
from infinidoc.text.page_sentences import Sentence, sentences


class ConsistencyCheck:
    """Iterate for the findings, the surest first; `weak` ones only when asked for."""

    def __init__(
        self,
        store: Store,
        document: dict[str, Any],
        until: str | int | None = None,
        weak: bool = False,
    ) -> None:
        self.store, self.document, self.weak = store, document, weak
        self.last_page = until_pages(store, [document], until).get(document["id"])
        self.notes = until_notes(store, [document], until)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        pages = self.store.pages(self.document["id"], self.last_page)
        found = findings(sentences(pages))
        if not self.weak:
            found = [finding for finding in found if finding.confidence >= SOLID]
        for finding in sorted(found, key=lambda f: (-f.confidence, f.second.start)):
            yield self._as_written(finding).as_json(self.document["name"])

    def _as_written(self, finding: Finding) -> Finding:
        """The finding with its sentences as the document has them."""
        return replace(
            finding, first=self._written(finding.first), second=self._written(finding.second)
        )

    def _written(self, sentence: Sentence) -> Sentence:
        text = self.store.text(self.document["id"], sentence.start, sentence.end)
        return replace(sentence, text=" ".join(text.split()))


def findings(read: Iterator[Sentence]) -> list[Finding]:
    """All that contradicts itself in these sentences, sure or not."""
    narration, names, facts = Narration(), Names(), Facts()
    spellings, weekdays, tenses = Spellings(), Weekdays(), Tenses()
    for written in read:
        sentence = replace(written, text=letters(written.text))
        told = narration.read(sentence)
        names.read(sentence)
        facts.read(sentence, told)
        spellings.read(sentence)
        weekdays.read(sentence)
        tenses.read(sentence, told)
    judges = (names, facts, spellings, weekdays, tenses)
    return [finding for judge in judges for finding in judge.findings()]
