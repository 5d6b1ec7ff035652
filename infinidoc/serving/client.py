"""Lets a server that keeps the model loaded answer, if there is one that can.

Sends the words of the command, where it was given and what its streams are, then copies
what comes back. Nobody there, or another build, home or model: the command is done here. Then
a server is started for the next one, if the setting `serve` is "auto".
"""

from __future__ import annotations

import atexit
import json
import os
import stat
import subprocess
import sys
from typing import Any

from infinidoc import home
from infinidoc.errors import InfinidocError
from infinidoc.serving import wire as wires
from infinidoc.serving.wire import Gone, Wire

NOT_SERVED = {"--no-serve", "--profile", "--each", "--help", "-h"}
SAME = ("--model", "-m", "--device")  # options of `ask` that a server is started with, too
STARTED = "a server was started for the next question; `infinidoc serve --stop` ends it\n"
SENT = "HF_HUB_OFFLINE HF_HOME NO_COLOR FORCE_COLOR TERM COLORTERM COLUMNS LINES".split()


def served(arguments: list[str]) -> int | None:
    """The exit code of a command that a server has done; None: it is yet to be done."""
    if arguments[:1] != ["ask"] or NOT_SERVED & set(arguments):
        return None
    wanted = (home.setting("serve") or "yes").lower()
    if not home.is_on(wanted):
        return None
    reached = wires.connect()
    if reached is None:
        if wanted == "auto":  # after this command, which would wait for it
            atexit.register(_start, arguments)
        return None
    wire, token = reached
    try:
        return _ask(wire, token, arguments)
    finally:
        wire.close()


def _ask(wire: Wire, token: str, arguments: list[str]) -> int | None:
    if wires.meet(wire, token) != wires.build():
        return None
    copied = _Copy(wire)
    try:
        wire.send(wires.TOKEN, token.encode())
        wire.send(wires.REQUEST, json.dumps(_situation(arguments)).encode())
        if wire.receive()[0] != wires.TAKEN:
            return None
        return copied.until_exit()
    except Gone:
        if not copied.begun:
            return None
        what = "the server stopped before the answer was whole"
        raise InfinidocError(what, hint="ask again") from None


def _start(arguments: list[str]) -> None:
    """Start a server of the same model that ends by itself when it is not asked."""
    command = [sys.executable, "-m", "infinidoc", "serve", "--quiet"]
    for at, word in enumerate(arguments):
        name, given, _ = word.partition("=")
        if name in SAME:
            command += [word] if given else arguments[at : at + 2]
    nowhere = subprocess.DEVNULL
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    if not {"-q", "--quiet", "--json"} & set(arguments):
        sys.stderr.write(STARTED)


def _situation(arguments: list[str]) -> dict[str, Any]:
    """All that the command would find out about its surroundings."""
    return {
        "arguments": arguments,
        "folder": os.getcwd(),
        "environment": {**_environment(), **_terminal_size()},
        "stdin": {"piped": is_piped(), "encoding": getattr(sys.stdin, "encoding", "utf-8")},
        "terminals": [stream is not None and stream.isatty() for stream in _outputs()],
    }


def _outputs() -> tuple[Any, Any]:
    return sys.stdout, sys.stderr


def is_sent(name: str) -> bool:
    """Whether a variable of the environment has a say in what a command does."""
    return name.startswith("INFINIDOC_") or name in SENT


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if is_sent(name)}


def _terminal_size() -> dict[str, str]:
    """The size as the variables that everything heeds, for a server has no terminal."""
    for stream in _outputs():
        try:
            columns, lines = os.get_terminal_size(stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue
        size = {"COLUMNS": str(columns), "LINES": str(lines)}
        return {name: value for name, value in size.items() if name not in os.environ}
    return {}


def is_piped() -> bool:
    """Whether a document may be waiting on stdin: a pipe or a file, not a terminal."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


class _Copy:
    """What the server writes onto our streams, and from stdin what it asks for."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.begun = False  # something was shown or taken: it cannot be done over

    def until_exit(self) -> int:
        """Until the command is done; its exit code."""
        while True:
            kind, content = self.wire.receive()
            if kind == wires.EXIT:
                return int(content)
            self.begun = True
            if kind == wires.WANT:
                self.wire.send(wires.STDIN, _stdin())
            else:
                _write(sys.stdout if kind == wires.OUT else sys.stderr, content)


def _stdin() -> bytes:
    return b"" if sys.stdin is None else os.read(sys.stdin.fileno(), wires.PIECE)


def _write(stream: Any, content: bytes) -> None:
    if stream is not None:
        stream.buffer.write(content)
        stream.buffer.flush()
