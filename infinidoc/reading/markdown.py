"""The headings of Markdown, by CommonMark (markdown-it), in a stream of lines without HTML.

Text is parsed in stretches of about a megabyte. A stretch ends where a block at the top begins,
so that every block is seen whole, as it would be in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from infinidoc.reading.inline_html import blanked, without_html
from infinidoc.reading.pages import Line, plain_heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

STRETCH = 1 << 20  # characters
_NUMERAL = re.compile(r"(?:[ivxlc]+|\d{1,3})\.?", re.I)
_FRONT = re.compile(r"(?:---|\+\+\+)[ \t]*$")
_FRONT_END = re.compile(r"(?:---|\.\.\.|\+\+\+)[ \t]*$")
_ENTRY = re.compile(r"#|[\w\"'.-]+[ \t]*[:=]|\[")
_FRONT_LINES = 1000  # at most: what goes on longer is no front matter


def headed(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines, with the headings that begin a chapter, and without tags of HTML."""
    parser, first, limit = _parser(), True, STRETCH
    held: list[Line] = []
    length = 0
    for line in lines:
        held.append(line)
        length += len(line.text) + 1
        if length > limit and line.end:
            done = _mark(parser, held, first, whole=False)
            yield from held[:done]
            held, first = held[done:], first and not done
            length = sum(len(line.text) + 1 for line in held)
            limit = max(STRETCH, 2 * length)  # a block that is longer than a stretch
    _mark(parser, held, first, whole=True)
    yield from held


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["inline", "text_join"])  # blocks only


def _mark(parser: MarkdownIt, held: list[Line], first: bool, whole: bool) -> int:
    """Set the headings of `held`; how many lines are done with, all of them if `whole`."""
    starts = [0] + [at for at, line in enumerate(held, 1) if line.end]
    text = "".join(line.text + line.end for line in held)
    if first:
        text = _without_front(text)
    known: dict[str, Any] = {}  # what links refer to
    tokens = parser.parse(text, known)
    blocks = [token.map[0] for token in tokens if token.level == 0 and token.map]
    border = len(starts) if whole else blocks[-1] if blocks else 0
    for opening, inline in zip(tokens, tokens[1:], strict=False):
        if opening.type != "heading_open" or opening.level or not opening.map:
            continue
        if opening.map[0] < border:
            words = _chapter(int(opening.tag[1]), _words(parser, inline.content, known))
            held[starts[opening.map[0]]].heading = words
    if all(line.end for line in held[:-1]):  # no line was cut
        done = [token for token in tokens if token.map and token.map[1] <= border]
        for at, line in without_html(text.split("\n"), done, parser).items():
            held[at].text = line
    return len(held) if whole else starts[border]


def _words(parser: MarkdownIt, content: str, known: dict[str, Any]) -> str:
    """A heading's content as it is shown, without the marks of emphasis, code, links and HTML."""
    tokens: list[Any] = []
    parser.inline.parse(content, parser, known, tokens)
    return " ".join("".join(_shown(token) for token in tokens).split())


def _shown(token: Any) -> str:
    if token.type.endswith("break"):
        return " "
    return blanked(token.content) if token.type == "html_inline" else str(token.content)


def _chapter(level: int, words: str) -> str | None:
    """The words of a heading that begins a chapter: level 1 or 2, or at any level
    "Chapter IV ..." or nothing but a number."""
    named = _NUMERAL.fullmatch(words) or plain_heading(words)
    return words if words and (level <= 2 or named) else None


def _without_front(text: str) -> str:
    """`text` with blank lines for its front matter (YAML or TOML), which is no heading."""
    lines = text.split("\n", _FRONT_LINES)[:_FRONT_LINES]
    if len(lines) < 3 or not _FRONT.match(lines[0]) or not _ENTRY.match(lines[1]):
        return text
    end = next((at for at, line in enumerate(lines[1:], 1) if _FRONT_END.match(line)), 0)
    return "\n" * end + "\n".join(text.split("\n")[end + 1 :]) if end else text
