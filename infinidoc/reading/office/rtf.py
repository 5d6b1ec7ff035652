"""Rich text (.rtf) through striprtf: the words, without fonts, styles and pictures.

Footnotes and text boxes, which striprtf leaves out, are read behind the text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from infinidoc.control import whole
from infinidoc.errors import SourceError
from infinidoc.reading.document import cannot_read
from infinidoc.reading.parts import Part, PartsSource

_CODE_PAGE = re.compile(rb"\\ansicpg(\d+)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_ASIDE = re.compile(r"\{\s*(?:\\\*)?\\(?:footnote|shptxt)(?![a-z])")
_HIDDEN = re.compile(r"\{(?:\s*\\[a-z]+-?\d*)*?\s*\\v(?![a-z]|0)")  # not to be seen
_FONT = re.compile(r"(\{\\f\d+)((?:(?!\\fcharset)[^{};])*;\})")
_OLD = re.compile(rb"\\(mac|pca?)(?![a-z])")  # sets of before there were code pages
_OLD_SETS = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
_WRAPPED = re.compile(r"(?<=\\'[0-9a-f]{2})[\r\n]+", re.I)  # may stand between two bytes
_TWO_BYTES = ("cp932", "gbk", "cp949", "cp950", "johab")  # as Python calls them
_HALF = 0x100000  # for private use: code page and first byte of a character, its second to come
_HALVES = re.compile(f"([{chr(_HALF)}-{chr(_HALF + 256 * len(_TWO_BYTES) - 1)}])(.?)", re.DOTALL)


class RtfSource(PartsSource):
    """A rich text file."""

    kind = "rtf"

    def parts(self) -> Iterator[Part]:
        from striprtf.striprtf import rtf_to_text

        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise cannot_read(self.path, error) from error
        encoding = _encoding(data)
        try:
            text = rtf_to_text(_prepared(data, encoding), encoding, _HALVED)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, LookupError) as error:
            hint = "open it in a word processor and save it again"
            raise SourceError("damaged rich text", where=self.path, hint=hint) from error
        text = whole(_HALVES.sub(_joined, text)).replace("\xad", "").replace("\r", "\n")
        if replaced := text.count("\ufffd"):
            self.warnings.append(f"{replaced} characters are no {encoding} text and were replaced")
        if pictures := data.count(rb"{\pict"):
            self.warnings.append(f"{pictures} pictures are not read")
        yield Part(text)


def _halved(error: UnicodeError) -> tuple[str, int]:
    """Keeps the first byte of two if the escapes end with it: the second may be a plain letter."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    last = error.start == len(error.object) - 1
    if not last or error.encoding not in _TWO_BYTES:
        return "\ufffd", error.end
    page = _TWO_BYTES.index(error.encoding)
    return chr(_HALF + 256 * page + error.object[error.start]), error.end


def _joined(half: re.Match[str]) -> str:
    """A first byte and the letter behind it, as the character that they are."""
    page, byte = divmod(ord(half[1]) - _HALF, 256)
    try:
        return bytes([byte, *half[2].encode("ascii")]).decode(_TWO_BYTES[page])
    except UnicodeError:
        return f"\ufffd{half[2]}"


_HALVED = "infinidoc-rtf"
codecs.register_error(_HALVED, _halved)


def _encoding(data: bytes) -> str:
    """Of the bytes that no font says otherwise of."""
    found = _CODE_PAGE.search(data)
    old = _OLD.search(data[:100])
    if found is None:
        return _OLD_SETS[old[1]] if old else "cp1252"
    number = found[1].decode()
    try:
        named = {"10000": "mac_roman", "65001": "utf-8"}.get(number, f"cp{number}")
        return codecs.lookup(named).name
    except LookupError:
        return "cp1252"


def _prepared(data: bytes, encoding: str) -> str:
    """The markup with its asides at the end, and a character set for every font.

    striprtf takes the set of the next font for one that has none; 1 is "the default".
    """
    try:
        markup = data.decode("utf-8")
    except UnicodeDecodeError:
        markup = data.decode(encoding, "replace")
    markup = _FONT.sub(r"\1\\fcharset1\2", _WRAPPED.sub("", markup))
    markup, _ = _without(markup, _HIDDEN)
    markup, asides = _without(markup, _ASIDE)
    if not asides:
        return markup
    body, _, _ = markup.rpartition("}")
    return body + "".join(f"\\par\\par{{{aside}}}" for aside in asides) + "}"


def _without(markup: str, beginning: re.Pattern[str]) -> tuple[str, list[str]]:
    """The markup without the groups that begin so, and what is in those."""
    kept, inside, at = list[str](), list[str](), 0
    while found := beginning.search(markup, at):
        end = _closing(markup, found.end())
        kept.append(markup[at : found.start()])
        inside.append(markup[found.end() : end])
        at = end + 1
    return "".join([*kept, markup[at:]]), inside


def _closing(markup: str, at: int) -> int:
    """Where the group closes that is open at `at`."""
    depth = 1
    for brace in _BRACE.finditer(markup, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return len(markup)
