"""HTML within Markdown, made blank: its tags and comments are not on the page, its words are.

Only elements that HTML has, so that List<String> stays whole; not in code. Lines stay lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ELEMENTS = frozenset(
    """
    a abbr article aside audio b big blockquote br button caption center cite code col colgroup
    dd del details dfn div dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr
    i iframe img input ins kbd label li link main mark meta nav ol p picture pre q s samp script
    section small source span strike strong style sub summary sup svg table tbody td tfoot th
    thead tr tt u ul var video wbr
    """.split()
)
_APART = frozenset("br td th li p div tr dt dd hr".split())  # words on both sides are two
_MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>", re.S)
_MAY_BE = re.compile(r"<[A-Za-z/!]")


def without_html(lines: list[str], tokens: list[Token], parser: MarkdownIt) -> dict[int, str]:
    """The lines that change, by index: those of `tokens` (of blocks) less their HTML."""
    changed: dict[int, str] = {}
    for token in tokens:
        if not token.map or not _MAY_BE.search(token.content):
            continue
        first, last = token.map
        text = "\n".join(lines[first:last])
        if token.type == "html_block":
            cut = blanked(text)
        elif token.type == "inline":
            cut = _without(text, list(_tags(token, parser)))
        else:
            continue
        pairs = enumerate(zip(text.split("\n"), cut.split("\n"), strict=True), first)
        changed |= {at: after for at, (before, after) in pairs if after != before}
    return changed


def blanked(markup: str) -> str:
    """`markup` less its tags and comments."""
    return _MARKUP.sub(_blank, markup)


def _tags(token: Token, parser: MarkdownIt) -> Iterator[tuple[str, bool]]:
    """What of a paragraph looks like tags, in order, and whether it is HTML."""
    found: list[Token] = []
    parser.inline.parse(token.content, parser, {}, found)
    for part in found:
        if part.type == "html_inline":
            yield part.content, True
        elif part.type == "code_inline" and "<" in part.content:
            yield part.content, False


def _without(text: str, tags: list[tuple[str, bool]]) -> str:
    """`text` less those of `tags` that are HTML; they stand in it in this order."""
    made, at = "", 0
    for tag, is_html in tags:
        start = text.find(tag, at)
        if start < 0:  # broken by the mark of a quotation or a list
            continue
        end = start + len(tag)
        made += text[at:start] + (blanked(tag) if is_html else tag)
        at = end
    return made + text[at:]


def _blank(match: re.Match[str]) -> str:
    """What stays in place of a tag: line ends, and a space where it parts words."""
    name = (match[1] or "").lower()
    if match[1] and name not in _ELEMENTS:
        return match[0]
    ends = "\n" * match[0].count("\n")
    return ends or (" " if name in _APART else "")
