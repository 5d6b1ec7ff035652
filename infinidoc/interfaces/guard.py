"""Who may speak to a local HTTP server: this machine, no web page of elsewhere, with the token.

A page in a browser can send requests to 127.0.0.1, and a name of its own can be made to lead
there; so the Host and Origin headers are checked before the token is. Knows ASGI alone.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from infinidoc import home

ADDRESS = "127.0.0.1"
DIGITS = 12  # of a length: more are none
HERE = frozenset({ADDRESS, "localhost", "::1"})
LARGEST = 4 << 20  # bytes of a request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """Lets requests through to `application` that may come, and answers the others."""

    def __init__(self, application: Application, token: str) -> None:
        if not token:
            raise ValueError("a token must not be empty")
        self._application, self._token = application, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
        elif scope["type"] == "http":
            refused = self._refusal(_headers(scope))
            if refused is None:
                await self._application(scope, receive, send)
            else:
                await _refuse(send, *refused)

    def _refusal(self, headers: dict[str, str]) -> tuple[int, str] | None:
        """The status and message of a request that is refused; None: it may pass."""
        if host_of(f"//{headers.get('host', '')}") not in HERE:
            return 421, "this server answers to 127.0.0.1 and localhost only"
        origin = headers.get("origin")
        if origin is not None and host_of(origin) not in HERE:
            return 403, "requests of web pages from elsewhere are refused"
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):  # to str, "\xb2" is a digit, too
            return 400, "the length of the request is no number"
        if len(length) > DIGITS or int(length) > LARGEST:
            return 413, "the request is too large"
        given = headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return 401, "the token is missing or wrong"
        return None


def host_of(address: str) -> str | None:
    """The host of a URL or of `//host:port`, in lower case; None if there is none."""
    with suppress(ValueError):
        return urlsplit(address).hostname
    return None


def _headers(scope: Scope) -> dict[str, str]:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def kept_token() -> str:
    """The token of this home: made once, in a file that only its owner can read."""
    path = home.data_folder() / "http-token"
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as writer:
            writer.write(secrets.token_urlsafe(32))
    return path.read_text("ascii").strip()
