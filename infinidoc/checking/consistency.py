"""Reads a document once, from the first page to the last, for what it writes in two ways.

Streams: what is kept grows with the names and words of the text, not with its length. Needs
no language model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any

from infinidoc.checking.finding import Inconsistency
from infinidoc.checking.names import Names
from infinidoc.checking.spellings import Spellings
from infinidoc.checking.weekdays import Weekdays
from infinidoc.retrieval.evidence import border_at
from infinidoc.retrieval.page_sentences import Sentence, sentences
from infinidoc.store import Store
from infinidoc.text import fold, letters, words_in
from infinidoc.text.languages import STOP_WORDS, language_of

NOT_ENGLISH = "this is not English prose, and the rules of check know no other: nothing was checked"

_SAMPLE = 400  # sentences by which the language is told
_ENGLISH = 0.18  # share of stop words in English prose, at least; other languages have less


class ConsistencyCheck:
    """Iterate for the findings, the surest first."""

    looks_for = "names spelled in two ways, British beside American spelling, wrong weekdays"

    def __init__(
        self, store: Store, document: dict[str, Any], until: str | int | None = None
    ) -> None:
        self.store, self.document = store, document
        border = border_at(store, [document], until)
        self.last_page, self.notes = border.pages.get(document["id"]), border.notes
        self.notes += [] if self.is_english else [NOT_ENGLISH]

    @cached_property
    def is_english(self) -> bool:
        """Whether the rules are those of the document's language, told by its beginning."""
        return english(islice(self._sentences(), _SAMPLE))

    def _sentences(self) -> Iterator[Sentence]:
        return sentences(self.store.pages(self.document["id"], self.last_page))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        found = findings(self._sentences()) if self.is_english else []
        for finding in sorted(found, key=lambda f: (-f.confidence, f.second.start)):
            yield self._as_written(finding).as_dict(self.document["name"])

    def _as_written(self, finding: Inconsistency) -> Inconsistency:
        """The finding with its sentences as the document has them."""
        first, second = self._written(finding.first), self._written(finding.second)
        return replace(finding, first=first, second=second)

    def _written(self, sentence: Sentence) -> Sentence:
        text = self.store.text(self.document["id"], sentence.start, sentence.end)
        return replace(sentence, text=" ".join(text.split()))


def findings(read: Iterator[Sentence]) -> list[Inconsistency]:
    """All that is written in two ways in these sentences of English."""
    rules = (Names(), Spellings(), Weekdays())
    for written in read:
        sentence = replace(written, text=letters(written.text))
        for rule in rules:
            rule.read(sentence)
    return [finding for rule in rules for finding in rule.findings()]


def english(sample: Iterable[Sentence]) -> bool:
    """Whether most of it is English prose, told by its stop words; True of no words at all."""
    text = " ".join(sentence.text for sentence in sample)
    if language_of(text) != "en":
        return False
    words = words_in(fold(text))
    known = sum(word in STOP_WORDS["en"] for word in words)
    return known >= _ENGLISH * len([word for word in words if word.isalpha()])
