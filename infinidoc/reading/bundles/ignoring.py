"""What git ignores: the rules of .gitignore files, of the nearest folder first.

Rules of the folders above count up to the root of the repository, where .git is; weaker than
theirs are those of the repository's info/exclude, and the weakest are the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from infinidoc.reading.bundles.repository import (
    global_config,
    global_ignore,
    repository_at,
    text_of,
)


@dataclass(frozen=True)
class Rules:
    """The rules that hold in a folder and below."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        """Whether `path` is ignored; None if no rule speaks of it."""
        name = path.relative_to(self.folder).as_posix() + ("/" if is_folder else "")
        return self.spec.check_file(name).include


def rules_of(folder: Path) -> list[Rules]:
    """The rules a folder has of its own, and of the repository that it is the root of."""
    repository = repository_at(folder)
    files = [*(repository.excludes() if repository else []), folder / ".gitignore"]
    texts = [text for file in files if (text := text_of(file))]
    return [Rules(folder, GitIgnoreSpec.from_lines(_patterns(text))) for text in texts]


def _patterns(text: str) -> Iterator[str]:
    """The patterns of a file, less those that are none; a line ends where git ends it."""
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        with suppress(ValueError, re.error):
            GitIgnoreSpec.from_lines([line])
            yield line


def inherited(root: Path) -> list[Rules]:
    """The rules of the folders above `root`, the topmost first.

    A folder that they ignore and that is read all the same was meant: then none holds.
    """
    above = _up_to_repository(root)
    rules = [one for folder in reversed(above[1:]) for one in rules_of(folder)]
    ignored = any(is_ignored(folder, True, rules) for folder in above[:-1])
    return [] if ignored else rules


def _up_to_repository(root: Path) -> list[Path]:
    """`root` and the folders above it up to a repository's root; [] outside of one."""
    above = [root, *root.parents]
    top = next((n for n, folder in enumerate(above, 1) if (folder / ".git").exists()), 0)
    return above[:top]


def files_outside(root: Path) -> Iterator[Path]:
    """What is read, beside the folder `root` itself, to tell what git ignores in it.

    Not that of a working tree further down whose repository is elsewhere again.
    """
    yield from (*global_config(), global_ignore())
    for folder in _up_to_repository(root):
        yield folder / ".gitignore"
        if repository := repository_at(folder):
            yield from repository.outside()


def is_ignored(path: Path, is_folder: bool, rules: list[Rules]) -> bool:
    """The nearest rules that say anything of `path` decide."""
    for one in reversed(rules):
        if path.is_relative_to(one.folder) and path != one.folder:
            verdict = one.verdict(path, is_folder)
            if verdict is not None:
                return bool(verdict)
    return False
