"""A library's store used from another host: a worker asks, the leader's own store does it.

So one process writes to the library whoever reads for it, and what a lost worker had not committed
is rolled back. `DistantStore` stands where a `Store` would: its methods become rows that are
sent to a `Desk` beside the real one. Knows no documents and nothing of how rows travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from types import GeneratorType
from typing import Any

from infinidoc.errors import InfinidocError
from infinidoc.many.wire import Row, error_of, told
from infinidoc.store import Store

HELD = ("atomic", "one_state", "lock", "lock_content")  # entered, and left later


class DistantStore:
    """A store that is elsewhere. `ask` sends a row to its desk and returns what comes back."""

    is_read_only = False

    def __init__(self, ask: Callable[[Row], Row], path: str) -> None:
        self._ask, self.path = ask, path

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._held if name in HELD else self._do, name)

    def close(self) -> None:
        """The desk closes the store when nobody asks any more."""

    def _do(self, name: str, *values: Any, **named: Any) -> Any:
        answer = self._ask({"do": name, "values": values, "named": named})
        if "error" in answer:
            raise error_of(answer)
        return answer["value"]

    @contextmanager
    def _held(self, name: str, *values: Any) -> Iterator[None]:
        number = self._do("enter", name, *values)
        try:
            yield
        except BaseException:
            self._do("leave", number, False)
            raise
        self._do("leave", number, True)


class Desk:
    """Does what one distant worker asks of a store. Left early, it undoes what is half done."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._held: dict[int, ExitStack] = {}  # by number, the one entered last at the end
        self._entered = 0

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        for number in reversed(list(self._held)):
            self._leave(number, False)

    def do(self, row: Row) -> Row:
        """The answer to a row of a `DistantStore`."""
        doing: dict[str, Callable[..., Any]] = {"enter": self._enter, "leave": self._leave}
        name = row["do"]
        try:
            act = doing.get(name) or getattr(self.store, name)
            value = act(*row["values"], **row["named"])
            return {"value": list(value) if isinstance(value, GeneratorType) else value}
        except InfinidocError as error:
            return told(error)
        except Exception as error:
            return told(InfinidocError(f"the library failed ({type(error).__name__})"))

    def _enter(self, name: str, *values: Any) -> int:
        """Returns the number to leave it by: a lock may outlive the transaction it was taken in."""
        with ExitStack() as stack:
            stack.enter_context(getattr(self.store, name)(*values))
            self._entered += 1
            self._held[self._entered] = stack.pop_all()
        return self._entered

    def _leave(self, number: int, whole: bool) -> None:
        """Leave what was entered under this number, undone unless it is `whole`."""
        held = self._held.pop(number)
        if whole:
            held.close()
            return
        with suppress(_BrokenOff), held:
            raise _BrokenOff


class _BrokenOff(Exception):
    """Told to a transaction whose worker failed or is gone."""
