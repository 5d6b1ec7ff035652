"""The sections of a document: its chapters, or shares of its pages; their text and places.

Knows the store. Nothing after the last page it is given is ever looked at: not its text,
not its title. The digest of a section names its text and its places, so that a summary is
kept as long as they stay what they are.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby
from typing import Any

from infinidoc.errors import UsageError
from infinidoc.labels import place, span
from infinidoc.store import Store
from infinidoc.summarizing.page_furniture import running_heads, without_furniture
from infinidoc.summarizing.quotations import Quotation, cut_quotations
from infinidoc.text.similarity import stemmed_words
from infinidoc.text.titles import in_a_line, titles_in

LARGEST = 1_500_000  # characters of a section that are weighed; pages of longer ones are thinned
GROWN = 3  # times as many sections as asked for, before parts read later are no sections any more
FULLER = 3  # times as many sentences of a section as usual, where there are few sections
THIRD = 3  # a section's sentences for each that is quoted
FEWEST = 3  # sentences that are quoted of a section however short
# A sentence does not run from page to page here.
PAGED = tuple("pdf epub code files mail notebook slides table json jsonl subtitles".split())


@dataclass(frozen=True)
class Measure:
    """What a length means: sections at most; in each, what is read, written and listed.

    `least`: the sentences of a section where there are more sections than that.
    """

    sections: int
    passages: int
    sentences: int
    least: int
    asked: str
    words: int
    tokens: int
    files: int
    names: int

    def spread(self, sections: int) -> Measure:
        """The same over so many sections: where there are few, each has more of it."""
        every = self.sections * self.sentences // max(sections, 1)
        return self._of(min(max(every, self.least), FULLER * self.sentences))

    def within(self, sentences: int) -> Measure:
        """The same for a section of so many sentences: a third of them, but some of each."""
        most = max(sentences // THIRD, self.least, FEWEST)
        return self._of(min(self.sentences, most))

    def _of(self, sentences: int) -> Measure:
        return replace(self, sentences=sentences, words=self.words * sentences // self.sentences)


MEASURES = {
    "short": Measure(1, 4, 3, 1, "two or three sentences", 90, 110, 8, 3),
    "medium": Measure(5, 3, 2, 2, "two sentences", 70, 80, 16, 6),
    "long": Measure(12, 4, 4, 4, "three or four sentences", 140, 130, 60, 20),
}


@dataclass(frozen=True)
class Section:
    """A run of pages, both ends included."""

    title: str | None
    first: int
    last: int


@dataclass(frozen=True)
class SectionRows:
    """The sentences of a section, as rows with `start`; how many of them the model wrote.

    `written` is None where the model was not asked.
    """

    sentences: list[dict[str, Any]]
    written: int | None = None


@dataclass(frozen=True)
class SectionDraft:
    """A section to be summarized by `make`; `digest` names what that depends on."""

    section: Section
    digest: str
    make: Callable[[], SectionRows]


class SectionText:
    """The pages of one section, as one text whose characters know where they stand."""

    def __init__(
        self, store: Store, document: dict[str, Any], section: Section, heads: frozenset[str]
    ) -> None:
        """`heads`: what stands at the head or the foot of many pages of the document."""
        self.store, self.document, self.section, self.heads = store, document, section, heads
        self.pages = self._thinned()

    def _thinned(self) -> list[dict[str, Any]]:
        """Its pages without their text; every n-th of a very long section, and the last."""
        first, last = self.section.first, self.section.last
        pages = self.store.pages_light(self.document["id"], last, first - 1)
        step = -(-_length(pages) // LARGEST)
        return pages if step <= 1 else [*pages[:-1:step], pages[-1]]

    @cached_property
    def text(self) -> str:
        """The whole text; offsets in it are those of `starts`."""
        return "".join(self._texts)

    @cached_property
    def _texts(self) -> list[str]:
        numbers = {page["number"] for page in self.pages}
        first, last = self.section.first, self.section.last
        rows = self.store.pages(self.document["id"], last, first - 1)
        texts = [row["text"] for row in rows if row["number"] in numbers]
        if self.document["kind"] == "pdf":
            texts = without_furniture(texts, self.heads)
        border = "\n\n" if self.document["kind"] in PAGED else ""
        return [text + border for text in texts]

    @cached_property
    def starts(self) -> list[int]:
        """Where each page begins in `text`."""
        return list(accumulate(map(len, self._texts[:-1]), initial=0))

    @cached_property
    def sentences(self) -> list[Quotation]:
        """Its whole sentences but those that are a title: "1. What is a pump?"."""
        titles = {title for page in self.pages for title in titles_in(page["title"])}
        found = cut_quotations(self.text)
        return [one for one in found if not any(title.endswith(one.text) for title in titles)]

    def speaks_of(self, words: set[str]) -> bool:
        """Whether a sentence of it has one of these words."""
        return any(words & set(stemmed_words(sentence.text)) for sentence in self.sentences)

    @cached_property
    def digest(self) -> str:
        """Of the text, its places and its title."""
        places = [[page[key] for key in ("number", "label", "path", "line")] for page in self.pages]
        total = hashlib.sha256(json.dumps([self.section.title, places]).encode())
        total.update(self.text.encode(errors="surrogatepass"))
        return total.hexdigest()

    def offset(self, at: int) -> int:
        """Where in the document a character of `text` stands."""
        index = bisect_right(self.starts, at) - 1
        return int(self.pages[index]["start"] + at - self.starts[index])

    def sentence(self, text: str, at: int, support: float) -> dict[str, Any]:
        """A sentence of the summary as a row: its place is that of a character of `text`."""
        index = bisect_right(self.starts, at) - 1
        page = self.pages[index]
        line = page["line"]
        if line is not None:
            line += self.text.count("\n", self.starts[index], at)
        place = {"page": page["number"], "label": page["label"], "path": page["path"]}
        return {"text": text, **place, "line": line, "start": self.offset(at), "support": support}


class Sections:
    """How a document is divided, as far as page `last`."""

    def __init__(self, store: Store, document: dict[str, Any], last: int) -> None:
        self.store, self.document, self.parts = store, document, store.parts(document["id"])
        self.pages, self.last = store.pages_light(document["id"], last), last

    def text(self, section: Section) -> SectionText:
        """The text of a section."""
        return SectionText(self.store, self.document, section, self._heads)

    @cached_property
    def _heads(self) -> frozenset[str]:
        """What stands at the head or the foot of many pages."""
        if self.document["kind"] != "pdf":
            return frozenset()
        return running_heads(
            row["text"] for row in self.store.pages(self.document["id"], self.last)
        )

    def by_chapter(self) -> list[Section]:
        """The chapters; of a repository, its files."""
        starts = [page for page in self.pages if page["chapter"]]
        if not starts:
            raise UsageError(
                "this document has no chapters", where=self.document["name"], hint="leave out --by"
            )
        if starts[0]["number"] > self.pages[0]["number"]:
            starts.insert(0, self.pages[0])
        ends = [page["number"] - 1 for page in starts[1:]] + [self.pages[-1]["number"]]
        return [
            Section(
                in_a_line(start["title"]) or start["path"],
                start["number"],
                max(end, start["number"]),
            )
            for start, end in zip(starts, ends, strict=True)
        ]

    def first_part(self, sections: Sequence[Section]) -> Sequence[Section]:
        """Those that begin in what was read before anything was appended."""
        second = self.parts[1]["first_page"] if len(self.parts) > 1 else None
        return [one for one in sections if second is None or one.first < second]

    def place(self, section: Section) -> str:
        """Its first and its last page, as `ask` cites them; of a repository how many files."""
        first, last = (self._page(number) for number in (section.first, section.last))
        if first["path"] is None:
            return span((section.first, first["label"]), (section.last, last["label"]))
        if first is last:
            return place(first["number"], first["label"], first["path"])
        paths = {p["path"] for p in self.pages if section.first <= p["number"] <= section.last}
        return f"{len(paths)} files" if len(paths) > 1 else str(first["path"])

    def _page(self, number: int) -> dict[str, Any]:
        return self.pages[number - self.pages[0]["number"]]

    def by_share(self, count: int) -> list[Section]:
        """About `count` shares; a part that was appended has its own, so the others stay.

        One share is the whole; so is everything once the parts have made too many.
        """
        written = [page for page in self.pages if page["end"] > page["start"]]
        if not written:
            return []
        groups = self._by_part(written)
        size = _length(groups[0])
        counts = [count, *(min(count, -(-count * _length(g) // size)) for g in groups[1:])]
        if count == 1 or sum(counts) > GROWN * count:
            return _shares(written, count)
        return [s for g, n in zip(groups, counts, strict=True) for s in _shares(g, max(n, 1))]

    def _by_part(self, pages: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        firsts = [part["first_page"] for part in self.parts]
        groups = groupby(pages, key=lambda page: bisect_right(firsts, page["number"]))
        return [list(group) for _, group in groups]


def _length(pages: Sequence[dict[str, Any]]) -> int:
    return int(sum(page["end"] - page["start"] for page in pages))


def _shares(pages: Sequence[dict[str, Any]], count: int) -> list[Section]:
    """The pages in at most `count` runs of about equal length in characters."""
    count = min(count, len(pages))
    total, seen, runs = _length(pages), 0, [[pages[0]]]
    for index, page in enumerate(pages[1:], 1):
        seen += pages[index - 1]["end"] - pages[index - 1]["start"]
        left = len(pages) - index
        due = seen * count >= total * len(runs) or left <= count - len(runs)
        if due and len(runs) < count:
            runs.append([])
        runs[-1].append(page)
    whole = len(runs) == 1
    return [Section(_title(run, whole), run[0]["number"], run[-1]["number"]) for run in runs]


def _title(run: Sequence[dict[str, Any]], whole: bool) -> str | None:
    """The title of a run of pages; of several chapters the first and the last, of all none."""
    first, last = (in_a_line(page["title"]) for page in (run[0], run[-1]))
    if first == last or not (first and last):
        return first
    return None if whole else f"{first} to {last}"
