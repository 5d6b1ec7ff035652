"""Writes summaries: section by section from the passages that matter and the memory there.

A section is a chapter, or an equal share of the pages. Its summary is written by the
model, reading the section's central passages with the memory the document had left at the
section's end. Finished summaries are kept in the library until the document grows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.answering.central import central
from infinidoc.answering.evidence import Evidence, evidence_of, until_pages
from infinidoc.answering.prompts import summary_prompt
from infinidoc.answering.recollection import Recollection, refuse_unready
from infinidoc.errors import UsageError
from infinidoc.language import LanguageModel
from infinidoc.store import Store


@dataclass(frozen=True)
class Measure:
    """What a length means: sections at most, passages each, sentences, tokens each."""

    sections: int
    passages: int
    sentences: str
    tokens: int


MEASURES = {
    "short": Measure(1, 4, "two or three sentences", 110),
    "medium": Measure(5, 3, "two sentences", 80),
    "long": Measure(12, 4, "three or four sentences", 130),
}


@dataclass(frozen=True)
class Section:
    """A run of pages, both ends included."""

    title: str | None
    first: int
    last: int


class Summarizing:
    """A summary on its way: iterate for its sections as they are done."""

    def __init__(
        self,
        store: Store,
        language: LanguageModel,
        document: dict[str, Any],
        length: str = "medium",
        by: str | None = None,
        focus: str | None = None,
        until: str | int | None = None,
    ) -> None:
        if length not in MEASURES:
            raise UsageError(f"no length {length!r}", hint="one of " + ", ".join(MEASURES))
        if by not in (None, "chapter"):
            raise UsageError(f"cannot summarize by {by!r}", hint="--by chapter")
        refuse_unready(document, language)
        self.started = time.monotonic()
        self.store, self.language, self.document = store, language, document
        self.measure, self.length, self.focus = MEASURES[length], length, focus
        border = until_pages(store, [document], until)
        self.until = border.get(document["id"])
        self.last_page = self.until if self.until is not None else document["pages"]
        self.recollection = Recollection(store, language, document, self.until)
        self.key = json.dumps(
            [length, by, focus, self.until, language.adapter, 1], ensure_ascii=False
        )
        self.sections = self._by_chapter() if by else self._by_share(self.measure.sections)
        self._result: dict[str, Any] | None = None

    @property
    def result(self) -> dict[str, Any]:
        """The whole, with the keys of `summarize --json`; complete once iterated."""
        assert self._result is not None, "iterate first"
        return self._result

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The sections' summaries, each as soon as it is written."""
        cached = self.store.summary(self.document["id"], self.key)
        if cached is not None:
            seconds = round(time.monotonic() - self.started, 3)
            self._result = {**cached, "seconds": seconds, "cached": True}
            yield from cached["sections"]
            return
        done, evidence = [], []
        for section in self.sections:
            passages = self._passages(section)
            if not passages:
                continue
            text = self._write(section, passages)
            done.append(
                {
                    "title": section.title,
                    "first_page": section.first,
                    "last_page": section.last,
                    "summary": text,
                }
            )
            evidence += [passage.as_json() for passage in passages]
            yield done[-1]
        self._keep(done, evidence)

    def _keep(self, sections: list[dict[str, Any]], evidence: list[dict[str, Any]]) -> None:
        result = {
            "document": self.document["name"],
            "length": self.length,
            "summary": "\n\n".join(section["summary"] for section in sections),
            "sections": sections,
            "evidence": evidence,
        }
        self.store.save_summary(self.document["id"], self.key, result)
        seconds = round(time.monotonic() - self.started, 3)
        self._result = {**result, "seconds": seconds, "cached": False}

    def _passages(self, section: Section) -> list[Evidence]:
        """The section's central passages, in reading order."""
        rows = list(self.store.passages(self.document["id"], section.first, section.last))
        chosen = central([row["text"] for row in rows], self.measure.passages, self.focus)
        return [evidence_of(rows[index], self.document, score) for index, score in chosen]

    def _write(self, section: Section, passages: list[Evidence]) -> str:
        from infinidoc.answering.generate import read_prompt, write

        tokenizer = self.language.tokenizer
        spans = summary_prompt(tokenizer, passages, self.measure.sentences, self.focus)
        after = self._memory_after(section)
        memories = [
            after
            if span.passage is None
            else self.recollection.before(passages[span.passage].start)
            for span in spans
        ]
        window, hidden = read_prompt(self.language, spans, memories)
        pieces = write(
            self.language, window, hidden, after, most=self.measure.tokens, stop_at_line=False
        )
        return _whole_sentences("".join(piece.text for piece in pieces))

    def _memory_after(self, section: Section) -> Any:
        """The memory at the section's end; at the last page that is everything read."""
        if section.last >= self.document["pages"]:
            return self.recollection.latest()
        page = self.store.page(self.document["id"], section.last)
        return self.recollection.as_of(page["end"])

    def _by_share(self, count: int) -> list[Section]:
        """The pages in `count` runs of about equal length in characters."""
        pages = [p for p in self.store.pages_light(self.document["id"]) if p["end"] > p["start"]]
        pages = [page for page in pages if page["number"] <= self.last_page]
        if not pages:
            return []
        total, sections, first = pages[-1]["end"], [], 0
        count = min(count, len(pages))
        for share in range(1, count + 1):
            last = first
            while (
                last + 1 < len(pages) - (count - share)
                and pages[last]["end"] * count < total * share
            ):
                last += 1
            last = len(pages) - 1 if share == count else last
            title = pages[first]["title"]
            sections.append(Section(title, pages[first]["number"], pages[last]["number"]))
            first = last + 1
            if first >= len(pages):
                break
        return sections

    def _by_chapter(self) -> list[Section]:
        """The chapters; for a repository its folders and files are too many: shares then."""
        pages = self.store.pages_light(self.document["id"])
        pages = [page for page in pages if page["number"] <= self.last_page]
        starts = [page for page in pages if page["chapter"]]
        if not starts:
            raise UsageError(
                "this document has no chapters", where=self.document["name"], hint="leave out --by"
            )
        if starts[0]["number"] > pages[0]["number"]:
            starts.insert(0, pages[0])
        ends = [page["number"] - 1 for page in starts[1:]] + [pages[-1]["number"]]
        return [
            Section(start["title"] or start["path"], start["number"], max(end, start["number"]))
            for start, end in zip(starts, ends, strict=True)
        ]


def _whole_sentences(text: str) -> str:
    """Without a last sentence that was cut off, if there is a whole one before it."""
    text = text.strip()
    if text.endswith((".", "!", "?", '"', "”")):
        return text
    end = max(text.rfind(mark) for mark in (". ", "! ", "? ", ".\n"))
    return text[: end + 1] if end > 0 else text
