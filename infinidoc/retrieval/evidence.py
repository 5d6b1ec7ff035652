"""A passage of the text and where it stands, for a reader to check an answer by.

Page, label, path and line are looked up with the passage, never generated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from infinidoc.errors import NotFound
from infinidoc.labels import is_named, place
from infinidoc.store import Store
from infinidoc.store.store import CONVERSATION
from infinidoc.text.lines import one_line
from infinidoc.text.phrases import joined, shortened

QUOTED = 200  # characters of a passage that are quoted in an answer


@dataclass(frozen=True)
class Evidence:
    """A passage and where it stands. `start`, `end` count characters of the document.

    `at`: how many characters stand before what is cited of it; `line` is the line of that.
    """

    document: str
    page: int
    label: str | None
    path: str | None
    line: int | None
    start: int
    end: int
    text: str
    score: float
    kind: str | None = None
    at: int = 0

    def where(self) -> str:
        """The place as a reader would cite it: path:line, page, cell, message or turn."""
        if self.kind == CONVERSATION and self.label:
            return f"turn {self.page}, {self.label}"
        return place(self.page, self.label, self.path, self.line)

    def cited(self) -> str:
        """Its place in brackets."""
        return f"[{self.where()}]"

    def quoted(self) -> str:
        """It in one line, from what is cited of it on if the whole is too long for that."""
        whole, cited = one_line(self.text), self.text[self.at :]
        return whole if len(whole) <= QUOTED else shortened(cited, QUOTED)

    def as_json(self) -> dict[str, Any]:
        values = {**asdict(self), "text": self.text.strip(), "score": round(self.score, 4)}
        del values["at"]
        return values

    def place_at(self, start: int) -> dict[str, Any]:
        """Where a character of the passage stands."""
        place = {key: getattr(self, key) for key in ("document", "page", "label", "path")}
        line = self.line
        if line is not None:
            line += self.text.count("\n", 0, start) - self.text.count("\n", 0, self.at)
        return {**place, "line": line}

    def as_citation(
        self, start: int | None = None, end: int | None = None, supported: bool = True
    ) -> dict[str, Any]:
        """A sentence of the passage (by default all from `at` on) that an answer stands on."""
        start = self.at if start is None else start
        text = self.text[start:end].strip()
        return {**self.place_at(start), "text": text, "supported": supported}


def evidence_of(row: dict[str, Any], document: dict[str, Any], score: float) -> Evidence:
    """A passage row of the store as evidence."""
    keys = ("page", "label", "path", "line", "start", "end", "text")
    place: dict[str, Any] = {key: row.get(key) for key in keys}
    return Evidence(document=document["name"], kind=document["kind"], score=score, **place)


def places_in_words(evidence: Sequence[Evidence], pages: Sequence[dict[str, Any]]) -> str:
    """ "on pages 3, 9 and 12" of all `pages`; lines where there is one, paths where there are
    files, sheets where pages are called the same."""
    if evidence and (evidence[0].path is not None or is_named(evidence[0].label)):
        before = "in" if evidence[0].path is None else "at"
        return f"{before} {joined(list(dict.fromkeys(passage.where() for passage in evidence)))}"
    if len(pages) == 1 and evidence and evidence[0].line is not None:
        numbers, noun = list(dict.fromkeys(str(passage.line) for passage in evidence)), "line"
    else:
        called = Counter(_printed(page["number"], page["label"]) for page in pages)
        labels = {passage.page: _printed(passage.page, passage.label) for passage in evidence}
        numbers, noun = [_told_apart(*one, called) for one in labels.items()], "page"
    return f"on {noun}{'s' if len(numbers) > 1 else ''} {joined(numbers)}"


def _printed(number: int, label: str | None) -> str:
    return label or str(number)


def _told_apart(number: int, label: str, called: Counter[str]) -> str:
    """A page's label, with its sheet if another one has the same."""
    return f"{label} (sheet {number})" if called[label] > 1 else label


@dataclass(frozen=True)
class Finding:
    """A piece of an answer: words, passages to check them by, and how certain they are.

    Words of confidence 0 only say how much was examined: nothing is found by them. None: a
    model found them that no confidence was fitted to.
    """

    text: str
    evidence: tuple[Evidence, ...] = ()
    confidence: float | None = 0.0


@dataclass(frozen=True)
class Border:
    """How far documents may be known: the last page of each, {} if everything may.

    `notes`: what a reader should know of it, such as that several pages are called so.
    """

    pages: dict[int, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def border_at(store: Store, documents: Sequence[dict[str, Any]], until: str | int | None) -> Border:
    """The border that `until` means: a page number, a printed label or a chapter.

    Raises NotFound if no document has such a page.
    """
    if until is None:
        return Border()
    border = Border(dict.fromkeys((row["id"] for row in documents), 0))
    missing: NotFound | None = None
    for row in documents:
        try:
            found = store.find_pages(row["id"], str(until))
        except NotFound as error:
            missing = error
            continue
        border.pages[row["id"]] = found[0]["number"]
        if len(found) > 1:
            border.notes.append(_ambiguity_note(row["name"], until, found))
    if missing is not None and not any(border.pages.values()):
        raise missing
    return border


def _ambiguity_note(name: str, until: str | int, pages: Sequence[dict[str, Any]]) -> str:
    first, *others = [f"sheet {page['number']}" for page in pages]
    return (
        f"{len(pages)} pages of {name} are called {until} ({first}, "
        f'{", ".join(others)}): {first} was taken; --until "{others[0]}" means another'
    )
