"""What git ignores: the rules of .gitignore files, of the nearest folder first.

Rules of the folders above count up to the root of the repository, where .git is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec


@dataclass(frozen=True)
class Rules:
    """The rules that hold in a folder and below."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        """Whether `path` is ignored; None if no rule speaks of it."""
        name = path.relative_to(self.folder).as_posix() + ("/" if is_folder else "")
        return self.spec.check_file(name).include


def rules_of(folder: Path, file: str = ".gitignore") -> Rules | None:
    """The rules a folder has of its own."""
    try:
        lines = (folder / file).read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    return Rules(folder, GitIgnoreSpec.from_lines(lines))


def inherited(root: Path) -> list[Rules]:
    """The rules of the folders above `root`, the topmost first.

    A folder that they ignore and that is read all the same was meant: then none holds.
    """
    above = [root, *root.parents]
    top = next((n for n, folder in enumerate(above) if (folder / ".git").exists()), None)
    if top is None:
        return []
    found = [rules_of(above[top], ".git/info/exclude")]
    found += [rules_of(folder) for folder in reversed(above[1 : top + 1])]
    rules = [one for one in found if one]
    ignored = any(is_ignored(folder, True, rules) for folder in above[:top])
    return [] if ignored else rules


def is_ignored(path: Path, is_folder: bool, rules: list[Rules]) -> bool:
    """The nearest rules that say anything of `path` decide."""
    for one in reversed(rules):
        if path.is_relative_to(one.folder) and path != one.folder:
            verdict = one.verdict(path, is_folder)
            if verdict is not None:
                return bool(verdict)
    return False
