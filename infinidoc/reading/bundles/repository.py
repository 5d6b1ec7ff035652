"""Where a git repository says what it ignores: its files, and those of the user.

Only read, and only `core.excludesFile` of the configuration: neither git nor anything that a
repository names is run. Left out is configuration that another file includes, that holds for
one worktree, and that is given to a command (`-c`, GIT_CONFIG_COUNT).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SECTION = re.compile(r'\s*\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]')
_SETTING = re.compile(r"\s*([A-Za-z][\w-]*)\s*=(.*)")
_PART = re.compile(r'"((?:[^"\\]|\\.)*)"?|[#;].*|(?:[^"\\#;]|\\.)+')
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Repository:
    """`root`: its working tree; `folder`: that of this working tree alone, .git as a rule."""

    root: Path
    folder: Path

    @property
    def common(self) -> Path:
        """The folder that all its working trees share."""
        shared = text_of(self.folder / "commondir").strip()
        return Path(os.path.normpath(self.folder / shared))

    def excludes(self) -> list[Path]:
        """The files of patterns for the whole of it, the weakest first."""
        own = _excludes_file([*global_config(), self.common / "config"])
        found = global_ignore() if own is None else self.root / own if own.name else None
        return [*([found] if found else []), self.common / "info" / "exclude"]

    def outside(self) -> list[Path]:
        """The files beside those of the user that are read to tell what it ignores."""
        links = [path for path in (self.root / ".git", self.folder / "commondir") if path.is_file()]
        modules = self.common / "modules"  # of the repositories in its working tree
        return [*links, self.common / "config", modules, *self.excludes()]


def repository_at(root: Path) -> Repository | None:
    """The repository whose working tree begins at `root`; its .git may be a file that names it."""
    git = root / ".git"
    if git.is_dir():
        return Repository(root, git)
    named = text_of(git).partition("gitdir:")[2].strip()
    return Repository(root, root / named) if named else None


def global_config() -> list[Path]:
    """The files of the configuration of the system and the user."""
    user = os.environ.get("GIT_CONFIG_GLOBAL")
    homes = [Path(user)] if user else [_settings() / "config", Path("~/.gitconfig")]
    return [Path("/etc/gitconfig"), *map(_at_home, homes)]


def global_ignore() -> Path:
    """The user's ignored files, where no configuration names another file."""
    return _settings() / "ignore"


def text_of(path: Path) -> str:
    """The text of a regular file without its byte order mark; "" if it cannot be read."""
    try:
        return path.read_text("utf-8-sig", "surrogateescape") if path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _settings() -> Path:
    return _at_home(Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config")) / "git"


def _at_home(path: Path) -> Path:
    with suppress(RuntimeError):  # nobody's home
        return path.expanduser()
    return path


def _excludes_file(files: list[Path]) -> Path | None:
    """The last `core.excludesFile`; None if there is none."""
    values = [value for file in files for value in _values(text_of(file), "core", "excludesfile")]
    return _at_home(Path(values[-1])) if values else None


def _values(text: str, section: str, name: str) -> Iterator[str]:
    """The values of a setting in the text of a configuration."""
    here = ""
    for line in text.replace("\r\n", "\n").replace("\\\n", "").split("\n"):
        while head := _SECTION.match(line):
            here, line = head[1].strip().lower(), line[head.end() :]
        setting = _SETTING.match(line)
        if setting and here == section and setting[1].lower() == name:
            yield _value(setting[2])


def _value(written: str) -> str:
    """A value without its quotes, escapes and comment."""
    text = ""
    for part in _PART.finditer(written.strip()):
        if part[0][0] in "#;":
            break
        text += _ESCAPE.sub(r"\1", part[0] if part[1] is None else part[1])
    return text.rstrip()
