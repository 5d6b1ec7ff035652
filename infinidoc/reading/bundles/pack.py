"""Packs: a repository in one text, as repomix, gitingest and files-to-prompt write it.

What is cited is the file and the line in it, not the line of the pack. What stands before the
files (a preface, the tree of folders) is read as it is, without a path.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from infinidoc.reading.document import Page
from infinidoc.reading.file import File, read_sample
from infinidoc.reading.pages import Line, cut_pages
from infinidoc.reading.text import TextSource

_FENCE = "`{3,}.*"
_NAMED = r"([^\s./]*+[./]\S*+)"  # no step is taken back: a line may be as long as the sample
_PATH = r"([^\s<>:\"|?*][^<>\"|?*]*)"
_RULE = "={16,}"
_MERGED = r"This file is a merged representation of (?s:.{0,60000}?)"


@dataclass(frozen=True)
class Style:
    """How a tool marks where a file begins: lines that follow one another, one with its path.

    `begins`: how such a pack begins; `closing`: the line that ends a file, if it has one.
    """

    begins: str
    marks: tuple[str, ...]
    closing: str | None = None

    def path(self, lines: list[str]) -> str | None:
        """The path of the file that begins with these lines; None if none does."""
        matches = [re.fullmatch(mark, line) for mark, line in zip(self.marks, lines, strict=False)]
        if len(matches) < len(self.marks) or not all(matches):
            return None
        return next(match[1] for match in matches if match and match.re.groups)


_STYLES = (
    Style(rf"{_MERGED}^<file path=", (rf'<file path="{_PATH}">',), "</file>"),
    Style(rf"{_MERGED}^{_RULE}\nFile: ", (_RULE, f"File: {_PATH}", _RULE)),
    Style(rf"{_MERGED}^## File: ", (f"## File: {_PATH}", _FENCE), _FENCE),
    Style(
        rf"(?:Directory structure:\n(?s:.{{0,60000}}?))?^{_RULE}\nF(?:ILE|ile): ",
        (_RULE, f"F(?:ILE|ile): {_PATH}", _RULE),
    ),
    Style(
        "<documents>\n<document index=",
        (f"<source>{_PATH}</source>", "<document_contents?>"),
        "</document_contents?>",
    ),
    Style(rf"{_NAMED}\n---\n(?s:.*)\n\n---(?:\n|\Z)", (_NAMED, "---")),
    Style(rf"{_NAMED}\n```\w*\n", (_NAMED, _FENCE), _FENCE),
)


def is_pack(file: File) -> bool:
    """Whether the beginning of a file is that of a pack, with a file in it."""
    return _style_of(file.sample) is not None


def _style_of(sample: bytes) -> Style | None:
    text = sample.decode("utf-8", "ignore").lstrip("\ufeff").replace("\r\n", "\n")
    return next((style for style in _STYLES if re.match(style.begins, text, re.M)), None)


class PackSource(TextSource):
    """A pack of files."""

    kind = "code"

    def cut(self, lines: Iterator[Line]) -> Iterator[Page]:
        style = _style_of(read_sample(self.path))
        placed = _placed(lines, style) if style else ((0, None, line) for line in lines)
        for (_, path), inside in groupby(placed, key=lambda each: each[:2]):
            for index, page in enumerate(cut_pages(line for *_, line in inside)):
                begins = index == 0 and path is not None
                yield Page(1, page.text, None, path, begins, path, page.line, within=page.within)


def _placed(lines: Iterable[Line], style: Style) -> Iterator[tuple[int, str | None, Line]]:
    """(which file, its path, a line with its number in the file) without the marks of files."""
    count, path, before = 0, None, 0
    closing: str | None = None
    for ahead in _ahead(lines, len(style.marks)):
        texts = [line.text for line in ahead]
        found = style.path(texts) if closing is None else None
        if found is not None:
            count, path, closing = count + 1, found, _closing(style, texts[-1])
            before = ahead[len(style.marks) - 1].number
            for _ in style.marks[1:]:
                ahead.popleft()
        elif closing is not None and re.fullmatch(closing, ahead[0].text):
            closing = None
            count, path = count + 1, None
        elif path is not None or count == 0:
            ahead[0].number -= before
            yield count, path, ahead[0]


def _closing(style: Style, mark: str) -> str | None:
    """What ends the file that `mark` begins: of a fence, one of the same length."""
    fence = re.match("`{3,}", mark)
    return fence[0] if style.closing and fence else style.closing


def _ahead(lines: Iterable[Line], count: int) -> Iterator[deque[Line]]:
    """The lines one by one, each at the head of up to `count`; others may be taken out."""
    held: deque[Line] = deque()
    for line in lines:
        held.append(line)
        if len(held) >= count:
            yield held
            held.popleft()
    while held:
        yield held
        held.popleft()
