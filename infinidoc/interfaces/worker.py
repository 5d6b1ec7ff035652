"""One thread that owns a library: a server's requests are done in it, one after another.

SQLite's connection belongs to the thread that opened it, and the model answers one question at
a time. Knows asyncio and a library; knows no protocol.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from infinidoc.library import Library

T = TypeVar("T")


class LibraryWorker:
    """Does things with a library that is opened when the first of them comes."""

    def __init__(self, open_library: Callable[[], Library]) -> None:
        self._open = open_library
        self._thread = ThreadPoolExecutor(1, "infinidoc-library")
        self._library: Library | None = None

    async def do(self, act: Callable[[Library], T]) -> T:
        """What `act` returns; its errors are the caller's."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: act(self._opened()))

    async def stream(self, act: Callable[[Library], Generator[T, None, None]]) -> AsyncIterator[T]:
        """What `act` yields, as it comes. Whoever listens no longer ends it."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        gone = threading.Event()

        def put(kind: str, value: Any = None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, (kind, value))

        def run() -> None:
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

        done = loop.run_in_executor(self._thread, run)
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
        await done

    def close(self) -> None:
        """Close the library, after what is being done."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _opened(self) -> Library:
        if self._library is None:
            self._library = self._open()
        return self._library

    def _close(self) -> None:
        if self._library is not None:
            self._library.close()
            self._library = None
