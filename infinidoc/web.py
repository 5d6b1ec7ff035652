"""A document from an address on the web: fetched when its address is given, read as a file.

Only http and https, with limits of size and time. What the server says of the content (type,
charset) counts; a redirect is named, and never leads from a public address to a private one.
"""

from __future__ import annotations

import ipaddress
import mimetypes
import re
import socket
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from infinidoc import __version__
from infinidoc.errors import OfflineError, SourceError, UsageError
from infinidoc.isolation import IsolatedSource
from infinidoc.limits import Limits
from infinidoc.reading import Page
from infinidoc.scratch import scratch_folder

if TYPE_CHECKING:
    from http.client import HTTPMessage

LARGEST = 256 << 20  # bytes
SECONDS = 300.0  # for all of it
SILENCE = 30.0  # seconds without a byte
REDIRECTS = 5
CHUNK = 1 << 16
_SCHEMES = ("http", "https")
_SAYS_LITTLE = ("", "text/plain", "application/octet-stream", "binary/octet-stream")
_SUFFIXES = {"text/html": ".html", "application/xhtml+xml": ".xhtml", "text/markdown": ".md"}
_BY_HAND = "download it yourself, and ingest the file"

Say = Callable[[str], object]


class FetchedSource(IsolatedSource):
    """What stood at an address when it was fetched; its pages are cited by the address."""

    def __init__(self, address: str, selection: dict[str, Any], say: Say, limits: Limits) -> None:
        kept = ExitStack()
        weakref.finalize(self, kept.close)
        fetched = _Fetch(address, say)
        path = fetched.into(kept.enter_context(scratch_folder()))
        request = {"source": str(path), "selection": selection, "name": _name(address)}
        told = {"piped": True, "place": address, "charset": fetched.charset}
        super().__init__({**request, **told}, limits)
        self.location = address
        self.warnings += fetched.notes

    def pages(self, start: int = 1) -> Iterator[Page]:
        notes = list(self.warnings)
        for page in super().pages(start):
            path = f"{self.location}/{page.path}" if page.path else self.location
            lined = page.line is not None or page.label or page.path
            yield replace(page, path=path, label=page.label if lined else f"page {page.number}")
        self.warnings[:] = dict.fromkeys([*notes, *self.warnings])


def open_address(
    address: str,
    *,
    offline: bool,
    say: Say = lambda line: None,
    limits: Sequence[str] = (),
    **selection: Any,
) -> FetchedSource:
    """Fetch what stands at `address`; `say` hears what is fetched from where.

    `limits`: of what reads it, see `Limits.chosen`. Raises UsageError for what is not fetched,
    OfflineError if `offline`, SourceError.
    """
    _checked(address)
    if offline:
        what = f"{address} is on the network, which may not be used"
        raise OfflineError(what, hint="leave --offline out")
    return FetchedSource(address, selection, say, Limits.chosen(limits))


def _checked(address: str) -> SplitResult:
    """The parts of an address that may be fetched."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError(f"{address!r} is no address") from None
    if parts.scheme.lower() not in _SCHEMES:
        hint = "of a file on this machine give the path"
        raise UsageError(f"only http and https are fetched, not {parts.scheme}:", hint=hint)
    if not host or re.search(r"[\s\0-\x20\\]", address):
        raise UsageError(f"{address!r} is no address")
    if parts.username is not None or parts.password is not None:
        what = "the address has a user or password in it, which would be kept in the library"
        raise UsageError(what, hint=_BY_HAND)
    return parts


def _is_private(host: str) -> bool:
    """Whether a host is this machine or in a network of one's own; False if nobody knows it."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return not all(ipaddress.ip_address(str(ip).split("%")[0]).is_global for ip in found)


class _Redirects(HTTPRedirectHandler):
    """Follows redirects that may be followed, and remembers where they led."""

    max_redirections = REDIRECTS

    def __init__(self, say: Say) -> None:
        self.led: list[str] = []
        self._say = say

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        target = urljoin(req.full_url, newurl)
        try:
            after, before = _checked(target), urlsplit(req.full_url)
        except UsageError as error:
            raise SourceError(f"redirected to what is not fetched: {error.what}") from None
        if before.scheme == "https" and after.scheme == "http":
            raise SourceError("redirected from https to http, which is not followed")
        if _is_private(after.hostname or "") and not _is_private(before.hostname or ""):
            raise SourceError("redirected to a private address, which is not followed")
        self.led.append(target)
        self._say(f"redirected to {target}")
        return super().redirect_request(req, fp, code, msg, headers, target)


