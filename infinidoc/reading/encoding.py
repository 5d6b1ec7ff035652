"""How bytes become text: the one place that decides an encoding.

A byte order mark decides; then what the format declares of itself; then the whole content:
UTF-8 if it may be that, UTF-16 or UTF-32 by their NULs, else chardet's guess. A guess and
every byte that no encoding explains is said in a note.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

EVIDENCE = 1 << 16  # bytes of lines beyond ASCII that a guess is made from
CHUNK = 1 << 20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PRINTED = bytes([*range(0x20, 0x7F), *b"\t\n\r"])  # in UTF-16 at most half of the bytes
UNMARKED = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
# What the WHATWG standard and practice mean by a name, as Python calls it.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
# Python's codecs that write text in other text: no file is in them, and they raise anything.
_NOTATIONS = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
# What is guessed at: what files are in. More of them would be mistaken for these.
_LIKELY = """
    big5 cp437 cp850 cp852 cp865 cp866 euc-jp euc-kr gb18030 iso-8859-15 iso-8859-2 iso-8859-5
    iso-8859-6 iso-8859-7 iso-8859-8 koi8-r koi8-u macintosh shift_jis windows-1250 windows-1251
    windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258
    windows-874
""".split()
_COMMONEST = "cp1252"
_AS_LIKELY = 0.6  # of the best confidence is enough for the commonest
_FEW = 3  # characters beyond ASCII: fewer tell nothing
_LETTER = r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}]"
# Two scripts in a word, a sign in a word, a capital in the middle of one, a control.
_STRANGE = (
    r"[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]"
    rf"|{_LETTER}[^\p{{L}}\p{{M}}\p{{N}}\s\0-\x7f’‘·\u2010-\u2015\u200c\u200d\xad]+{_LETTER}"
    r"|\p{Ll}(?=[^\0-\x7f])\p{Lu}|[\x80-\x9f]|(?<!\S)[¨´¸˛ˇ˘˙˝]\p{L}"
)
# What a text says of itself: XML, style sheets, a comment in the first two lines (PEP 263, Emacs,
# Vim), LaTeX.
_SAID = (
    re.compile(rb"""\A\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]+)"""),
    re.compile(rb"""\A@charset\s+"([\w.:-]+)";"""),
    re.compile(
        rb"""\A(?:[^\n]{0,500}\n)?[ \t\f]*(?:\#|//|;|--|%|/\*|"|\.\\").{0,200}?
        coding[:=][ \t]*([\w.-]+)""",
        re.X,
    ),
    re.compile(rb"""^[^%\n]{0,200}\\usepackage\[([\w.-]+)\]\{inputenc\}""", re.M),
)
BINARY = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")  # no text has these
_ESCAPED = re.compile(rb"\x1b\$(?:[@B]|\([@-D]|\)C)")  # ISO-2022-JP and ISO-2022-KR


class Replaced:
    """Counts the bytes that could not be decoded, and the NULs that were left out."""

    def __init__(self) -> None:
        self.count = self.nulls = 0
        codecs.register_error(f"infinidoc-{id(self)}", self._replace)
        self.handler = f"infinidoc-{id(self)}"

    def _replace(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        self.count += error.end - error.start
        return "\ufffd", error.end


@dataclass
class Decoded:
    """Text, the encoding it was in, and what a reader should know of that."""

    text: str
    encoding: str
    notes: list[str] = field(default_factory=list)


class NotText(ValueError):
    """Bytes that are no text in any encoding."""


def decode(data: bytes, labels: Sequence[str] = ()) -> Decoded:
    """The text of `data`; `labels` are the encodings it declares, the first known one counts.

    Raises NotText for binary data.
    """
    encoding = marked(data)
    notes: list[str] = []
    if encoding is None:
        encoding, notes = _by_label(labels)
        if encoding == "utf-8" and not _is_utf8(data):
            encoding, notes = None, [*notes, "it declares UTF-8, and is not"]
        elif encoding and encoding != "utf-8" and _is_surely_utf8(data, encoding):
            encoding, notes = "utf-8", [*notes, f"it declares {encoding}, and is UTF-8"]
    if encoding is None:
        encoding, said = _by_content(data)
        notes += said
    replaced = Replaced()
    text = data.decode(encoding, replaced.handler)
    if replaced.count:
        notes.append(replaced_note(replaced.count, encoding))
    return Decoded(text, encoding, notes)


def marked(data: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)


def guess_note(encoding: str) -> str:
    return f"no UTF-8: read as {encoding}, which is a guess"


def replaced_note(count: int, encoding: str) -> str:
    return f"{count} bytes are no {encoding} text and were replaced"


# -- what it declares ------------------------------------------------------------------------


def _by_label(labels: Sequence[str]) -> tuple[str | None, list[str]]:
    notes: list[str] = []
    for label in labels:
        encoding = known(label)
        if encoding:
            return encoding, notes
        notes.append(f"it declares an unknown encoding, {label[:40]!r}")
    return None, notes


def declared(sample: bytes) -> str | None:
    """The encoding that the beginning of a text file declares, if it is another than UTF-8."""
    for pattern in _SAID:
        if match := pattern.search(sample):
            encoding = known(match[1].decode("ascii", "replace"))
            if encoding and not encoding.replace("_", "-").startswith("utf"):
                return encoding
    return None


def known(label: str) -> str | None:
    """Python's name of the encoding that a web page means by `label`; None if unknown."""
    from webencodings import lookup

    found = lookup(label)
    if found is not None:
        return meant(found.codec_info.name) if found.name != "x-user-defined" else "cp1252"
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    is_text = info._is_text_encoding and info.name.replace("_", "-") not in _NOTATIONS
    return meant(info.name) if is_text else None


def meant(name: str) -> str:
    """What is decoded by when an encoding is called `name`: its superset in use."""
    name = codecs.lookup(name).name
    return _MEANT.get(name, name)


def _is_utf8(data: bytes) -> bool:
    """Whether it may be UTF-8, a few bad bytes aside."""
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return guess_encoding(_telling(data.splitlines(keepends=True))) == "utf-8"


def _is_surely_utf8(data: bytes, declared: str) -> bool:
    """Whether text that declares an encoding of one byte a letter is UTF-8 all the same.

    Several letters beyond ASCII that all are UTF-8 by chance are not met in such an encoding.
    """
    if data.isascii() or b"\0" in data or len(b"\xc3\xa9".decode(declared, "replace")) == 1:
        return False
    try:
        letters = len(data.decode("utf-8")) - len(data.translate(None, bytes(range(0x80, 0x100))))
    except UnicodeDecodeError:
        return False
    return letters >= _FEW


# -- what it contains ------------------------------------------------------------------------


def _by_content(data: bytes) -> tuple[str, list[str]]:
    if BINARY.search(data[:EVIDENCE]):
        encoding = unmarked_utf16(data[:EVIDENCE])
        if encoding is None and data.count(b"\0") * 1000 > len(data):
            raise NotText("binary data")
        if encoding:
            return encoding, [guess_note(encoding)]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        encoding = guess_encoding(_telling(data.splitlines(keepends=True)))
    else:
        encoding = _escaped(data) or "utf-8"
    return encoding, [] if encoding == "utf-8" else [guess_note(encoding)]


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a file without byte order mark and NULs, told from all of it.

    It is read once or twice, in constant memory.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    escaped = None
    try:
        while data := file.read(CHUNK):
            decoder.decode(data)
            escaped = escaped or _escaped(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        file.seek(0)
        return guess_encoding(_telling(iter(lambda: file.readline(EVIDENCE), b"")))
    return escaped or "utf-8"


def _telling(lines: Iterator[bytes] | Sequence[bytes]) -> bytes:
    """The lines that are not ASCII, at most EVIDENCE bytes of them."""
    found, size = [], 0
    for line in lines:
        if not line.isascii():
            found.append(line)
            size += len(line)
            if size >= EVIDENCE:
                break
    return b"".join(found)[:EVIDENCE].replace(b"\0", b"")


def _escaped(data: bytes) -> str | None:
    """ISO-2022, which is ASCII with escape sequences; they say which of its languages."""
    escape = _ESCAPED.search(data)
    if not escape:
        return None
    encoding = "iso2022_kr" if escape[0].endswith(b"C") else "iso2022_jp_2"
    try:
        b"".join(line for line in data.splitlines(keepends=True) if b"\x1b$" in line).decode(
            encoding
        )
    except UnicodeDecodeError:
        return None
    return encoding


def unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, told by the white space and letters in it."""
    if len(data.translate(None, _PRINTED)) * 4 < len(data):
        return None  # letters of one byte, and some NULs
    best: tuple[int, str] | None = None
    for encoding in UNMARKED:
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(data)
        except UnicodeDecodeError:
            continue
        common = sum(map(text.count, " \n\r\te\u3000\u3001\u3002"))
        if common and not any(map(_odd, set(text))) and (best is None or common > best[0]):
            best = common, encoding
    return best[1] if best else None


def _odd(character: str) -> bool:
    """Whether no text has this character: controls, unassigned, private use, surrogates."""
    kind = unicodedata.category(character)
    return kind in ("Cn", "Co", "Cs") or (kind == "Cc" and character not in "\t\n\v\f\r\x1b\x85")


def guess_encoding(sample: bytes) -> str:
    """UTF-8 with a few bad bytes, or cut off, stays UTF-8; otherwise the likeliest that can be."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    replaced = decoder.decode(sample).count("\ufffd")
    high = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    cut_off = len(decoder.getstate()[0])
    if replaced * 4 < high - cut_off:
        return "utf-8"
    likely = _candidates(sample)
    if not likely:
        return _COMMONEST
    least = min(strange for strange, _, _ in likely)
    scores = {name: score for strange, score, name in likely if strange == least}
    best = max(scores, key=lambda name: scores[name])
    if scores.get(_COMMONEST, -1.0) >= (0.0 if high < _FEW else _AS_LIKELY * scores[best]):
        return _COMMONEST
    return best


def _candidates(sample: bytes) -> list[tuple[int, float, str]]:
    """(strange places, confidence, encoding) of what the sample can be."""
    import chardet
    import regex

    found = chardet.detect_all(
        sample,
        ignore_threshold=True,
        include_encodings=_LIKELY,
        no_match_encoding="windows-1252",
    )
    rated = []
    for each in found:
        name = meant(each["encoding"] or _COMMONEST)
        try:
            text = codecs.getincrementaldecoder(name)().decode(sample)
        except UnicodeDecodeError:
            continue
        rated.append((len(regex.findall(_STRANGE, text)), each["confidence"], name))
    return rated
