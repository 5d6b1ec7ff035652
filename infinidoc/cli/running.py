"""Runs the command line and turns errors into exit codes; loads no command before it must."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from infinidoc.errors import InfinidocError, Interrupted

UNSEEN = {"-q", "--quiet", "-h", "--help"}  # words with which there is nothing to wait for


def run(arguments: list[str], elsewhere: Callable[[list[str]], int | None] | None = None) -> None:
    """Run the command line; every error becomes one line on stderr and its exit code.

    `elsewhere` may do it instead and give the exit code, or None.
    """
    try:
        code = elsewhere(arguments) if elsewhere else None
        if code is not None:
            sys.exit(code)
        _show_life(arguments)
        from infinidoc.cli.app import app

        app(arguments, prog_name="infinidoc")
    except InfinidocError as error:
        _fail(error, arguments)
    except KeyboardInterrupt:
        _fail(Interrupted("interrupted"), arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError:
        hint = "try a smaller model"
        _fail(InfinidocError("this machine ran out of memory", hint=hint), arguments)
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        _fail(InfinidocError(reason, where=error.filename or "system"), arguments)


def _show_life(arguments: list[str]) -> None:
    """Say something before the slow imports, where a model will be loaded."""
    if arguments[:1] in (["ask"], ["chat"]) and not UNSEEN & set(arguments):
        from infinidoc.cli import display

        display.wait(display.LOADING)


def _fail(error: InfinidocError, arguments: list[str]) -> None:
    from infinidoc.cli import display

    display.error(error, "--json" in arguments)
    sys.exit(error.exit_code)
