"""The entries of a reference that a question names: "What does --archive do?", "$sort".

An entry is what stands under a line of an option, a variable, a key or a function for itself, or
behind it in its row. A name is looked for as it is written, so a question about `sort` is not
answered with `sort_aux`. Knows lines and pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import Any

from infinidoc.retrieval.numbered_sections import DIVIDED, Section
from infinidoc.store import Store
from infinidoc.text.lines import lines_in

LONGEST = 1_500  # characters of an entry that are looked at
SHARE = 0.3  # of the longest entry of a name that another of that name has
NAMES = 4  # of one question at most
LONG_NAME = 100  # characters
MANY = 8  # entries of one name at most

_TOKEN = re.compile(r"[^\s\"“”`()\[\]{},;!?]+")
# What is written as no word is: -x, --long, $name, %x, one_two, one.two, oneTwo, one-two, a letter.
_NAME = re.compile(
    r"--?[A-Za-z0-9][\w.-]*|[$%~@\\&:^][\w^][\w.:-]*|[A-Za-z]\w*_\w+|[A-Za-z][\w-]*(?:\.[\w-]+)+"
    r"|[A-Za-z]*[a-z][A-Z]\w*|[A-Z]{2,}[a-z]\w*|[a-z]+(?:-[a-z0-9]+)+|[B-HJ-Zb-hj-z]"
)
_MARKS = r"[\s#*>|│`\"“'‘•·]*"
_NUMBER = r"(?:\d+(?:\.\d+)*[.)]?\s+)?"
_ALIAS = r"(?:--?[\w-]+(?:[ =][^\s,]+)?,\s*)?"
_END = r"[`*\"”'’]*(?:\s*$|\s{2,}|\t|,\s+-|\s*[=│|:\[]|\s[<(]|\s[—–-]\s)"
_NUMBERED = re.compile(r"\s*\d+(?:\.\d+)+\.?\s+\S+\s*$")
_OPTION = re.compile(r"\s*-{1,2}[A-Za-z0-9]")
_ALONE = re.compile(r"\s*[`*$]*[A-Za-z][\w.:-]*[\w`*](?:\s+\(\w+\))?\s*$")
_FINISHED = re.compile(r"[.:!?)\]>”\"'’]\s*$")
_NOTHING = {"text": "", "start": 0}  # behind the last page


@dataclass(frozen=True)
class _Line:
    start: int
    text: str
    free: bool  # whether the line before is empty, or ends a sentence

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())

    @property
    def look(self) -> str:
        """How it begins an entry: by a number, as an option, by a name alone; "" if it does not."""
        if _NUMBERED.match(self.text):
            return "number"
        if _OPTION.match(self.text):
            return "option"
        return "name" if self.free and _ALONE.match(self.text) else ""


def named_entries(
    store: Store, documents: Collection[int], question: str, until: dict[int, int]
) -> list[Section]:
    """The entries of what the question names, in each of the documents; [] of more documents than
    are looked through for them."""
    names = names_in(question)
    if not names or len(documents) > DIVIDED:
        return []
    return [
        Section(document, *span)
        for document in documents
        for span in _entries(names, store.pages(document, until.get(document)))
    ]


def names_in(question: str) -> list[str]:
    """What is written in it as no word is, without what marks a variable."""
    tokens = (token.strip("'‘’").rstrip(".:") for token in _TOKEN.findall(question))
    found = (one.lstrip("$") for one in tokens if len(one) <= LONG_NAME and _NAME.fullmatch(one))
    return list(dict.fromkeys(found))[:NAMES]


def _entries(names: Sequence[str], pages: Iterable[dict[str, Any]]) -> list[tuple[int, int]]:
    """Where the entries stand. Of several of one name, those that are not much shorter; none of
    many, for that is no name of an entry."""
    spans = []
    for found in _found(names, pages).values():
        longest = max((high - low for low, high in found), default=0)
        if len(found) <= MANY:
            spans += [(low, high) for low, high in found if high - low >= SHARE * longest]
    return spans


def _found(
    names: Sequence[str], pages: Iterable[dict[str, Any]]
) -> dict[str, list[tuple[int, int]]]:
    """What may be an entry of each name, a page and the next at a time."""
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    begins = {name: _beginning(name) for name in names}
    for page, after in pairwise(chain(pages, [_NOTHING])):
        held = [name for name in names if name in page["text"] and len(found[name]) <= MANY]
        lines = list(_lines([page, after])) if held else []
        own = [at for at, line in enumerate(lines) if line.start < page["end"]]
        for name in held:
            begun = (at for at in own if begins[name].match(lines[at].text))
            found[name] += (_span(lines, at) for at in islice(begun, MANY + 1))
    return found


def _lines(pages: Iterable[dict[str, Any]]) -> Iterator[_Line]:
    """The lines that are not empty."""
    free = True
    for page in pages:
        for at, text in lines_in(page["text"]):
            if text.strip():
                yield _Line(page["start"] + at, text.rstrip(), free)
            free = not text.strip() or bool(_FINISHED.search(text))


def _beginning(name: str) -> re.Pattern[str]:
    """The lines that begin the entry of a name."""
    return re.compile(rf"{_MARKS}{_NUMBER}{_ALIAS}[$]?{re.escape(name)}{_END}")


def _span(lines: Sequence[_Line], at: int) -> tuple[int, int]:
    """From its line to the next that begins another one: of the same look, or, of a row or of what
    is indented, not further in."""
    first = lines[at]
    row = not first.look
    deeper = at + 1 < len(lines) and lines[at + 1].indent > first.indent
    end = first.start + len(first.text)
    for line in lines[at + 1 :]:
        shallow = line.indent <= first.indent
        if (shallow and (row or deeper or line.look == first.look)) or end - first.start > LONGEST:
            break
        end = line.start + len(line.text)
    return first.start, end
