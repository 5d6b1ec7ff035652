"""What a file is, told by the marks its format puts at its beginning, and by nothing else.

A text that talks about a format is no file of that format. Knows bytes, no names.
"""

from __future__ import annotations

import re

from infinidoc.reading.encoding import BINARY, marked, unmarked_utf16

_PDF = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*%PDF-\d(?:\.\d+)?[ \t]*[\r\n%\x80-\xff]")
_PDF_BEHIND = re.compile(rb"[\r\n]%PDF-\d\.\d")
_OBJECT = re.compile(rb"\d+[ \r\n]+\d+[ \r\n]+obj\b")
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a]")
_EPUB = re.compile(rb"PK\x03\x04.{26}mimetype.{0,64}?application/epub\+zip", re.S)

_FIELD = rb"[!-9;-~]+:(?:[ \t][^\r\n]*)?\r?\n"
_HEADERS = re.compile(rb"\A(?:%s(?:[ \t][^\r\n]*\r?\n)*)+" % _FIELD)
_SENT = re.compile(rb"^(?:from|return-path):", re.I | re.M)
_TELLING = re.compile(rb"^(?:message-id|mime-version|received|delivered-to|x-mailer):", re.I | re.M)
ENVELOPE = re.compile(
    rb"From \S.*\b(?:mon|tue|wed|thu|fri|sat|sun)\b.*\d{1,2}:\d\d.*\b\d{4}\b.*\r?\n?\Z", re.I
)  # a line of a mailbox
_NOTEBOOK = re.compile(
    rb'\{\s*"(?:cells"\s*:\s*\[\s*(?:\{\s*"(?:attachments|cell_type|execution_count|id|metadata)'
    rb'|\]\s*(?:,\s*"|\}\s*\Z))|(?:nbformat|nbformat_minor)"\s*:\s*\d)'
)
_TIME = rb"(?:\d+:)?\d\d:\d\d[,.]\d{1,3}"
_RTF = re.compile(rb"\s*\{\\rtf\d*\s*[\\{]")  # a control follows, not a word
_SUBTITLES = re.compile(
    rb"WEBVTT(?:[ \t\r\n]|\Z)|\s*\d+[ \t]*\r?\n%s[ \t]*-->[ \t]*%s" % (_TIME, _TIME)
)
_CUE = re.compile(rb"%s[ \t]*-->" % _TIME)
_FICTION_BOOK = re.compile(
    rb"\s*(?:<\?xml\b[^<>]*\?>\s*(?:<[?!][^<>]*>\s*)*)?<FictionBook(?:\s[^<>]*)?>\s*<"
)
_FLAT_ODT = re.compile(
    rb"<office:document\s[^<>]*mimetype\s*=\s*[\"']application/vnd\.oasis\.opendocument\.text"
)
_LATEX = re.compile(rb"(?:[ \t]*(?:%[^\n]*)?\r?\n)*[ \t]*\\document(?:class|style)\b")
_MAN = re.compile(
    rb"(?:(?:['.]\\\"|\.[ \t]*\\\"|'\\\")[^\n]*\n|\.?[ \t]*\r?\n)*\.(?:TH|Dd)[ \t]+\S"
)
_SECTION = re.compile(rb"^[.'][ \t]*S[hH]\b", re.M)
_PICTURES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  \r\n\x87\n",
)  # fmt: skip
_COMPRESSED = (b"\x1f\x8b\x08", b"\xfd7zXZ\0")

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


def is_picture(sample: bytes) -> bool:
    """PNG, JPEG, TIFF, JPEG 2000."""
    return sample.startswith(_PICTURES)


def is_epub(sample: bytes) -> bool:
    """The first file of the zip file is `mimetype`, as EPUB asks for."""
    return _EPUB.match(sample) is not None


def is_html(sample: bytes) -> bool:
    """A document type or the root element, and then markup: prose about them is no page."""
    encoding = marked(sample) or (unmarked_utf16(sample) if b"\0" in sample else None) or "latin-1"
    return _HTML.match(sample.decode(encoding, "ignore").lstrip("\ufeff")) is not None


def has_objects(sample: bytes) -> bool:
    """Whether a PDF goes on as one does: prose about PDF may begin with its header."""
    return bool(_OBJECT.search(sample) or _NO_TEXT.search(sample))


def is_rtf(sample: bytes) -> bool:
    return _RTF.match(sample) is not None


def is_closed_group(sample: bytes) -> bool:
    """Whether a brace is the last: rich text is one group."""
    return sample.rstrip(b"\0 \t\r\n\x1a").endswith(b"}")


def is_notebook(sample: bytes) -> bool:
    return _NOTEBOOK.match(_unmarked(sample)) is not None


def is_mail(sample: bytes) -> bool:
    """The headers of a message, with a sender and what only a mail program writes."""
    found = _HEADERS.match(sample)
    return bool(found and _SENT.search(found[0]) and _TELLING.search(found[0]))


def is_mailbox(sample: bytes) -> bool:
    """An envelope line and the headers of a message."""
    first, _, rest = sample.partition(b"\n")
    return bool(ENVELOPE.match(first + b"\n") and _HEADERS.match(rest))


def is_subtitles(sample: bytes) -> bool:
    """WebVTT, or SubRip: a number, then two times."""
    return bool(_SUBTITLES.match(_unmarked(sample)) and _CUE.search(sample))


def is_fiction_book(sample: bytes) -> bool:
    return _FICTION_BOOK.match(_unmarked(sample)) is not None


def is_flat_odt(sample: bytes) -> bool:
    """OpenDocument text as one file of XML."""
    return _unmarked(sample).lstrip().startswith(b"<") and _FLAT_ODT.search(sample) is not None


def is_mobi(sample: bytes) -> bool:
    """A Palm database that holds a book."""
    return sample[60:68] in (b"BOOKMOBI", b"TEXtREAd") and b"\0" in sample


def is_latex(sample: bytes) -> bool:
    """Behind comments, the class of the document."""
    return _LATEX.match(_unmarked(sample)) is not None


def is_man(sample: bytes) -> bool:
    """A manual page: behind comments, the request for its title; then sections."""
    return _MAN.match(sample) is not None and _SECTION.search(sample) is not None


def is_archive(sample: bytes) -> bool:
    """A zip or tar file, or one compressed file."""
    if sample.startswith(b"BZh"):
        return sample[4:10] == b"1AY&SY"
    if sample.startswith((b"PK\x03\x04", b"PK\x05\x06", *_COMPRESSED)):
        return BINARY.search(sample, 4) is not None
    return sample[257:262] == b"ustar" and b"\0" in sample


def _unmarked(sample: bytes) -> bytes:
    return sample.removeprefix(b"\xef\xbb\xbf")
