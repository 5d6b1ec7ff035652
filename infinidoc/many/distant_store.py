"""A library's store used from another host: a worker asks, the leader's own store does it.

So one process writes to the library whoever reads for it, and what a lost worker had not committed
is rolled back. `DistantStore` stands where a `Store` would: its methods become rows that are
sent to a `Desk` beside the real one. A row is a message and its answer: in a transaction, calls
that return nothing wait for the next one that does. Knows no documents, nor how rows travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from types import GeneratorType
from typing import Any

from infinidoc.errors import InfinidocError
from infinidoc.many.wire import Row, error_of, told
from infinidoc.store import Store

Call = tuple[str, tuple[Any, ...], Row]  # a method and what it is given
HELD = ("one_state", "lock", "lock_content")  # entered, and left later; so is `atomic`
# They return nothing: in a transaction they are sent with the next call whose answer is needed.
UNANSWERED = {
    "add_pages",
    "add_part",
    "add_passages",
    "add_segments",
    "add_snapshot",
    "put_rows",
    "remove",
    "reopen",
    "save_memory",
    "save_summary",
    "thin_snapshots",
    "truncate",
    "update_document",
}


class DistantStore:
    """A store that is elsewhere. `ask` sends a row to its desk and returns what comes back.

    A row holds calls in the order in which they were made, so a transaction reads what it wrote.
    An error of a call is raised by the one it was sent with, at the latest by the commit; what a
    call is given must not change before.
    """

    is_read_only = False

    def __init__(self, ask: Callable[[Row], Row], path: str) -> None:
        self._ask, self.path = ask, path
        self._kept: list[Call] = []  # of the transaction, not yet sent
        self._depth = 0  # transactions it is in
        self._entered = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._held if name in HELD else self._do, name)

    def close(self) -> None:
        """The desk closes the store when nobody asks any more."""

    def _do(self, name: str, *values: Any, **named: Any) -> Any:
        self._kept.append((name, values, named))
        if self._depth and name in UNANSWERED:
            return None
        calls, self._kept = self._kept, []
        answer = self._ask({"do": calls})
        if "error" in answer:
            raise error_of(answer)
        return answer["value"]

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing. The turn is taken with the first call whose answer is needed."""
        number = self._number()
        enter: Call = ("enter", (number, "atomic"), {})
        self._kept.append(enter)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._undo(enter)
            raise
        finally:
            self._depth -= 1
        self._do("leave", number, True)

    def _undo(self, enter: Call) -> None:
        """Give up the transaction: what was not sent never is."""
        if enter in self._kept:
            del self._kept[self._kept.index(enter) :]
            return
        self._kept.clear()
        self._do("leave", enter[1][0], False)

    @contextmanager
    def _held(self, name: str, *values: Any) -> Iterator[None]:
        number = self._number()
        self._do("enter", number, name, *values)
        try:
            yield
        except BaseException:
            self._do("leave", number, False)
            raise
        self._do("leave", number, True)

    def _number(self) -> int:
        self._entered += 1
        return self._entered


class Desk:
    """Does what one distant worker asks of a store. Left early, it undoes what is half done."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._held: dict[int, ExitStack] = {}  # by number, the one entered last at the end

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        for number in reversed(list(self._held)):
            self._leave(number, False)

    def do(self, row: Row) -> Row:
        """The answer to a row of a `DistantStore`: that of its last call, or the first error.

        Calls behind an error are not made; what was to be left is left, undone.
        """
        answer: Row = {}
        for name, values, named in row["do"]:
            if "error" not in answer:
                answer = self._called(name, values, named)
            elif name == "leave":
                self._called(name, (values[0], False), {})
        return answer

    def _called(self, name: str, values: Sequence[Any], named: Row) -> Row:
        doing: dict[str, Callable[..., Any]] = {"enter": self._enter, "leave": self._leave}
        try:
            act = doing.get(name) or getattr(self.store, name)
            value = act(*values, **named)
            return {"value": list(value) if isinstance(value, GeneratorType) else value}
        except InfinidocError as error:
            return told(error)
        except Exception as error:
            return told(InfinidocError(f"the library failed ({type(error).__name__})"))

    def _enter(self, number: int, name: str, *values: Any) -> None:
        """Enter under a number to leave it by: a lock may outlive the transaction it was taken
        in."""
        with ExitStack() as stack:
            stack.enter_context(getattr(self.store, name)(*values))
            self._held[number] = stack.pop_all()

    def _leave(self, number: int, whole: bool) -> None:
        """Leave what was entered under this number; if not `whole`, undo it, if it was entered."""
        if whole:
            self._held.pop(number).close()
            return
        with suppress(_BrokenOff), self._held.pop(number, ExitStack()):
            raise _BrokenOff


class _BrokenOff(Exception):
    """Told to a transaction whose worker failed or is gone."""
