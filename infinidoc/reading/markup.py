"""HTML and XHTML into the text a reader sees, in reading order. Knows strings, no files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from infinidoc.reading.parsing import parse

_PARAGRAPHS = frozenset("blockquote figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul".split())
_BLOCKS = frozenset(
    """
    address article aside body caption center dd details dialog dir div dl dt fieldset
    figcaption footer form header legend li main menu nav option section summary tbody tfoot
    thead tr
    """.split()
)
_HIDDEN = frozenset(
    """
    annotation annotation-xml head iframe noembed noframes noscript rp script style template
    title
    """.split()
)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_NOT_SHOWN = re.compile(r"display\s*:\s*none", re.I)


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 6 and the line of the text it begins, counted from 0."""

    line: int
    level: int
    words: str


@dataclass
class Visible:
    """The text of a page, its `<title>` and its headings.

    `images`: all of it names images.
    """

    text: str
    title: str | None
    headings: list[Heading] = field(default_factory=list)
    images: bool = False

    @property
    def heading(self) -> str | None:
        """The first heading of level 1 or 2, else the first of any, else the title."""
        high = [heading for heading in self.headings if heading.level <= 2]
        return next((heading.words for heading in high or self.headings), self.title)


def visible(markup: str, xml: bool = False) -> Visible:
    """What a reader sees of a page; `xml`: it should be XHTML."""
    return parse(markup, Reader, xml).visible()


def visible_text(markup: str) -> tuple[str, str | None]:
    """The text a reader sees, and what it is called."""
    page = visible(markup)
    return page.text, page.heading


