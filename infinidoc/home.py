"""Where infinidoc keeps things, and what the user has set: library, model cache, settings.

`INFINIDOC_HOME` overrides every folder; otherwise the platform's own are used. A setting is an
environment variable, else a line of `config.toml`. Nothing is created here but that file, when
a setting is saved; whoever writes creates the folder it writes to.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from infinidoc.address import Place, library_at
from infinidoc.errors import LibraryError, UsageError

APPLICATION = "infinidoc"
SETTINGS = {
    "model": "INFINIDOC_MODEL",
    "database": "INFINIDOC_DB",
    "device": "INFINIDOC_DEVICE",
    "offline": "INFINIDOC_OFFLINE",
    "adapter": "INFINIDOC_ADAPTER",
    "index_only": "INFINIDOC_INDEX_ONLY",
    "serve": "INFINIDOC_SERVE",
    "limits": "INFINIDOC_LIMITS",
}
SWITCHES = ("offline", "index_only")  # yes or no; the others are words
NO = ("", "0", "false", "no", "off")


def data_folder() -> Path:
    """The folder of the library file."""
    return _folder("user_data_dir")


def cache_folder() -> Path:
    """The folder of fetched and converted models; safe to delete."""
    return _folder("user_cache_dir", "cache")


def config_path() -> Path:
    """The file of saved settings."""
    return _folder("user_config_dir") / "config.toml"


def _folder(kind: str, below: str = "") -> Path:
    home = os.environ.get("INFINIDOC_HOME")
    if home:
        return Path(home) / below
    import platformdirs

    return Path(getattr(platformdirs, kind)(APPLICATION, appauthor=False))


def database_path() -> Place:
    """The library: as it is set, else the file `library.db` in the data folder."""
    return library_at(setting("database") or data_folder() / "library.db")


def existing(path: Place | None) -> Place | None:
    """A library that is to be read, as it was named; LibraryError if there is no such file.

    Without a name it is the user's own, which may be yet to come. A server is asked later.
    """
    if isinstance(path, Path) and not path.exists():
        hint = "check the path; infinidoc ingest FILE begins a library"
        raise LibraryError("no such library", where=path, hint=hint)
    return path


def is_offline() -> bool:
    """Whether the user forbade the network (the setting `offline`, or `HF_HUB_OFFLINE`)."""
    return is_on(setting("offline")) or is_on(os.environ.get("HF_HUB_OFFLINE"))


def is_on(value: str | None) -> bool:
    """Whether the words of a switch mean yes."""
    return (value or "").strip().lower() not in NO


def setting(name: str) -> str | None:
    """What a setting says: its environment variable, else the saved one; None: nothing."""
    value = os.environ.get(SETTINGS[name])
    if value is not None:
        return value or None
    saved = saved_settings().get(name)
    return None if saved is None else str(saved)


def saved_settings() -> dict[str, Any]:
    """The settings in `config.toml`; UsageError if it cannot be understood."""
    path = config_path()
    try:
        written = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the settings cannot be read", where=path) from error
    import tomllib

    try:
        found = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the settings are no TOML: {error}", where=path) from error
    for name in found:
        refuse_unknown(name)
    return found


def refuse_unknown(name: str) -> None:
    """Refuse what is the name of no setting."""
    if name not in SETTINGS:
        hint = "there are: " + ", ".join(SETTINGS)
        raise UsageError(f"no setting is called {name!r}", where=config_path(), hint=hint)


def save_setting(name: str, value: str | None) -> Path:
    """Write a setting into `config.toml`, beside what else stands there; None takes it out."""
    import tomlkit

    refuse_unknown(name)
    saved_settings()  # what is there must be sound
    path = config_path()
    settings = tomlkit.parse(path.read_text("utf-8") if path.exists() else "")
    settings.pop(name, None)
    if value is not None:
        settings[name] = is_on(value) if name in SWITCHES else value
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    fresh.write_text(tomlkit.dumps(settings), "utf-8")
    os.replace(fresh, path)
    return path
