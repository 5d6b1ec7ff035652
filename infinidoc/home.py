"""Where infinidoc keeps things: the library file and the model cache.

`INFINIDOC_HOME` overrides everything; otherwise the platform's own folders are used.
Nothing is created here; whoever writes creates the folder it writes to.
"""

from __future__ import annotations

import os
from pathlib import Path

from infinidoc.errors import LibraryError

APPLICATION = "infinidoc"


def data_folder() -> Path:
    """The folder of the library file."""
    home = os.environ.get("INFINIDOC_HOME")
    if home:
        return Path(home)
    import platformdirs

    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def cache_folder() -> Path:
    """The folder of fetched and converted models; safe to delete."""
    home = os.environ.get("INFINIDOC_HOME")
    if home:
        return Path(home) / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


def database_path() -> Path:
    """The library file: `INFINIDOC_DB`, else `library.db` in the data folder."""
    return Path(os.environ.get("INFINIDOC_DB") or data_folder() / "library.db")


def existing(path: Path | None) -> Path | None:
    """A library that is to be read, as it was named; LibraryError if there is none.

    Without a name it is the user's own, which may be yet to come.
    """
    if path is not None and not path.exists():
        hint = "check the path; infinidoc ingest FILE begins a library"
        raise LibraryError("no such library", where=path, hint=hint)
    return path


def is_offline() -> bool:
    """Whether the user forbade the network (`INFINIDOC_OFFLINE` or `HF_HUB_OFFLINE`)."""
    names = ("INFINIDOC_OFFLINE", "HF_HUB_OFFLINE")
    return any(os.environ.get(name, "0").lower() not in ("", "0", "false", "no") for name in names)
