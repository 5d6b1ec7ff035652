"""A sign of life from a reader that works long before it gives its next page.

Whoever waits for pages with a limit of time listens; a reader gives the sign after each step.
"""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], object]] = []


def listen(listener: Callable[[], object]) -> None:
    """Call `listener` at every sign from now on, in this process."""
    _listeners.append(listener)


def alive() -> None:
    """A step is done."""
    for listener in _listeners:
        listener()