class Reader:
    """Collects the visible text: blocks end a line, cells of a table stand behind tabs."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.title: list[str] = []
        self.headings: list[Heading] = []
        self.words = False  # some text that is not an image's
        self._gap = ""  # what goes before the next text: line ends or tabs
        self._mark = ""  # the number of a list's item, before its text
        self._space = False
        self._lines = 0
        self._hidden = self._verbatim = self._drawn = 0
        self._titled = self._fresh = False
        self._rows: list[tuple[int, int]] = []  # (cells, first piece) of rows that are open
        self._lists: list[int | None] = []  # next number, of every list that is open
        self._began: list[tuple[int, int, bool]] = []  # (piece, line, words) where a heading began
        self._cell = -1  # the first piece of a cell, as long as it has none
        self._raised = 0

    def visible(self) -> Visible:
        """What was seen."""
        title = " ".join("".join(self.title).split())
        return Visible("".join(self.out).rstrip(), title or None, self.headings, not self.words)

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "svg":
            self._drawn += 1
        if tag == "title" and not self._drawn and not self.title:
            self._titled = True
        if self._hidden or tag in _HIDDEN or _is_hidden(attributes):
            self._hidden += 1
            return
        self._border(tag)
        begin = getattr(self, f"_begin_{'h1' if tag in _HEADINGS else tag}", None)
        if begin:
            begin(attributes)

    def end(self, tag: str) -> None:
        if tag == "svg":
            self._drawn -= 1
        if tag == "title":
            self._titled = False
        if self._hidden:
            self._hidden -= 1
            return
        if tag in _HEADINGS:
            self._end_heading(int(tag[1]))
        finish = getattr(self, f"_finish_{tag}", None)
        if finish:
            finish()
        self._border(tag)

    def data(self, text: str) -> None:
        if self._titled:
            self.title.append(text)
        if self._hidden:
            return
        if self._verbatim:
            self._write_verbatim(text)
            return
        words = " ".join(text.split())
        self._space |= text[:1].isspace()
        if words:
            self._write(words)
            self.words = True
            self._space = text[-1].isspace()

    # -- writing -----------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        before = self._gap or (" " if self._space else "")
        self._append((before if self.out else self._gap.strip("\n")) + self._mark + text)
        self._gap, self._mark, self._space = "", "", False

    def _write_verbatim(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self._fresh:
            text, self._fresh = text.removeprefix("\n"), False
        if text.strip():
            self.words = True
        if text and (self.out or text.strip()):
            self._write(text)

    def line(self) -> int:
        """The line that the next text stands in."""
        return self._lines + self._gap.count("\n") * bool(self.out)

    def _append(self, text: str) -> None:
        self.out.append(text)
        self._lines += text.count("\n")

    def _border(self, tag: str) -> None:
        """A paragraph stands between blank lines, any other block on lines of its own."""
        inner = bool(self._lists) and tag in ("ol", "ul")  # a list in a list
        if tag in _PARAGRAPHS and not inner:
            self._break("\n\n")
        elif inner or tag in _BLOCKS:
            self._break("\n")

    def _break(self, gap: str) -> None:
        """A block begins or ends; what a cell begins with stays on the row's line."""
        if self._cell != len(self.out) and len(gap) > len(self._gap):
            self._gap = gap
        self._space = False

    # -- elements of their own ---------------------------------------------------------------

    def _begin_br(self, attributes: Mapping[str, str | None]) -> None:
        if self._cell != len(self.out):
            self._gap = "\n\n" if self._gap else "\n"
            self._space = False

    def _begin_pre(self, attributes: Mapping[str, str | None]) -> None:
        self._verbatim, self._fresh = self._verbatim + 1, True

    def _finish_pre(self) -> None:
        self._verbatim -= 1
        if self.out and self.out[-1].endswith("\n"):
            last = self.out.pop()
            self._lines -= last.count("\n")
            self._append(last.rstrip("\n"))

    def _begin_h1(self, attributes: Mapping[str, str | None]) -> None:
        self._began.append((len(self.out), self.line(), self.words))
        self.words = False

    def _end_heading(self, level: int) -> None:
        first, line, before = self._began.pop()
        pieces = self.out[first:]
        if not self.words:  # only images: what they are called
            pieces = [f" {piece.partition('[')[2][:-1]}" for piece in pieces]
        self.words |= before
        words = " ".join("".join(pieces).split())
        if words:
            self.headings.append(Heading(line, level, words))

    def _begin_table(self, attributes: Mapping[str, str | None]) -> None:
        self._rows.append((0, len(self.out)))

    def _finish_table(self) -> None:
        self._rows.pop()
        self._gap = self._gap.replace("\t", "")

    def _begin_tr(self, attributes: Mapping[str, str | None]) -> None:
        cells, _ = self._rows[-1] if self._rows else (0, 0)
        self._rows[-1:] = [(0, len(self.out))]
        if cells or not self._gap.endswith("\n"):
            self._gap = "\n"  # a row after a row, or at the beginning of its table

    def _begin_td(self, attributes: Mapping[str, str | None]) -> None:
        cells, first = self._rows[-1] if self._rows else (0, len(self.out))
        if cells:
            goes_on = self._gap.endswith("\t") or len(self.out) == first
            self._gap = (self._gap if goes_on else "") + "\t"
        self._rows[-1:] = [(cells + 1, first)]
        self._cell = len(self.out)

    def _finish_td(self) -> None:
        self._cell = -1

    _begin_th, _finish_th = _begin_td, _finish_td

    def _begin_ol(self, attributes: Mapping[str, str | None]) -> None:
        self._lists.append(number_in(attributes.get("start"), 1))

    def _begin_ul(self, attributes: Mapping[str, str | None]) -> None:
        self._lists.append(None)

    def _finish_ol(self) -> None:
        self._lists.pop()

    _finish_ul = _finish_ol

    def _begin_li(self, attributes: Mapping[str, str | None]) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            number = number_in(attributes.get("value"), number)
            self._mark += f"{number}. "
            self._lists[-1] = number + 1

    def _finish_li(self) -> None:
        self._mark = ""

    def _begin_img(self, attributes: Mapping[str, str | None]) -> None:
        words = " ".join((attributes.get("alt") or "").split())
        if words:
            self._write(f"[{words}]")

    def _begin_rt(self, attributes: Mapping[str, str | None]) -> None:
        self._write("(")

    def _finish_rt(self) -> None:
        self._append(")")

    def _begin_sup(self, attributes: Mapping[str, str | None]) -> None:
        self._raised = len(self.out)

    def _finish_sup(self) -> None:
        """A raised number is no digit of what it stands behind: 10^6."""
        raised = "".join(self.out[self._raised :])
        if raised.isdigit() and self._raised and self.out[self._raised - 1][-1:].isalnum():
            self.out[self._raised] = "^" + self.out[self._raised]


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    style = attributes.get("style")
    return bool(style and _NOT_SHOWN.search(style))


def number_in(value: str | None, otherwise: int) -> int:
    """The whole number that an attribute is; "²" and 5,000 digits are none."""
    try:
        return int(value or "")
    except ValueError:
        return otherwise
