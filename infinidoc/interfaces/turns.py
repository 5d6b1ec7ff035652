"""Whose work is done next: askers take turns, and each has its own done in the order it came.

So one who asks a hundred questions does not hold up one who asks a single one. Work that is the
same as some that waits already is not done twice. Knows threads; knows no library.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any


class Turns:
    """Work that waits, by asker; any thread may add to it, one takes from it."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._waiting: OrderedDict[Hashable, deque[_Work]] = OrderedDict()
        self._alike: dict[Hashable, _Work] = {}
        self._closed = False

    def add(
        self, act: Callable[[], Any], asker: Hashable = None, same: Hashable = None
    ) -> Future[Any]:
        """What `act` returns, or the error it raises, when its turn has come.

        `same`: work of an equal one that still waits is this work too. What has begun is not
        joined: it may have looked at the library before something was added to it.
        """
        with self._ready:
            if self._closed:
                raise RuntimeError("no work is taken any more")
            known = None if same is None else self._alike.get(same)
            work = known or _Work(act, asker, same)
            if known is None or known.asker != asker:  # whoever's turn comes first has it done
                self._waiting.setdefault(asker, deque()).append(work)
            if same is not None:
                self._alike[same] = work
            self._ready.notify()
            return work.join()

    def take(self) -> Callable[[], None] | None:
        """The next work, to be called; waits for it. None: closed, and all of it is done."""
        with self._ready:
            while True:
                while not self._waiting:
                    if self._closed:
                        return None
                    self._ready.wait()
                asker, queue = self._waiting.popitem(last=False)
                work = queue.popleft()
                if queue:
                    self._waiting[asker] = queue  # behind all the others
                if not work.begun:
                    self._alike.pop(work.same, None)
                    work.begun = True
                    return work.do

    def close(self) -> None:
        """Take no more work; what waits is done."""
        with self._ready:
            self._closed = True
            self._ready.notify()


class _Work:
    """One piece of work and everyone who waits for it."""

    def __init__(self, act: Callable[[], Any], asker: Hashable, same: Hashable) -> None:
        self.act, self.asker, self.same = act, asker, same
        self.begun = False
        self._wanted: list[Future[Any]] = []

    def join(self) -> Future[Any]:
        """Another one who waits for it. None of them can call off what others wait for."""
        self._wanted.append(Future())
        return self._wanted[-1]

    def do(self) -> None:
        """Do it and tell everyone, unless all have left."""
        wanted = [future for future in self._wanted if future.set_running_or_notify_cancel()]
        if not wanted:
            return
        try:
            result = self.act()
        except BaseException as error:
            for future in wanted:
                future.set_exception(error)
        else:
            for future in wanted:
                future.set_result(result)
