"""The headings of Markdown, by CommonMark (markdown-it), in a stream of lines without HTML.

The two highest levels that are used begin chapters; "Chapter IV ..." and a number alone are of
the second at any level. Text is parsed in stretches of about a megabyte. A stretch ends where a
block at the top begins, so that every block is seen whole, as it would be in one go; which levels
are used is told by the stretches so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
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


def headed(lines: Iterable[Line], levels: Iterable[int] = ()) -> Iterator[Line]:
    """The same lines, with the headings that begin a chapter, and without tags of HTML.

    `levels`: those that are used elsewhere in the document, 1 the highest.
    """
    parser, first, limit, used = _parser(), True, STRETCH, set(levels)
    held: list[Line] = []
    length = 0
    for line in lines:
        held.append(line)
        length += len(line.text) + 1
        if length > limit and line.end:
            done = _mark(parser, held, first, used, whole=False)
            yield from held[:done]
            held, first = held[done:], first and not done
            length = sum(len(line.text) + 1 for line in held)
            limit = max(STRETCH, 2 * length)  # a block that is longer than a stretch
    _mark(parser, held, first, used, whole=True)
    yield from held


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["inline", "text_join"])  # blocks only


def _mark(parser: MarkdownIt, held: list[Line], first: bool, levels: set[int], whole: bool) -> int:
    """Set the headings of `held`; how many lines are done with, all of them if `whole`.

    The levels of its headings go to `levels`.
    """
    starts = [0] + [at for at, line in enumerate(held, 1) if line.end]
    text = "".join(line.text + line.end for line in held)
    if first:
        text = _without_front(text)
    known: dict[str, Any] = {}  # what links refer to
    tokens = parser.parse(text, known)
    blocks = [token.map[0] for token in tokens if token.level == 0 and token.map]
    border = len(starts) if whole else blocks[-1] if blocks else 0
    found = [each for each in _headings(parser, tokens, known) if each[0] < border]
    levels.update(level for _, level, _ in found)
    for at, level, words in found:
        if level in sorted(levels)[:2]:
            held[starts[at]].heading = words
    if all(line.end for line in held[:-1]):  # no line was cut
        done = [token for token in tokens if token.map and token.map[1] <= border]
        for at, line in without_html(text.split("\n"), done, parser).items():
            held[at].text = line
    return len(held) if whole else starts[border]


def _headings(
    parser: MarkdownIt, tokens: Sequence[Any], known: dict[str, Any]
) -> Iterator[tuple[int, int, str]]:
    """(line from 0, level, words) of each heading that stands in no other block."""
    for opening, inline in zip(tokens, tokens[1:], strict=False):
        is_heading = opening.type == "heading_open" and not opening.level and opening.map
        if is_heading and (words := _words(parser, inline.content, known)):
            yield opening.map[0], _level(int(opening.tag[1]), words), words


def _words(parser: MarkdownIt, content: str, known: dict[str, Any]) -> str:
    """A heading's content as it is shown, without the marks of emphasis, code, links and HTML."""
    tokens: list[Any] = []
    parser.inline.parse(content, parser, known, tokens)
    return " ".join("".join(_shown(token) for token in tokens).split())


def _shown(token: Any) -> str:
    if token.type.endswith("break"):
        return " "
    return blanked(token.content) if token.type == "html_inline" else str(token.content)


def _level(level: int, words: str) -> int:
    """The level of a heading; that of a chapter by its name or number is the second at least."""
    named = _NUMERAL.fullmatch(words) or plain_heading(words)
    return min(level, 2) if named else level


def _without_front(text: str) -> str:
    """`text` with blank lines for its front matter (YAML or TOML), which is no heading."""
    lines = text.split("\n", _FRONT_LINES)[:_FRONT_LINES]
    if len(lines) < 3 or not _FRONT.match(lines[0]) or not _ENTRY.match(lines[1]):
        return text
    end = next((at for at, line in enumerate(lines[1:], 1) if _FRONT_END.match(line)), 0)
    return "\n" * end + "\n".join(text.split("\n")[end + 1 :]) if end else text
