"""One thread that owns a library: a server's requests are done in it, one after another.

SQLite's connection belongs to the thread that opened it, and the model answers one question at
a time; askers take turns (`turns.py`). Several questions in one batch are no faster on a CPU:
their products are bound by arithmetic already (benchmarks/LOG.md). Knows asyncio and a library;
knows no protocol.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Hashable
from typing import Any, TypeVar

from infinidoc.interfaces.turns import Turns
from infinidoc.library import Library

T = TypeVar("T")


class LibraryWorker:
    """Does things with a library that is opened when the first of them comes."""

    def __init__(self, open_library: Callable[[], Library]) -> None:
        self._open = open_library
        self._turns = Turns()
        self._thread = threading.Thread(target=self._work, name="infinidoc-library", daemon=True)
        self._library: Library | None = None
        self._thread.start()

    async def do(
        self, act: Callable[[Library], T], asker: Hashable = None, same: Hashable = None
    ) -> T:
        """What `act` returns when it is `asker`'s turn; its errors are the caller's.

        `same`: acts with an equal one return the same, so those that wait are done once.
        """
        future = self._turns.add(lambda: act(self._opened()), asker, same)
        result: T = await asyncio.wrap_future(future)
        return result

    async def stream(
        self, act: Callable[[Library], Generator[T, None, None]], asker: Hashable = None
    ) -> AsyncIterator[T]:
        """What `act` yields, as it comes. Whoever listens no longer ends it."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        gone = threading.Event()

        def put(kind: str, value: Any = None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, (kind, value))

        def run() -> None:
            if gone.is_set():
                return
            try:
                pieces = act(self._opened())
                for piece in pieces:
                    if gone.is_set():
                        pieces.close()
                        break
                    put("piece", piece)
                put("end")
            except Exception as error:
                put("error", error)

        done = self._turns.add(run, asker)
        try:
            while True:
                kind, value = await queue.get()
                if kind == "error":
                    raise value
                if kind == "end":
                    break
                yield value
        finally:
            gone.set()
        await asyncio.wrap_future(done)

    def close(self) -> None:
        """Close the library, after what is being done."""
        self._turns.close()
        self._thread.join()

    def _work(self) -> None:
        while work := self._turns.take():
            work()
        if self._library is not None:
            self._library.close()
            self._library = None

    def _opened(self) -> Library:
        if self._library is None:
            self._library = self._open()
        return self._library
