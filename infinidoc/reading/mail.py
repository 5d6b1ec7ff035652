"""E-mail: one message (.eml), or a box of them (.mbox), through Python's email package.

A message is its sender, receivers, subject and date, then its texts as they were written:
decoded, HTML as what it shows. What is attached follows as a document of its own, read as it would
be alone; a message that is carried by another one is part of that one's text.
"""

from __future__ import annotations

import email
import email.policy
import mimetypes
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.header import decode_header
from email.message import EmailMessage
from itertools import count, islice
from pathlib import Path
from typing import Any, cast

from infinidoc.errors import SourceError
from infinidoc.labels import attached
from infinidoc.reading.document import Source, cannot_read
from infinidoc.reading.encoding import NotText, decode, known
from infinidoc.reading.file import DEEPEST
from infinidoc.reading.flowed import unflowed
from infinidoc.reading.markup import visible_text
from infinidoc.reading.parts import Part, PartsSource
from infinidoc.reading.readers import opened
from infinidoc.reading.signatures import ENVELOPE

NAME = 60  # characters of a name that are kept for the file system
OUTER = 100  # parts in one another that are read where Python's parser cannot read all
HEADER = 1 << 16  # characters of a header: its parser takes memory as their square
_SHOWN = ("From", "To", "Cc", "Subject", "Date")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_SIGNATURES = (
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-keys",
)
_STYLE = ("text/css", "text/javascript")  # of a page: nothing in it is seen
_KIND = re.compile(r"\s*[\w.+-]+(?:/[\w.+-]+)?\s*")
_BORDER = re.compile(rb"^--([^\s\"]{1,70})[ \t]*\r?\n(?=Content-)", re.M | re.I)
_HOLDER = re.compile(rb"^content-type:[ \t]*(?:message|multipart)/", re.M | re.I)
_LOST = "\ufffd"
_TEXTS = ("text/", "multipart/")  # of several parts there may be none, only text
_SEALED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


