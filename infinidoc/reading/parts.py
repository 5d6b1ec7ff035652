"""A file that consists of parts with names of their own: cells, messages, sections.

A part never shares a page with another, so that a passage is cited by its part. Long parts
are cut like plain text.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

from infinidoc.control import plain
from infinidoc.errors import SourceError
from infinidoc.labels import place, within
from infinidoc.reading.document import FileSource, Page, Source
from infinidoc.reading.pages import Line, cut_pages, plainly_headed


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its `label` is how it is cited ("cell 3"), its `title` what it is called.

    `problem` says what of it could not be read; `source`: a document of its own that the part
    is, each of whose places is cited behind the label.
    """

    text: str
    label: str | None = None
    title: str | None = None
    markdown: bool = False
    problem: str | None = None
    source: Source | None = None


class PartsSource(FileSource):
    """A file that is read part by part."""

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """The parts in order, those without text and problem included."""

    def pages(self, start: int = 1) -> Iterator[Page]:
        number, heading, blank = 0, None, True
        for part in self.parts():
            for page in _pages(part):
                number += 1
                blank = blank and not page.text
                title = page.title or part.title or heading
                heading = heading if part.source else page.title or heading
                if number >= start:
                    yield replace(page, number=number, title=title)
        if blank:
            raise SourceError("there is no text in it", where=self.location)


def _pages(part: Part) -> Iterator[Page]:
    """The pages of one part, all numbered 1; none for one with nothing to say."""
    if part.source is not None:
        yield from _held(part.source, part.label or "", part.title)
        return
    text, problem = plain(part.text).strip("\n"), part.problem
    if not text.strip():
        if problem:
            yield Page(1, "", part.label, part.title, problem=problem)
        return
    for index, page in enumerate(cut_pages(_headed(text, part.markdown))):
        begins = page.chapter or (index == 0 and part.title is not None)
        yield Page(1, page.text, part.label, page.title, begins, problem=problem)
        problem = None


def _held(source: Source, label: str, title: str | None) -> Iterator[Page]:
    """The pages of a document that is a part; if it fails, one that says so."""
    try:
        for index, page in enumerate(source.pages()):
            lined = page.line is not None and not (page.label or page.path)
            inner = None if lined else place(page.number, page.label, page.path)
            yield replace(
                page,
                label=within(label, inner),
                title=page.title or title,
                chapter=page.chapter or index == 0,
                path=None,
            )
    except SourceError as error:
        yield Page(1, "", label, title, problem=error.told)


def _headed(text: str, markdown: bool) -> Iterator[Line]:
    lines = (Line(number, line) for number, line in enumerate(text.split("\n"), 1))
    if not markdown:
        return plainly_headed(lines)
    from infinidoc.reading.markdown import headed

    return headed(lines, levels=(1, 2))  # the other parts have levels, too
