"""What a file is, told by the marks its format puts at its beginning, and by nothing else.

A text that talks about a format is no file of that format. Knows bytes, no names.
"""

from __future__ import annotations

import re

from infinidoc.reading.encoding import marked, unmarked_utf16

_PDF = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*%PDF-\d(?:\.\d+)?[ \t]*[\r\n%\x80-\xff]")
_PDF_BEHIND = re.compile(rb"[\r\n]%PDF-\d\.\d")
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a]")
_EPUB = re.compile(rb"PK\x03\x04.{26}mimetype.{0,64}?application/epub\+zip", re.S)

_NOTHING = r"(?:\s|<!--.*?-->|<\?xml\b[^<>]*\?>)*+"
_HTML = re.compile(
    rf"{_NOTHING}<!doctype\s+html\s+(?:public|system)\b"
    rf"|{_NOTHING}(?:<!doctype\s+html\b[^<>]*>{_NOTHING}(?:<html\b[^<>]*>)?|<html\b[^<>]*>)"
    rf"{_NOTHING}(?:<(?:head|body|frameset)\b[^<>]*>{_NOTHING}<[a-z/!]|"
    r"<(?:body|title|meta|link|base|script|style|main|header|div|p|h1|table|center)\b[^<>]*>)",
    re.I | re.S,
)


def is_pdf(sample: bytes) -> bool:
    """`sample`: the first bytes. The header stands first; before a file that is no text there
    may be up to a kilobyte of something else."""
    if _PDF.match(sample):
        return True
    return bool(_PDF_BEHIND.search(sample[:1024]) and _NO_TEXT.search(sample))


def is_epub(sample: bytes) -> bool:
    """The first file of the zip file is `mimetype`, as EPUB asks for."""
    return _EPUB.match(sample) is not None


def is_html(sample: bytes) -> bool:
    """A document type or the root element, and then markup: prose about them is no page."""
    encoding = marked(sample) or (unmarked_utf16(sample) if b"\0" in sample else None) or "latin-1"
    return _HTML.match(sample.decode(encoding, "ignore").lstrip("\ufeff")) is not None
