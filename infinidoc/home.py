"""Where infinidoc keeps things: the library file and the model cache.

`INFINIDOC_HOME` overrides everything; otherwise the platform's own folders are used.
Nothing is created here; whoever writes creates the folder it writes to.
"""

from __future__ import annotations

import os
from pathlib import Path

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


def is_offline() -> bool:
    """Whether the user forbade the network (`INFINIDOC_OFFLINE` or `HF_HUB_OFFLINE`)."""
    names = ("INFINIDOC_OFFLINE", "HF_HUB_OFFLINE")
    return any(os.environ.get(name, "0").lower() not in ("", "0", "false", "no") for name in names)
