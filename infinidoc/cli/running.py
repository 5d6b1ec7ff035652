"""Runs the command line and turns errors into exit codes; loads no command before it must."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from infinidoc.errors import InfinidocError

INTERRUPTED = 130


def run(arguments: list[str], elsewhere: Callable[[list[str]], int | None] | None = None) -> None:
    """Run the command line; every error becomes one line on stderr and its exit code.

    `elsewhere` may do it instead and give the exit code, or None.
    """
    try:
        code = elsewhere(arguments) if elsewhere else None
        if code is not None:
            sys.exit(code)
        from infinidoc.cli.app import app

        app(arguments, prog_name="infinidoc")
    except InfinidocError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted; what was read is kept, the same command goes on", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError:
        _fail("this machine ran out of memory (try a smaller model)", 1)
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {(error.strerror or 'failed').lower()}", 1)


def _fail(message: str, code: int) -> None:
    from infinidoc.cli import display

    display.note(f"infinidoc: {message}")
    sys.exit(code)
