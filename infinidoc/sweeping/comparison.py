"""Shows what a text says of two things, or of one thing before and after, side by side.

Each side has its own passages. Where the question says what to compare, the model reads
each side's for it; otherwise the sentences that say most are quoted, because a general
"what about it" is more than a small model can be trusted with.
"""

from __future__ import annotations

from collections.abc import Iterator

from infinidoc.code.lookup import defined_as
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.retrieval.mentions import find_mentions, pattern_of, sentences_of
from infinidoc.retrieval.proper_names import names_in
from infinidoc.sweeping.assembled import cited, joined, shortened
from infinidoc.sweeping.question_kinds import short_name, symbol_in
from infinidoc.sweeping.sweep import HALF, Sweep, page_of
from infinidoc.text.textrank import central
from infinidoc.text.titles import titles_in

QUOTED = 2  # sentences a side, besides the first or last of it
COMPARED = 3  # passages a side that the model reads


class Comparison(Sweep):
    """A comparison, or a change, told side by side."""

    def _tell(self) -> Iterator[str]:
        yield from self._compare() if self.kind == "compare" else self._change()
        if self.found:
            yield f"({self._searched()})"

    # -- two things ------------------------------------------------------------------------

    def _compare(self) -> Iterator[str]:
        """One side after the other; a comparison needs at least one that is written of."""
        silent = []
        for side in (self.asked.subject, self.asked.other):
            said = list(self._aspect(side) if self.asked.aspect else ())
            title, said = _capital(side), said or self._definitions(side)
            if said and not self.asked.aspect:
                title = symbol_in(side)  # as code spells it
            said = said or self._quotes(side, 1, self._last_page)
            if said:
                yield f"{title}:\n"
                yield from said
            else:
                silent.append(side)
        if self.found and silent:
            yield f"{_capital(joined(silent))}: nothing is said of it.\n"

    def _definitions(self, side: str) -> list[str]:
        """What code says of itself where it defines the side."""
        if self.document["kind"] != "code":
            return []
        pages = self.store.pages(self.document["id"], self.last)
        found = defined_as(symbol_in(side), pages, self.document["name"])
        told = [one for one in found if one.found.doc]
        if told:
            self._keep([one.evidence for one in told], HALF)
        return [f"  {one.found.doc} {cited(one.evidence)}\n" for one in told]

    def _aspect(self, side: str) -> Iterator[str]:
        """The model's answer from the side's own passages."""
        words = f"{side} {self.asked.aspect}"
        rows = self.store.matching(self.document["id"], words, self.last)
        rows = rows or self.store.matching(self.document["id"], side, self.last)
        best = sorted(rows, key=lambda row: -row["score"])[:COMPARED]
        if not best:
            return
        passages = [evidence_of(row, self.document, row["score"]) for row in best]
        question = f"What is the {self.asked.aspect} of {side}?"
        reading = self._read(self.document, question, passages).finish()
        if reading["found"]:
            self._keep(passages, min(reading["confidence"], 0.9))
            yield f"  {reading['answer']} {cited(passages[0])}\n"

    # -- before and after ------------------------------------------------------------------

    def _change(self) -> Iterator[str]:
        """What is said up to the first border, and what from there to the second."""
        before = 0
        for title, first, last in self._stretches():
            said = self._quotes(self.asked.subject, first, last)
            new = "" if self.asked.subject else self._new_names(first, last)
            before += bool(said)
            if said:
                yield f"{title}:\n"
                yield from said
                yield new
            elif before:
                yield f"{title}: nothing is said of it.\n"

    def _stretches(self) -> list[tuple[str, int, int]]:
        """The pages before and after the change; without borders, the two halves."""
        if self.asked.borders is None:
            middle = self.pages[(len(self.pages) - 1) // 2]["number"]
            return [
                ("In the first half", 1, middle),
                ("In the second half", middle + 1, self._last_page),
            ]
        one, other = self.asked.borders
        first, last = (
            min(
                self.store.find_page(self.document["id"], page_of(border))["number"],
                self._last_page,
            )
            for border in self.asked.borders
        )
        return [(f"Up to {one}", 1, first), (f"From there to {other}", first + 1, last)]

    def _new_names(self, first: int, last: int) -> str:
        """The names written for the first time on these pages."""
        pages = self.store.pages(self.document["id"], last)
        names = names_in(pages, self.document["name"])
        new = [name.words for name in names if name.first and name.first.page >= first]
        return f"  New names: {joined(new)}.\n" if new and first > 1 else ""

    # -- what is quoted --------------------------------------------------------------------

    @property
    def _last_page(self) -> int:
        return int(self.pages[-1]["number"])

    def _quotes(self, subject: str, first: int, last: int) -> list[str]:
        """The sentences of these pages that say most of the subject, and the latest one."""
        sentences = self._sentences(subject, first, last)
        if not sentences:
            return []
        chosen = central([sentence.text for sentence in sentences], QUOTED)
        best = sorted({*(index for index, _ in chosen), len(sentences) - 1})
        kept = [sentences[index] for index in best]
        self._keep(kept, HALF)
        return [f"  {shortened(sentence.text)} {cited(sentence)}\n" for sentence in kept]

    def _sentences(self, subject: str, first: int, last: int) -> list[Evidence]:
        """All sentences that name the subject, or all there are; no heading among them."""
        name = self.document["name"]
        texts = (page for page in self._texts() if first <= page["number"] <= last)
        if subject:
            pattern = pattern_of(short_name(subject))
            found = [mention.evidence for mention in find_mentions(texts, pattern, name)]
        else:
            found = [sentence for page in texts for sentence in sentences_of(page, name)]
        headings = {
            title for page in self.pages if page["chapter"] for title in titles_in(page["title"])
        }
        found = [one for one in found if one.text.lstrip("# ") not in headings]
        return list({one.start: one for one in found}.values())

    def _keep(self, evidence: list[Evidence], confidence: float) -> None:
        self.found = True
        self.confidence = max(self.confidence, confidence)
        self.evidence += evidence


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