class _Fetch:
    """One fetching of one address; errors name the address."""

    def __init__(self, address: str, say: Say) -> None:
        self.address, self._say = address, say
        self.notes: list[str] = []
        self.charset: str | None = None

    def into(self, folder: Path) -> Path:
        """The content as a file in `folder`, whose name ends as its type asks for."""
        redirects = _Redirects(self._say)
        self._say(f"fetching {self.address}")
        try:
            path = self._get(build_opener(redirects), folder)
        except SourceError as error:
            raise SourceError(error.what, where=self.address, hint=error.hint) from error
        except (OSError, HTTPException, ValueError) as error:
            what = f"cannot be fetched: {_reason(error)}"
            raise SourceError(what, where=self.address, hint="check the address") from error
        self.notes += [f"redirected to {target}" for target in redirects.led[-1:]]
        return path

    def _get(self, opener: OpenerDirector, folder: Path) -> Path:
        agent = f"infinidoc/{__version__}"
        asked = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity"}
        with opener.open(Request(self.address, headers=asked), timeout=SILENCE) as answer:
            headers = answer.headers
            packed = (headers.get("Content-Encoding") or "identity").lower()
            if packed != "identity":
                raise SourceError(f"was sent packed ({packed}), unasked", hint=_BY_HAND)
            if _number(headers.get("Content-Length")) > LARGEST:
                raise _too_large()
            kind = headers.get_content_type() if headers.get("Content-Type") else ""
            self.charset = headers.get_content_charset()
            path = folder / f"fetched{_suffix(kind, answer.url)}"
            size = _copy(answer, path, _number(headers.get("Content-Length")))
        self._say(f"fetched {size:,} bytes ({kind or 'of no type'})")
        return path


def _copy(answer: Any, path: Path, promised: int) -> int:
    """Write what comes to a file; how many bytes it were. Raises SourceError beyond the limits."""
    size, ends = 0, time.monotonic() + SECONDS
    with path.open("wb") as file:
        while data := answer.read1(CHUNK):
            size += len(data)
            if size > LARGEST:
                raise _too_large()
            if time.monotonic() > ends:
                raise SourceError(f"took longer than {SECONDS:g} seconds", hint=_BY_HAND)
            file.write(data)
    if size < promised:
        raise SourceError(f"broke off after {size:,} of {promised:,} bytes", hint="try again")
    if not size:
        raise SourceError("there is nothing at this address")
    return size


def _too_large() -> SourceError:
    return SourceError(f"larger than {LARGEST >> 20} MB", hint=_BY_HAND)


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        if error.code >= 400:
            return f"HTTP {error.code}"
        refused = "not allowed" in str(error.msg)  # urllib's own words
        return "redirected to a file" if refused else f"more than {REDIRECTS} redirects"
    if isinstance(error, URLError):
        error = error.reason if isinstance(error.reason, Exception) else error
    if isinstance(error, TimeoutError):
        return f"no answer for {SILENCE:g} seconds"
    if isinstance(error, socket.gaierror):
        return "no such host, or no network"
    return (getattr(error, "strerror", None) or type(error).__name__).lower()


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _suffix(kind: str, address: str) -> str:
    """The end of a name that means a type; that of the address where the type says little."""
    own = Path(unquote(urlsplit(address).path)).suffix.lower()
    own = own if re.fullmatch(r"\.[a-z0-9]{1,10}", own) else ""
    if kind in _SAYS_LITTLE:
        return own or (".txt" if kind == "text/plain" else "")
    return _SUFFIXES.get(kind) or mimetypes.guess_extension(kind) or own


def _name(address: str) -> str:
    """What the document is called: the last name in the address, else the host."""
    parts = urlsplit(address)
    return Path(unquote(parts.path)).stem or parts.hostname or "page"
