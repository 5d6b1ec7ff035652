"""Listens for commands of the same user and does them one after another.

Greets at once and queues: a client waits while another is served. One that goes away has
its command interrupted as if Ctrl-C were pressed; a signal to the server ends the server.
Knows connections, not models: what a command does, and whether it can be done here, is
given.
"""

from __future__ import annotations

import _thread
import hmac
import json
import os
import queue
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from filelock import FileLock, Timeout

from infinidoc import home
from infinidoc.errors import InfinidocError
from infinidoc.serving import wire as wires
from infinidoc.serving.streams import surroundings
from infinidoc.serving.wire import Gone, Wire

REQUEST_SECONDS = 5.0
STRANGERS = 64  # connections at a time that have not asked for anything yet
FOREVER = threading.TIMEOUT_MAX

Watch = Callable[[str, float], None]


class Ended(BaseException):
    """A signal told the server to end."""


@dataclass
class Commands:
    """`accepts(words)`: whether they can be done here; `run(words)` does them, then exits."""

    accepts: Callable[[list[str]], bool]
    run: Callable[[list[str]], None]


class Caller:
    """A client whose command is being done; watches whether it is still there."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.pieces: queue.Queue[bytes] = queue.Queue()
        self.gone = self._done = False
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        """Take what the client sends; interrupt the command when it hangs up."""
        with suppress(Gone):
            while True:
                kind, content = self.wire.receive()
                if kind == wires.STDIN:
                    self.pieces.put(content)
        self.pieces.put(b"")
        with self._turn:
            if not self._done:
                self.gone = True
                _thread.interrupt_main(signal.SIGINT)

    def serve(self, commands: Commands, request: dict[str, Any]) -> str:
        """Do its command and tell the exit code; says how that went."""
        self._thread.start()
        try:
            try:
                return self._do(commands, request)
            finally:
                self._leave()
        except (KeyboardInterrupt, OSError):
            return "left"

    def _do(self, commands: Commands, request: dict[str, Any]) -> str:
        words = request["arguments"]
        with surroundings(self.wire, self.pieces, request):
            if not commands.accepts(words):
                self.wire.send(wires.DECLINED)
                return "declined"
            self.wire.send(wires.TAKEN)
            code = _exit_code(commands.run, words)
        self._finish()
        self.wire.send(wires.EXIT, str(code).encode())
        return f"exit {code}"

    def _finish(self) -> None:
        """From here on the client may hang up."""
        with self._turn:
            self._done = True

    def _leave(self) -> None:
        """Hang up. An interrupt on its way arrives before this returns."""
        self._finish()
        self.wire.hang_up()
        self._thread.join(wires.PATIENCE)
        self.wire.close()


def _exit_code(run: Callable[[list[str]], None], words: list[str]) -> int:
    try:
        run(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


class Server:
    """Serves until nobody has asked for a while, somebody asks to stop, or a signal comes."""

    def __init__(self, listener: socket.socket, token: str, commands: Commands) -> None:
        self._listener, self._token, self._commands = listener, token, commands
        self._waiting: queue.Queue[tuple[Wire, dict[str, Any]]] = queue.Queue()
        self._strangers = threading.BoundedSemaphore(STRANGERS)
        self._caller: Caller | None = None
        self._stopper: Wire | None = None  # hears that it is done when the process ends

    def run(self, idle: float, watch: Watch) -> None:
        """`idle`: seconds without a question after which it ends; 0: never."""
        threading.Thread(target=self._accept, daemon=True).start()
        with self._signals(), suppress(Ended, queue.Empty):
            while self._stopper is None:
                wire, request = self._waiting.get(timeout=idle or FOREVER)
                if "stop" in request:
                    self._stopper = wire
                    continue
                started = time.monotonic()
                outcome = self._serve(wire, request)
                watch(outcome, time.monotonic() - started)

    def _serve(self, wire: Wire, request: dict[str, Any]) -> str:
        """A command that breaks is the client's to repeat, and to report."""
        self._caller = Caller(wire)
        try:
            return self._caller.serve(self._commands, request)
        except Exception as error:
            return f"failed ({type(error).__name__})"
        finally:
            self._caller = None

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {sign: signal.signal(sign, self._heed) for sign in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def _heed(self, sign: int, frame: object) -> None:
        if sign == signal.SIGINT and self._caller is not None and self._caller.gone:
            raise KeyboardInterrupt
        raise Ended

    # -- on other threads ------------------------------------------------------------------

    def _accept(self) -> None:
        with suppress(OSError):  # closed: the server ends
            while True:
                connection, _ = self._listener.accept()
                if not self._strangers.acquire(blocking=False):
                    connection.close()
                    continue
                threading.Thread(target=self._welcome, args=[Wire(connection)], daemon=True).start()

    def _welcome(self, wire: Wire) -> None:
        """Greet, take the request, and queue it."""
        try:
            wires.greet(wire, self._token)
            token = wire.expect(wires.TOKEN, wires.GREETING_SECONDS, wires.SMALL)
            if not hmac.compare_digest(token, self._token.encode()):
                raise ValueError
            request = json.loads(wire.expect(wires.REQUEST, REQUEST_SECONDS))
            if not isinstance(request, dict):
                raise TypeError
        except (OSError, ValueError, TypeError, RecursionError):
            wire.close()
        else:
            self._waiting.put((wire, request))
        finally:
            self._strangers.release()


# -- where it listens --------------------------------------------------------------------------


@contextmanager
def listening(port: int | None) -> Iterator[Callable[[], tuple[socket.socket, str]]]:
    """The only server of this home: yields what opens the door, and closes it afterwards.

    On a Unix socket that only its owner can open; on `port` of this machine (0: any), or
    where there are no such sockets, with a token that only the owner can read.
    """
    home.data_folder().mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.data_folder() / ".serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        hint = "infinidoc serve --stop ends it"
        raise InfinidocError("a server is running already", hint=hint) from None
    try:
        _sweep()
        yield lambda: _open(port)
    finally:
        _sweep()
        lock.release()


def _open(port: int | None) -> tuple[socket.socket, str]:
    if port is None and hasattr(socket, "AF_UNIX"):
        with suppress(OSError):  # a path too long for a socket, or a file system without them
            return _unix_socket(), ""
    return _local_port(port or 0)


def _unix_socket() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)  # born with mode 0600
    try:
        listener.bind(str(wires.socket_path()))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    listener.listen()
    return listener


def _local_port(port: int) -> tuple[socket.socket, str]:
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise InfinidocError(f"cannot listen: {error.strerror}", where=f"port {port}") from error
    token = secrets.token_hex(32)
    place = {"port": listener.getsockname()[1], "token": token}
    file = os.open(wires.port_path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as writer:
        json.dump(place, writer)
    return listener, token


def _sweep() -> None:
    """Whoever holds the lock may remove what a killed server left."""
    for path in (wires.socket_path(), wires.port_path()):
        path.unlink(missing_ok=True)


def stop() -> bool:
    """End the server of this home, after the answer it is giving; False if there is none."""
    reached = wires.connect()
    if reached is None:
        return False
    wire, token = reached
    if wires.meet(wire, token) is None:
        return False
    with suppress(OSError):
        wire.send(wires.TOKEN, token.encode())
        wire.send(wires.REQUEST, json.dumps({"stop": True}).encode())
        wire.receive()
    return True
