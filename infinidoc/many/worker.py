"""A worker: a process that does one task after another and says what came of each.

It has a library and a model of its own, and the share of the machine's threads that its leader
gave it. It ends when its leader does. An error costs a task, never the worker.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from infinidoc.errors import InfinidocError
from infinidoc.library import Library
from infinidoc.many.wire import Row, encoded, told

Tell = Callable[[Row], None]
WORK = {"read": "reading:Reader", "ask": "asking:Asker"}  # what a setup's `work` may be


class Work(Protocol):
    """What is done with the requests of one job."""

    def do(self, request: Row, tell: Tell) -> Row:
        """The result of a request; `tell` takes rows of progress. Raises InfinidocError."""


def serve() -> None:
    """Do what is asked for on stdin until it ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library that prints says nothing to anyone

    def tell(row: Row) -> None:
        out.write(encoded(row))
        out.flush()

    try:
        setup = json.loads(sys.stdin.readline())
        with Library(**setup["library"]) as library:
            work = begin(setup["work"], library, setup["options"])
            tell({"ready": True})
            for line in sys.stdin:
                tell(done(work, json.loads(line), tell))
    except InfinidocError as error:
        tell({"refused": True, **told(error)})
    except BrokenPipeError:  # the leader is gone
        os._exit(1)


def begin(name: str, library: Library, options: Row) -> Work:
    """The work of this name on a library."""
    module, _, kind = WORK[name].partition(":")
    made: Any = getattr(import_module(f"infinidoc.many.{module}"), kind)
    work: Work = made(library, **options)
    return work


def done(work: Work, request: Row, tell: Tell) -> Row:
    """The answer to one request, whatever happens."""
    try:
        return {"result": work.do(request, tell)}
    except BrokenPipeError:
        raise
    except InfinidocError as error:
        return told(error)
    except MemoryError:
        return told(InfinidocError("this machine ran out of memory", hint="fewer --workers"))
    except Exception as error:
        return told(InfinidocError(f"its worker failed ({type(error).__name__})"))
