"""The folders that another program may have read: nothing outside them, whatever a path says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infinidoc.errors import UsageError


class AllowedFolders:
    """Folders by their real places; none: nothing may be read."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = [folder.expanduser().resolve() for folder in folders]
        for folder in self.folders:
            if not folder.is_dir():
                raise UsageError("no such folder to allow", where=folder)

    def checked(self, path: str) -> Path:
        """The real place of `path`, which must lie in an allowed folder; UsageError if not.

        Links are followed first, and a path that does not exist is refused in the same words.
        """
        if not self.folders:
            hint = "start it with --allow FOLDER"
            raise UsageError("no folder may be read", hint=hint)
        found = self.folders[0].joinpath(Path(path).expanduser())
        try:
            real = found.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            real = None
        if real is None or not any(real.is_relative_to(folder) for folder in self.folders):
            allowed = ", ".join(map(str, self.folders))
            raise UsageError("nothing that may be read", where=path, hint=f"allowed: {allowed}")
        return real
