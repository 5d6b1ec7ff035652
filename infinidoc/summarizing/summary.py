"""A summary on its way: section by section, each kept as soon as it is made.

A section is a chapter, or a share of the pages. Its sentences are quoted (`evidence`, and
`auto`: that takes no model and invents nothing), or written by the model (`memory`), each
held against the text. A section is kept under a key of all it depends on: what did not
change is found again, however the document grew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from infinidoc.answering.query import refuse_mode
from infinidoc.code.outline import Outline
from infinidoc.errors import UsageError
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import border_at, evidence_of
from infinidoc.retrieval.memory_at import refuse_unread, refuse_unready
from infinidoc.store import Store
from infinidoc.summarizing.abstraction import Abstraction
from infinidoc.summarizing.drafts import Drafts
from infinidoc.summarizing.log_outline import LogOutline
from infinidoc.summarizing.result import (
    SectionSummary,
    Summary,
    SummarySentence,
    as_text,
    is_section,
)
from infinidoc.summarizing.salience import wanted_words
from infinidoc.summarizing.sections import (
    MEASURES,
    Measure,
    Section,
    SectionDraft,
    SectionRows,
    Sections,
)

VERSION = 15  # of how a section is made; another one makes them anew
STYLES = ("prose", "points")
NOTHING = "it has no sentences and no points that can be quoted"
ALL_QUOTED = "the text bears out no sentence that the model wrote: all of this is quoted"
NOT_ASKED = (
    "a repository is summarized from its definitions, a log from its messages: the model wrote "
    "nothing of this"
)


class SummaryStream:
    """Iterate for the sections as they are done; then `result` is the whole."""

    def __init__(
        self,
        store: Store,
        find_language: Callable[[], LanguageModel],
        document: dict[str, Any],
        length: str = "medium",
        by: str | None = None,
        focus: str | None = None,
        until: str | int | None = None,
        style: str = "prose",
        mode: str = "auto",
    ) -> None:
        """`find_language` is called only where the model writes."""
        refuse_mode(mode)
        _refuse_unknown(length, by, style)
        refuse_unread(document)
        self.started = time.monotonic()
        self.store, self.document = store, document
        self.length, self.style, self.mode = length, style, mode
        self.focus = focus.strip() or None if focus else None
        border = border_at(store, [document], until)
        self.until = border.pages.get(document["id"])
        self.language = find_language() if mode == "memory" else None
        if self.language:
            refuse_unready(document, self.language, mode)
        self.warnings = border.notes
        last = document["pages"] if self.until is None else self.until
        self.outline = self._outline(last)
        self.log = None if by else LogOutline.of(store, document, last)
        self.divided = Sections(store, document, last)
        self.sections = self._sections(by)
        self._result: Summary | None = None

    @property
    def result(self) -> Summary:
        """The whole; complete once iterated."""
        assert self._result is not None, "iterate first"
        return self._result

    def __iter__(self) -> Iterator[SectionSummary]:
        """The sections' summaries, each as soon as it is written, and kept by then."""
        made: list[tuple[SectionSummary, dict[str, Any]]] = []
        cached = True
        for draft in self.drafts():
            row = self.store.summary(self.document["id"], self._key(draft))
            cached &= is_section(row)
            if row is None or not is_section(row):
                row = self._placed(draft.make())
                self.store.save_summary(self.document["id"], self._key(draft), row)
            if row["sentences"]:
                made.append((self._section(draft.section, row["sentences"]), row))
                yield made[-1][0]
        self._finish(made, cached)

    def _finish(self, made: list[tuple[SectionSummary, dict[str, Any]]], cached: bool) -> None:
        asked = [row["written"] for _, row in made if row["written"] is not None]
        sections = tuple(section for section, _ in made)
        if not sections:
            self.warnings.append(NOTHING)
        elif self.language and not sum(asked):
            self.warnings.append(ALL_QUOTED if asked else NOT_ASKED)
        self._result = Summary(
            document=self.document["name"],
            length=self.length,
            style=self.style,
            mode=self.mode,
            focus=self.focus,
            until=self.until,
            summary="\n\n".join(section.summary for section in sections),
            sections=sections,
            evidence=tuple(passage for _, row in made for passage in row["evidence"]),
            warnings=tuple(self.warnings),
            seconds=round(time.monotonic() - self.started, 3),
            cached=cached,
        )

    def _section(self, section: Section, rows: list[dict[str, Any]]) -> SectionSummary:
        sentences = tuple(SummarySentence(**row) for row in rows)
        return SectionSummary(
            title=section.title,
            first_page=section.first,
            last_page=section.last,
            place=self.divided.place(section),
            summary=as_text(sentences, self.style),
            sentences=sentences,
        )

    def _outline(self, last: int) -> Outline | None:
        """The outline, if this is a repository with code in it."""
        if self.document["kind"] != "code":
            return None
        outline = Outline(self.store, self.document["id"], last)
        return outline if outline.is_code else None

    def _sections(self, by: str | None) -> list[Section]:
        """How the text is divided; a repository or a log as a whole is not."""
        if by:
            return self.divided.by_chapter()
        return (
            []
            if self.outline or self.log
            else self.divided.by_share(MEASURES[self.length].sections)
        )

    def drafts(self) -> Iterator[SectionDraft]:
        """The sections that are to be summarized, in the document's order, one at a time."""
        abstraction = None
        if self.language:
            abstraction = Abstraction(self.store, self.language, self.document, self.until)
        drafts = Drafts(self.divided, self._measure, self.focus, abstraction)
        if self.log:
            yield from drafts.of_log(self.log)
        elif self.outline is None:
            yield from map(drafts.of_text, self._focused)
        elif self.sections:
            yield from drafts.of_files(self.outline, self.sections)
        else:
            yield from drafts.of_repository(self.outline)

    @cached_property
    def _measure(self) -> Measure:
        """What the length means for as many sections as there were before anything was
        appended, so that those stay as they are."""
        measure, first = MEASURES[self.length], self.divided.first_part(self._focused)
        return measure if self.outline or self.log else measure.spread(len(first))

    @cached_property
    def _focused(self) -> list[Section]:
        """The sections that share a word with the focus; if none does, all, and a warning."""
        words = wanted_words(self.focus)
        if not words:
            return self.sections
        found = [
            section for section in self.sections if self.divided.text(section).speaks_of(words)
        ]
        if not found:
            self.warnings.append(f"no sentence shares a word with the focus {self.focus!r}")
        return found or self.sections

    def _key(self, draft: SectionDraft) -> str:
        """Everything the sentences of a section depend on; not how they are shown."""
        adapter = self.language.adapter_name if self.language else None
        size = [self.length, self._measure.sentences]
        how = [VERSION, self.mode, *size, draft.section.title, self.focus, adapter]
        return json.dumps([*how, draft.digest], ensure_ascii=False)

    def _placed(self, made: SectionRows) -> dict[str, Any]:
        """The sentences as they are kept, with the passages they stand in."""
        evidence: dict[int, dict[str, Any]] = {}
        for sentence in made.sentences:
            start, page = sentence.pop("start"), sentence["page"]
            for row in self.store.passages(self.document["id"], page, page):
                if row["start"] <= start < row["end"]:
                    passage = evidence_of(row, self.document, sentence["support"])
                    evidence[row["start"]] = passage.as_json()
        passages = [evidence[start] for start in sorted(evidence)]
        return {"sentences": made.sentences, "evidence": passages, "written": made.written}


def _refuse_unknown(length: str, by: str | None, style: str) -> None:
    for name, value, known in (("length", length, (*MEASURES,)), ("style", style, STYLES)):
        if value not in known:
            raise UsageError(f"no {name} {value!r}", hint="one of " + ", ".join(known))
    if by not in (None, "chapter"):
        raise UsageError(f"cannot summarize by {by!r}", hint="--by chapter")
