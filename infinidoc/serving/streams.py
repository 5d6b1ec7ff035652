"""A client's surroundings, put on for as long as its command runs: streams, folder, settings.

The command writes to `sys.stdout` and reads `sys.stdin` as ever. They are the process's
own, so only one command at a time can have them.
"""

from __future__ import annotations

import io
import os
import queue
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from infinidoc.serving import wire as wires
from infinidoc.serving.client import is_sent
from infinidoc.serving.wire import Wire


class Output(io.RawIOBase):
    """A client's stdout or stderr. One that is gone is written to in vain."""

    def __init__(self, wire: Wire, kind: bytes, terminal: bool) -> None:
        self._wire, self._kind, self._terminal = wire, kind, terminal

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._terminal

    def write(self, content: Any) -> int:
        with suppress(OSError):  # whoever watches the connection ends the command
            self._wire.send(self._kind, bytes(content))
        return len(content)


class Input(io.RawIOBase):
    """A client's stdin, asked for piece by piece and only if the command reads it."""

    def __init__(self, wire: Wire, pieces: queue.Queue[bytes], kind: int) -> None:
        """`kind`: a descriptor of the same kind as the client's, for who asks what it is."""
        self._wire, self._pieces, self._kind = wire, pieces, kind
        self._held = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._kind

    def readinto(self, buffer: Any) -> int:
        if not self._held and not self._ended:
            self._wire.send(wires.WANT)
            self._held = self._pieces.get()
            self._ended = not self._held
        piece, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


@contextmanager
def surroundings(
    wire: Wire, pieces: queue.Queue[bytes], situation: dict[str, Any]
) -> Iterator[None]:
    """Stand where the client stands. `pieces`: of its stdin, as they arrive."""
    with ExitStack() as stack:
        stack.enter_context(_settings(situation["environment"]))
        stack.enter_context(_folder(situation["folder"]))
        stack.enter_context(_streams(wire, pieces, situation))
        yield


@contextmanager
def _settings(wanted: dict[str, str]) -> Iterator[None]:
    own = {name: value for name, value in os.environ.items() if is_sent(name)}
    _replace(wanted)
    try:
        yield
    finally:
        _replace(own)


def _replace(wanted: dict[str, str]) -> None:
    """Only what has a say in a command: a client sets nothing else of the server's."""
    for name in filter(is_sent, list(os.environ)):
        del os.environ[name]
    os.environ.update({name: str(value) for name, value in wanted.items() if is_sent(name)})


@contextmanager
def _folder(wanted: str) -> Iterator[None]:
    own = os.getcwd()
    os.chdir(wanted)
    try:
        yield
    finally:
        os.chdir(own)


@contextmanager
def _streams(wire: Wire, pieces: queue.Queue[bytes], situation: dict[str, Any]) -> Iterator[None]:
    own = sys.stdin, sys.stdout, sys.stderr
    ends = os.pipe() if situation["stdin"]["piped"] else (os.open(os.devnull, os.O_RDONLY),)
    reader = io.BufferedReader(Input(wire, pieces, ends[0]), wires.PIECE)
    sys.stdin = io.TextIOWrapper(reader, situation["stdin"]["encoding"] or "utf-8")
    terminals = situation["terminals"]
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            io.BufferedWriter(Output(wire, kind, terminal)),
            "utf-8",
            "replace",
            line_buffering=terminal or kind == wires.ERR,
        )
        for kind, terminal in zip((wires.OUT, wires.ERR), terminals, strict=True)
    )
    try:
        yield
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        sys.stdin, sys.stdout, sys.stderr = own
        for end in ends:
            os.close(end)