class _Cut(email.policy.EmailPolicy):
    """Python's rules for mail, for headers of at most so many characters. Of what a part is said to
    be, parameters that its parser fails on are left out."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        value = value[:HEADER]
        try:
            return super().header_fetch_parse(name, value)
        except Exception:  # it fails in many ways on broken ones
            if not name.lower().startswith("content-"):
                raise
        kind = value.partition(";")[0]
        return super().header_fetch_parse(name, kind if _KIND.fullmatch(kind) else "")


class MailSource(PartsSource):
    """A message."""

    kind = "mail"
    box = False

    def parts(self) -> Iterator[Part]:
        for number, data in enumerate(self._messages(), 1):
            message, read = _read(data)
            label = f"message {number}" if self.box else None
            where = f"{label}: " if label else ""
            self.warnings += [where + note for note in read.notes]
            problem = "encrypted" if read.sealed else None
            subject = _header(message, "Subject")
            yield Part("\n\n".join(read.texts), label, subject, problem=problem)
            for attachment in read.attached:
                yield from self._attachment(attachment, label)

    def _attachment(self, attachment: _Attachment, holder: str | None) -> Iterator[Part]:
        """What is attached as a part, kept as a file for as long as it is read."""
        label = attached(attachment.name, holder)
        with tempfile.TemporaryDirectory(prefix="infinidoc-") as folder:
            try:
                source = self._opened(attachment, Path(folder))
            except SourceError as error:
                yield Part("", label, attachment.name, problem=error.told)
                return
            yield Part("", label, attachment.name, source=source)
            self.warnings += [f"{label}: {note}" for note in source.warnings]

    def _opened(self, attachment: _Attachment, folder: Path) -> Source:
        if self.file.depth >= DEEPEST:
            raise SourceError(f"attached to messages in one another, more than {DEEPEST} deep")
        path = folder / attachment.file_name
        path.write_bytes(attachment.data)
        return opened(replace(self.file, path=path, name=None, depth=self.file.depth + 1))

    def _messages(self) -> Iterator[bytes]:
        try:
            if not self.box:
                yield self.path.read_bytes()
                return
            yield from _split(self.path)
        except OSError as error:
            raise cannot_read(self.path, error) from error


class MailboxSource(MailSource):
    """A file of messages, cited by their number."""

    box = True


def _split(path: Path) -> Iterator[bytes]:
    """The messages of a box: each begins with an envelope line behind an empty one."""
    held: list[bytes] = []
    after_blank = True
    with path.open("rb") as file:
        for line in file:
            if after_blank and ENVELOPE.match(line):
                if held:
                    yield _QUOTED_FROM.sub(rb"\1", b"".join(held))
                held = []
            else:
                held.append(line)
            after_blank = not line.strip()
    if held:
        yield _QUOTED_FROM.sub(rb"\1", b"".join(held))


@dataclass(frozen=True)
class _Attachment:
    """A file in a message; its name is what the message says."""

    name: str
    kind: str
    data: bytes

    @property
    def file_name(self) -> str:
        """A name for the file system, whose end still tells the format."""
        name = re.sub(r"[^\w.-]", "_", self.name)[-NAME:].lstrip(".-")
        return name if "." in name else f"attachment{mimetypes.guess_extension(self.kind) or ''}"


@dataclass
class _Letter:
    """What a message says, and what is attached to it."""

    texts: list[str] = field(default_factory=list)
    attached: list[_Attachment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sealed: bool = False

    def message(self, message: EmailMessage) -> None:
        """A message with its headers, also one that another one carries."""
        at, before = len(self.texts), len(self.attached)
        long = [name for name, value in message.raw_items() if len(value) > HEADER]
        self.notes += [f"a header of more than {HEADER:,} characters is cut" for _ in long[:1]]
        self._part(message)
        lines = [f"{n}: {value}" for n in _SHOWN if (value := _header(message, n))]
        if names := [attachment.name for attachment in self.attached[before:]]:
            lines.append("Attachments: " + ", ".join(names))
        self.texts.insert(at, "\n".join(lines))

    def _part(self, part: EmailMessage) -> None:
        kind = part.get_content_type()
        if kind in _SEALED:
            self.sealed = True
        elif kind == "message/rfc822" and part.is_multipart():
            self.message(cast(EmailMessage, part.get_payload(0)))
        elif kind == "multipart/alternative" and part.is_multipart():
            self._alternative(part)
        elif part.is_multipart():
            for inner in part.get_payload():
                self._part(cast(EmailMessage, inner))
        elif kind.startswith("multipart/") and (mended := _with_parts(part)):
            self.notes.append(
                "its parts are not told apart as it says: they were found by its text"
            )
            self._part(mended)
        elif kind in _STYLE and part.get_content_disposition() != "attachment":
            pass
        elif part.get_content_disposition() == "attachment" or not kind.startswith(_TEXTS):
            self._attach(part, kind)
        else:
            self._text(part, kind)

    def _alternative(self, part: EmailMessage) -> None:
        """One of several forms of the same: the plain one if it says anything, else the last."""
        forms = cast("list[EmailMessage]", part.get_payload())
        plain = [form for form in forms if form.get_content_type() == "text/plain"]
        told = [form for form in plain if cast(bytes, form.get_payload(decode=True) or b"").strip()]
        for form in told[:1] or forms[-1:]:
            self._part(form)

    def _attach(self, part: EmailMessage, kind: str) -> None:
        name = " ".join(str(part.get_filename() or f"({kind})").split())
        if kind in _SIGNATURES:
            return
        if _LOST in name:
            self.notes.append(
                "letters of an attachment's name were replaced: its encoding is wrong"
            )
        if kind.startswith("image/") and part.get_content_disposition() != "attachment":
            self.notes.append(f"a picture in the text is not read: {name}")
        else:
            data = part.get_payload(decode=True)
            data = data if isinstance(data, bytes) else b""
            self.attached.append(_Attachment(self._free(name), kind, data))

    def _free(self, name: str) -> str:
        """A name that no other attachment has."""
        taken = {attachment.name for attachment in self.attached}
        names = (name if n == 1 else f"{name} ({n})" for n in count(1))
        return next(each for each in names if each not in taken)

    def _text(self, part: EmailMessage, kind: str) -> None:
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            return
        try:
            label = part.get_content_charset()
            decoded = decode(data, [label] if label else [])
            if label and "\ufffd" in decoded.text:  # what mail declares is often wrong
                decoded = decode(data)
        except NotText:
            self._attach(part, kind)
            return
        self.notes += decoded.notes
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
        if kind == "text/html":
            text = visible_text(text)[0]
        elif _says(part, "format", "flowed"):
            text = unflowed(text, _says(part, "delsp", "yes"))
        if text.strip():
            self.texts.append(text.strip("\n"))


def _read(data: bytes) -> tuple[EmailMessage, _Letter]:
    """A message and what it says; only its outer parts if they are in one another too deep."""
    try:
        return _read_whole(data)
    except RecursionError:
        inner = next(islice(_HOLDER.finditer(data), OUTER, None), None)
        message, letter = _read_whole(data[: inner and inner.start()])
        letter.notes.append(
            f"messages in one another, more than {OUTER} deep: the inner ones are not read"
        )
        return message, letter


def _read_whole(data: bytes) -> tuple[EmailMessage, _Letter]:
    message, letter = email.message_from_bytes(data, policy=_Cut()), _Letter()
    letter.message(cast(EmailMessage, message))
    return cast(EmailMessage, message), letter


def _says(part: EmailMessage, name: str, value: str) -> bool:
    """Whether a parameter of a part's type has this value."""
    return str(part.get_param(name, "")).strip().lower() == value


def _with_parts(part: EmailMessage) -> EmailMessage | None:
    """A part of several parts whose border is not the one that it names, read by the border that
    it has; None if there is none."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not (border := _BORDER.search(data)):
        return None
    named = b'Content-Type: %s; boundary="%s"\n\n' % (part.get_content_type().encode(), border[1])
    read = email.message_from_bytes(named + data, policy=_Cut())
    return cast(EmailMessage, read) if read.is_multipart() else None


def _header(message: EmailMessage, name: str) -> str | None:
    """A header's words on one line; None if there is none."""
    try:
        value = str(message[name] or "")
    except Exception:  # the parser of headers fails in many ways on broken ones
        value = _LOST
    if _LOST in value:
        value = _raw(message, name)
    return " ".join(value.split()) or None


def _word(text: bytes | str, label: str | None) -> str:
    """A part of a header; what its encoding is called is as wrong as in the text of mail."""
    if isinstance(text, str):
        return text
    return text.decode(known(label or "") or "utf-8", "surrogateescape" if not label else "replace")


def _raw(message: EmailMessage, name: str) -> str:
    """A broken header, as far as it can be understood: its bytes may be in any encoding."""
    items = message.raw_items()
    raw = next((str(v)[:HEADER] for n, v in items if n.lower() == name.lower()), "")
    try:
        value = "".join(_word(text, label) for text, label in decode_header(raw))
    except (ValueError, MessageError):
        value = raw
    if value.isprintable() and _LOST not in value:
        return value
    data = raw.encode("utf-8", "surrogateescape")
    try:
        return decode(data).text
    except NotText:
        return data.decode("ascii", "replace")
