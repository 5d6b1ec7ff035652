"""HTML and XHTML told as starts, ends and texts, in order, to a `Handler`.

HTML is parsed by Lexbor (selectolax), as browsers do; XHTML by expat, and as HTML if it is not
well formed. Knows strings, no files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html.entities import html5
from typing import Any, Protocol, TypeVar

DEEPEST = 1000  # blocks in one another
# Blocks that end only where it is written; others end where the next begins.
_ENDED = """
    address article aside blockquote center details dialog dir div dl fieldset figcaption figure
    footer form header legend main menu nav ol pre section summary table ul
""".split()
_NESTED = re.compile(rf"<(/?)(?:{'|'.join(_ENDED)})(?=[\s/>])[^<>]*>", re.I)
# Elements whose content HTML takes literally: written `<title/>`, they would swallow the rest.
_SELF_CLOSED = re.compile(
    r"<(title|script|style|textarea|iframe|noscript|noframes|noembed|xmp)\b([^<>]*)/>", re.I
)
_closed = partial(_SELF_CLOSED.sub, r"<\1\2></\1>")
_XML_LABEL = re.compile(rb"""\s*<\?xml\b[^<>]*?\sencoding\s*=\s*["']\s*([\w.:-]+)""")
_META_LABEL = re.compile(rb"""<meta\b[^<>]*?\bcharset\s*=\s*["']?\s*([^\s"'/<>;]+)""", re.I)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
_HEAD = 1 << 16  # bytes that a declaration is looked for in


class Handler(Protocol):
    """What a parser tells of."""

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


H = TypeVar("H", bound=Handler)
Mend = Callable[[str], str]


def labels(data: bytes) -> list[str]:
    """The names of encodings that HTML or XML declares: XML declaration, then meta.

    One that the bytes of the declaration themselves belie (UTF-16) is left out.
    """
    if data.startswith(b"<\0?\0"):
        return ["utf-16-le"]
    if data.startswith(b"\0<\0?"):
        return ["utf-16-be"]
    found = [_XML_LABEL.match(data[:_HEAD]), _META_LABEL.search(_COMMENT.sub(b"", data[:_HEAD]))]
    named = [match.group(1).decode("ascii", "replace") for match in found if match]
    return [name for name in named if not name.lower().startswith(("utf-16", "utf-32", "ucs-"))]


def parse(markup: str, make: Callable[[], H], xml: bool, mend: Mend = _closed) -> H:
    """A handler that was told all of `markup`; what is no well-formed XML is mended, for HTML."""
    from xml.parsers.expat import ExpatError

    if xml:
        handler = make()
        try:
            _parse_xml(markup, handler)
            return handler
        except ExpatError:
            markup = mend(markup)
    handler = make()
    _parse_html(markup, handler)
    return handler


def _parse_xml(markup: str, handler: Handler) -> None:
    """By expat, without namespaces, so that undeclared ones do no harm; HTML's entities."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.UseForeignDTD(True)
    parser.StartElementHandler = lambda tag, attributes: handler.start(_local(tag), attributes)
    parser.EndElementHandler = lambda tag: handler.end(_local(tag))
    parser.CharacterDataHandler = handler.data
    parser.SkippedEntityHandler = lambda name, _: handler.data(html5.get(f"{name};", ""))
    parser.Parse(markup.lstrip("\ufeff \t\r\n"), True)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _parse_html(markup: str, handler: Handler) -> None:
    from selectolax.lexbor import LexborHTMLParser

    for node, begins in _walk(LexborHTMLParser(_shallow(markup)).root):
        if node.is_text_node:
            handler.data(node.text_content or "")
        elif begins:
            handler.start(node.tag, node.attributes)
        else:
            handler.end(node.tag)


def _shallow(markup: str) -> str:
    """The markup without blocks that stand too deep: the parser looks through all they stand in.

    Their text stays, as in browsers, which have such a limit, too.
    """
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        before = depth
        depth = max(0, depth - 1) if tag[1] else depth + 1
        return "" if max(before, depth) > DEEPEST else tag[0]

    return _NESTED.sub(kept, markup) if markup.count("<") > DEEPEST else markup


def _walk(root: Any) -> Iterator[tuple[Any, bool]]:
    """(node, whether it begins) of texts, once, and elements, twice; of any depth."""
    node = root
    while node is not None:
        if node.is_text_node:
            yield node, True
        elif node.is_element_node:
            yield node, True
            if (child := node.first_child) is not None:
                node = child
                continue
            yield node, False
        while (following := node.next) is None:
            node = node.parent
            if node is None or not node.is_element_node:
                return
            yield node, False
        node = following
