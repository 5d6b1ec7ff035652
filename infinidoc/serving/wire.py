"""Frames between a client and a server of the same user: a kind, a size, that many bytes.

A client says a few random bytes first; the greeting that answers them names the server's
build and proves that it knows the token, if there is one. Knows no models and no commands,
and imports little: a client is as fast as its imports.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from infinidoc import __version__, home

NONCE, GREETING, TOKEN, REQUEST, TAKEN, DECLINED = b"N", b"G", b"K", b"R", b"T", b"D"
OUT, ERR, WANT, STDIN, EXIT = b"O", b"E", b"W", b"S", b"X"
LARGEST = 1 << 24  # bytes of one frame; more is some other program
SMALL = 1 << 10  # bytes of a frame from or for who has not proven anything yet
PIECE = 1 << 16  # bytes of stdin at a time
PATIENCE = 60.0  # seconds that a stopped terminal may hold the server up
GREETING_SECONDS = 3.0  # a server that is alive greets at once, busy or not
_HEAD = struct.Struct(">cI")


class Gone(ConnectionError):
    """The other end hung up, is stuck, or is none of ours."""


class Wire:
    """One connection; `Gone` if it broke."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(PATIENCE)
        self._sending = threading.Lock()

    def send(self, kind: bytes, content: bytes = b"") -> None:
        try:
            with self._sending:
                self.connection.sendall(_HEAD.pack(kind, len(content)) + content)
        except OSError as error:
            raise Gone("broken") from error

    def receive(self, seconds: float | None = None, most: int = LARGEST) -> tuple[bytes, bytes]:
        """The next frame, of at most `most` bytes, whole within `seconds` if that is given."""
        until = None if seconds is None else time.monotonic() + seconds
        kind, size = _HEAD.unpack(self._exactly(_HEAD.size, until))
        if size > most:
            raise Gone("no frame of ours")
        return kind, self._exactly(size, until)

    def expect(self, kind: bytes, seconds: float | None = None, most: int = LARGEST) -> bytes:
        """The content of the next frame, which must be of this kind."""
        got, content = self.receive(seconds, most)
        if got != kind:
            raise Gone("another frame than expected")
        return content

    def _exactly(self, size: int, until: float | None) -> bytes:
        got = bytearray()
        while len(got) < size:
            left = None if until is None else max(until - time.monotonic(), 0.0)
            piece = self._piece(size - len(got), left)
            if not piece:
                raise Gone("closed")
            got += piece
        return bytes(got)

    def _piece(self, most: int, seconds: float | None) -> bytes:
        try:
            if not select.select([self.connection], [], [], seconds)[0]:
                raise Gone("silent")
            return self.connection.recv(most)
        except (OSError, ValueError) as error:  # ValueError: closed on this side
            raise Gone("broken") from error

    def hang_up(self) -> None:
        """Say that nothing follows; whoever waits here for a frame waits no longer."""
        with suppress(OSError):  # the other was first
            self.connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        self.connection.close()


def socket_path() -> Path:
    """Where a server listens if there are Unix sockets."""
    return home.data_folder() / "serve.sock"


def port_path() -> Path:
    """Where a server that listens on a port keeps its number and token."""
    return home.data_folder() / "serve.port"


def connect() -> tuple[Wire, str] | None:
    """A connection to the server of this home and its token; None if nobody listens."""
    try:
        if socket_path().exists():
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(GREETING_SECONDS)
            connection.connect(str(socket_path()))
            return Wire(connection), ""
        place = json.loads(port_path().read_text("utf-8"))
        connection = socket.create_connection(("127.0.0.1", place["port"]), GREETING_SECONDS)
        return Wire(connection), place["token"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def meet(wire: Wire, token: str) -> str | None:
    """The build of the server that greets; None if it is not ours or says nothing."""
    nonce = os.urandom(16)
    try:
        wire.send(NONCE, nonce)
        greeting: dict[str, Any] = json.loads(wire.expect(GREETING, GREETING_SECONDS, SMALL))
        known = not token or greeting["proof"] == proof(token, nonce)
        return str(greeting["build"]) if known else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def greet(wire: Wire, token: str) -> None:
    """Answer a client's first words."""
    nonce = wire.expect(NONCE, GREETING_SECONDS, SMALL)
    greeting = {"build": build(), "proof": proof(token, nonce) if token else ""}
    wire.send(GREETING, json.dumps(greeting).encode())


def proof(token: str, nonce: bytes) -> str:
    """What only who knows the token can say."""
    import hmac

    return hmac.new(token.encode(), nonce, "sha256").hexdigest()


def build() -> str:
    """Which infinidoc this is: version, place, and its files' total size and latest change."""
    package = Path(__file__).parent.parent
    size, latest = 0, 0
    for folder in (package, *(entry for entry in package.iterdir() if entry.is_dir())):
        for entry in os.scandir(folder):
            if entry.name.endswith(".py"):
                status = entry.stat()
                size, latest = size + status.st_size, max(latest, status.st_mtime_ns)
    return f"{__version__} {package} {size} {latest}"
