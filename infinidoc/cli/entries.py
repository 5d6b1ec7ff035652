"""What a person enters into a conversation: in a terminal, or one entry per line of a pipe.

An entry may have several lines: a line that ends in a backslash goes on in the next, and
`!multi` takes every line up to `!end`. In a terminal Alt-Enter begins a new line, too.
Knows nothing of what entries mean.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from infinidoc import home
from infinidoc.errors import SourceError, UsageError

PROMPT, MORE = "> ", ". "
TERMINAL = "CON" if os.name == "nt" else "/dev/tty"

Read = Callable[[str], str]  # a line, asked for with this prompt; EOFError at the end


def entries(read: Read) -> Iterator[str]:
    """Everything that is entered, until the end."""
    with suppress(EOFError):
        while True:
            yield from _entry(read)


def _entry(read: Read) -> Iterator[str]:
    """The next entry; nothing for a blank one."""
    line = read(PROMPT)
    entry = _multi(read) if line.strip() == "!multi" else _continued(read, line)
    if entry.strip():
        yield entry.strip()


def _multi(read: Read) -> str:
    lines = []
    with suppress(EOFError):  # the end of a pipe ends it as well
        while (line := read(MORE)).strip() != "!end":
            lines.append(line)
    return "\n".join(lines)


def _continued(read: Read, line: str) -> str:
    lines = [line]
    with suppress(EOFError):
        while lines[-1].endswith("\\"):
            lines[-1] = lines[-1][:-1]
            lines.append(read(MORE))
    return "\n".join(lines)


def read_lines(stream: TextIO) -> Read:
    """Lines of a file or a pipe."""

    def read(prompt: str) -> str:
        try:
            line = stream.readline()
        except UnicodeDecodeError as error:
            raise SourceError("the questions are not UTF-8 text", where=stream.name) from error
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    return read


def open_questions(path: str) -> TextIO:
    """A file of questions."""
    try:
        return open(path, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"cannot read the questions: {error.strerror}", where=path) from error


def open_terminal() -> TextIO:
    """The terminal a person sits at, whatever stdin is."""
    if sys.stdin is not None and sys.stdin.isatty():
        return sys.stdin
    try:
        return open(TERMINAL, encoding="utf-8", errors="replace")  # kept open to the end
    except OSError as error:
        raise UsageError(
            "a document is piped in, but there is no terminal to take questions from",
            hint="if these are questions, add --questions -",
        ) from error


def typed_lines(terminal: TextIO) -> Read:
    """Lines typed in a terminal, with a history. Ctrl-C clears the line."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output

    session: PromptSession[str] = PromptSession(
        history=_history(home.data_folder() / "chat-history"),
        key_bindings=_keys(),
        prompt_continuation=MORE,
        input=create_input(None if os.name == "nt" else terminal),
        output=create_output(always_prefer_tty=True),
    )

    def read(prompt: str) -> str:
        while True:
            try:
                return session.prompt(prompt)
            except KeyboardInterrupt:
                continue

    return read


def _history(path: Path) -> Any:
    """What was typed before; only for this time if it cannot be kept."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return FileHistory(path)
    except OSError:
        return InMemoryHistory()


def _keys() -> Any:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    return keys
