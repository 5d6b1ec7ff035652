"""The manual page, made from the commands' own help.

python -m infinidoc.cli.manual > infinidoc/docs/infinidoc.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from infinidoc.cli import display
from infinidoc.cli.app import app

DESCRIPTION = "reads documents that no context window can hold, and remembers them"


def manual() -> str:
    """The page in roff: every command, with what it takes."""
    root: Any = typer.main.get_command(app)
    lines = [
        '.TH INFINIDOC 1 "" "infinidoc" "User Commands"',
        f".SH NAME\ninfinidoc \\- {DESCRIPTION}",
        ".SH SYNOPSIS\n.B infinidoc\n[\\-d FILE] COMMAND [ARGUMENTS]",
        ".SH COMMANDS",
        *_commands(root, "infinidoc"),
        f".SH EXIT STATUS\n{_text(root.epilog)}",
        ".SH SEE ALSO\n.B infinidoc COMMAND \\-\\-help",
    ]
    return "\n".join(lines) + "\n"


def _commands(group: Any, before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before} {name}")
        else:
            yield f".SS {before} {name}\n{_text(command.help)}"
            yield from _parameters(command)


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        shown = ", ".join(parameter.opts) if parameter.opts[0].startswith("-") else None
        if shown and parameter.help and not parameter.hidden:
            yield f".TP\n.B {_text(shown)}\n{_text(parameter.help)}"


def _text(written: str) -> str:
    """Words as roff takes them; an empty line begins a paragraph."""
    paragraphs = [" ".join(part.split()) for part in written.split("\n\n")]
    escaped = [re.sub(r"^([.'])", r"\\&\1", p.replace("\\", "\\e")) for p in paragraphs if p]
    return "\n.PP\n".join(part.replace("-", "\\-") for part in escaped)


if __name__ == "__main__":
    display.say(manual(), end=False)
