"""Writes summaries a reader can check: section by section, every sentence with its page.

A section is a chapter, or a share of the pages. Its summary is made of the sentences that
tell most, quoted (`evidence`, and `auto`: it takes no model and invents nothing), or written
by the model from its memory and its central passages, each sentence checked and what is
missing quoted (`memory`). A repository is summarized from its README and its definitions.
Every finished section is kept at once, under a key of all it depends on: what did not
change is found again, however the document grew.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from infinidoc.code.outline import File, Outline, file_lines
from infinidoc.errors import UsageError
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import evidence_of, until_notes, until_pages
from infinidoc.retrieval.memory_at import refuse_unfinished, refuse_unready
from infinidoc.store import Store
from infinidoc.summarizing.extractive import Line, quote
from infinidoc.summarizing.sections import Section, Sections, SectionText
from infinidoc.text.list_items import cut_points
from infinidoc.text.salience import wanted_words

VERSION = 9  # of how a section is made; another one makes them anew
MODES = ("auto", "memory", "evidence")
STYLES = ("prose", "points")
NOTHING = "it has no sentences and no points that can be quoted"
Row = dict[str, Any]


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


class SummaryStream:
    """A summary on its way: iterate for its sections as they are done."""

    def __init__(
        self,
        store: Store,
        find_language: Callable[[], LanguageModel],
        document: Row,
        length: str = "medium",
        by: str | None = None,
        focus: str | None = None,
        until: str | int | None = None,
        style: str = "prose",
        mode: str = "auto",
    ) -> None:
        """`find_language` is called only where the model writes."""
        _refuse_unknown(length, by, style, mode)
        refuse_unfinished(document)
        self.started = time.monotonic()
        self.store, self.document, self.mode = store, document, mode
        self.measure, self.length, self.style = MEASURES[length], length, style
        self.focus = focus.strip() or None if focus else None
        self.until = until_pages(store, [document], until).get(document["id"])
        last = self.until if self.until is not None else document["pages"]
        self.language = find_language() if mode == "memory" else None
        if self.language:
            refuse_unready(document, self.language)
        self.outline = self._outlined(last)
        divided = Sections(store, document, last)
        self.sections = self._sections(divided, by)
        self.warnings: list[str] = until_notes(store, [document], until)
        self._result: Row | None = None

    @property
    def result(self) -> Row:
        """The whole, with the keys of `summarize --json`; complete once iterated."""
        assert self._result is not None, "iterate first"
        return self._result

    def __iter__(self) -> Iterator[Row]:
        """The sections' summaries, each as soon as it is written, and kept by then."""
        done: list[Row] = []
        evidence: list[Row] = []
        kept = True
        for section, make, digest in self._makers():
            key = self._key(section, digest)
            made = self.store.summary(self.document["id"], key)
            kept &= made is not None
            if made is None:
                made = self._placed(make())
                self.store.save_summary(self.document["id"], key, made)
            if not made["sentences"]:
                continue
            evidence += made["evidence"]
            done.append(self._shown(section, made["sentences"]))
            yield done[-1]
        self._finish(done, evidence, kept)

    def _finish(self, sections: list[Row], evidence: list[Row], kept: bool) -> None:
        if not sections:
            self.warnings.append(NOTHING)
        self._result = {
            "document": self.document["name"],
            "length": self.length,
            "style": self.style,
            "mode": self.mode,
            "focus": self.focus,
            "until": self.until,
            "summary": "\n\n".join(section["summary"] for section in sections),
            "sections": sections,
            "evidence": evidence,
            "warnings": self.warnings,
            "seconds": round(time.monotonic() - self.started, 3),
            "cached": kept,
        }

    def _shown(self, section: Section, sentences: list[Row]) -> Row:
        texts = [sentence["text"] for sentence in sentences]
        points, prose = "\n".join(f"- {text}" for text in texts), " ".join(texts)
        return {
            "title": section.title,
            "first_page": section.first,
            "last_page": section.last,
            "summary": points if self.style == "points" or not _is_prose(texts) else prose,
            "sentences": sentences,
        }

    # -- what there is to make ---------------------------------------------------------------

    def _sections(self, divided: Sections, by: str | None) -> list[Section]:
        if self.outline is not None and not by:
            return self._outline_sections(self.outline)
        return divided.by_chapter() if by else divided.by_share(self.measure.sections)

    def _makers(self) -> Iterator[tuple[Section, Callable[[], list[Row]], str]]:
        """Each section, what makes its sentences, and the digest of what it is made from."""
        if self.outline is None:
            yield from self._prose(self._with_focus())
        elif self.sections and self.sections[0].title == _WHAT:
            yield from self._outlines(self.outline)
        else:
            yield from self._files(self.outline)

    def _prose(
        self, sections: list[Section]
    ) -> Iterator[tuple[Section, Callable[[], list[Row]], str]]:
        for section in sections:
            text = SectionText(self.store, self.document, section)
            yield section, lambda text=text: self._compose(text), text.digest  # type: ignore[misc]

    def _with_focus(self) -> list[Section]:
        """The sections that share a word with the focus; if none does, all, and a warning."""
        words = wanted_words(self.focus)
        if not words:
            return self.sections
        found = [
            section
            for section in self.sections
            if SectionText(self.store, self.document, section).speaks_of(words)
        ]
        if not found:
            self.warnings.append(f"no sentence shares a word with the focus {self.focus!r}")
        return found or self.sections

    def _key(self, section: Section, digest: str) -> str:
        """Everything the sentences of a section depend on; not how they are shown."""
        adapter = self.language.adapter_name if self.language else None
        what = [VERSION, self.mode, self.length, section.title, self.focus, adapter, digest]
        return json.dumps(what, ensure_ascii=False)

    # -- prose -------------------------------------------------------------------------------

    def _compose(self, text: SectionText) -> list[Row]:
        """The sentences of a section: what the model wrote and may stand, then quotations."""
        measure = self.measure
        lines = self._written(text)
        said = [line.text for line in lines]
        words = sum(len(line.split()) for line in said)
        if len(lines) < measure.sentences and words < measure.words // 2:
            lines += quote(
                text.sentences,
                measure.sentences - len(lines),
                measure.words - words,
                self.focus,
                said,
            )
        lines += self._points(text, lines)
        ordered = sorted(lines, key=lambda line: line.start)
        return [_sentence(text, line) for line in ordered[: measure.sentences + 1]]

    def _points(self, text: SectionText, lines: list[Line]) -> list[Line]:
        """Points of its lists or records, where it has too few sentences."""
        missing = self.measure.sentences - len(lines)
        if missing <= 0:
            return []
        points = [
            point
            for point in cut_points(text.text)
            if not any(point.start < one.end and one.start < point.end for one in text.sentences)
        ]
        said = [line.text for line in lines]
        words = self.measure.words - sum(len(line.split()) for line in said)
        return quote(points, missing, words, self.focus, said) if words > 0 else []

    def _written(self, text: SectionText) -> list[Line]:
        if self.language is None:
            return []
        from infinidoc.summarizing.abstractive import Writer

        writer = Writer(self.store, self.language, self.document, self.until)
        measure = self.measure
        return writer.lines(text, measure.passages, measure.asked, measure.tokens, self.focus)

    def _placed(self, sentences: list[Row]) -> Row:
        """The sentences, and the passages they stand in; offsets stay inside."""
        evidence: dict[int, Row] = {}
        for sentence in sentences:
            start = sentence.pop("start")
            for row in self.store.passages(self.document["id"], sentence["page"], sentence["page"]):
                if row["start"] <= start < row["end"]:
                    passage = evidence_of(row, self.document, sentence["support"])
                    evidence[row["start"]] = passage.as_json()
        return {"sentences": sentences, "evidence": [evidence[at] for at in sorted(evidence)]}

    # -- code --------------------------------------------------------------------------------

    def _outlined(self, last: int) -> Outline | None:
        """The outline, if this is a repository with code in it."""
        if self.document["kind"] != "code":
            return None
        outline = Outline(self.store, self.document["id"], last)
        return outline if outline.is_code else None

    def _outline_sections(self, outline: Outline) -> list[Section]:
        numbers = [page["number"] for file in outline.files.values() for page in file.pages]
        first, last = min(numbers), max(numbers)
        readme = outline.readme
        what = (
            Section(_WHAT, readme.pages[0]["number"], readme.pages[-1]["number"])
            if readme
            else Section(_WHAT, first, first)
        )
        return [what, Section("Entry points", first, last), Section("Modules", first, last)]

    def _outlines(self, outline: Outline) -> Iterator[tuple[Section, Callable[[], list[Row]], str]]:
        focus = wanted_words(self.focus)
        what, starts, modules = self.sections
        text = SectionText(self.store, self.document, what)
        yield what, lambda: self._what_it_does(text), text.digest
        whole = SectionText(self.store, self.document, modules).digest
        yield starts, lambda: outline.entry_lines(focus), whole
        files, names = self.measure.files, self.measure.names
        yield modules, lambda: outline.module_lines(files, names, focus), whole

    def _what_it_does(self, text: SectionText) -> list[Row]:
        """The README's first sentence, then its most telling ones."""
        first = text.sentences[:1]
        count = self.measure.sentences
        lines = [Line(s.text, s.start, 1.0, True) for s in first]
        lines += quote(
            text.sentences[1:], count, self.measure.words, None, [one.text for one in lines]
        )
        return [_sentence(text, line) for line in lines]

    def _files(self, outline: Outline) -> Iterator[tuple[Section, Callable[[], list[Row]], str]]:
        """A repository chapter by chapter is file by file."""
        by_page = {file.pages[0]["number"]: file for file in outline.files.values()}
        for section in self.sections:
            text = SectionText(self.store, self.document, section)
            file = by_page.get(section.first)
            make = self._file_maker(file, text)
            yield section, make, text.digest

    def _file_maker(self, file: File | None, text: SectionText) -> Callable[[], list[Row]]:
        if file is None or file.is_prose or not (file.definitions or file.doc):
            return lambda: self._compose(text)
        return lambda: file_lines(file, self.measure.names)


_WHAT = "What it does"


def _is_prose(texts: list[str]) -> bool:
    """Whether each is closed like a sentence, so that they can be read on."""
    return all(re.search(r"[.!?…:。！？][\"'”’)\]*_]*$", text) for text in texts)


def _sentence(text: SectionText, line: Line) -> Row:
    place = {**text.place(line.start), "start": text.offset(line.start)}
    return {"text": line.text, **place, "support": line.support}


def _refuse_unknown(length: str, by: str | None, style: str, mode: str) -> None:
    for name, value, known in (
        ("length", length, tuple(MEASURES)),
        ("style", style, STYLES),
        ("mode", mode, MODES),
    ):
        if value not in known:
            raise UsageError(f"no {name} {value!r}", hint="one of " + ", ".join(known))
    if by not in (None, "chapter"):
        raise UsageError(f"cannot summarize by {by!r}", hint="--by chapter")
