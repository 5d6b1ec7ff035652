"""`infinidoc doctor`: all that infinidoc needs, looked at, and what is missing."""

from __future__ import annotations

import json as jsonlib
import os
from pathlib import Path
from typing import Any

import typer

from infinidoc import home
from infinidoc.address import Place
from infinidoc.cli import display, options
from infinidoc.cli.housekeeping import _library
from infinidoc.errors import InfinidocError, OfflineError

LEAST_FREE = 1_000_000_000  # bytes: what a model and a library of a few books need


def doctor(
    database: options.Database = None,
    model: options.Model = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Look at everything infinidoc needs and say what is missing.

    What the model needs and how fast it will be is measured for five seconds.
    """
    report = {
        "library": _try_library(database),
        **_machine(),
        **_room(database),
        **_try_model(model),
    }
    if json:
        display.emit_json(report)
    else:
        for key, value in report.items():
            display.tell(f"{key}: {value if isinstance(value, str) else jsonlib.dumps(value)}")
    if any(str(value).startswith("problem") for value in report.values()):
        raise typer.Exit(1)


def _try_library(database: Place | None) -> str:
    try:
        with _library(database) as library:
            return f"{library.store.path}, {display.count(len(library.list()), 'document')}"
    except InfinidocError as error:
        return f"problem: {error}"


def _machine() -> dict[str, Any]:
    import platform

    import torch

    from infinidoc.model.load import pick_device
    from infinidoc.model.precision import SETTING, matrix_type, product_times, type_name

    threads, device = display.count(torch.get_num_threads(), "thread"), pick_device()
    try:
        matrices = type_name(matrix_type(device))
        if device == "cpu" and not os.environ.get(SETTING):
            times = product_times()
            said = ", ".join(f"{name} {time:.2f} ms" for name, time in times.items())
            matrices += f" (measured here, a product: {said})"
    except InfinidocError as error:
        matrices = f"problem: {error}"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": f"{device}, {threads}",
        "matrices": matrices,
        "gpu": _graphics(),
        "readers": _readers(),
        "cache": str(home.cache_folder()),
    }


def _graphics() -> str:
    """The graphics processors that can be used, or why there are none."""
    import shutil

    import torch

    if torch.cuda.is_available():
        cards = [torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count())]
        return ", ".join(f"{c.name}, {display.size(c.total_memory)}" for c in cards)
    if torch.backends.mps.is_available():
        return "Apple (mps)"
    if shutil.which("nvidia-smi"):
        return "not used: this torch cannot reach the card that nvidia-smi is here for"
    return "none"


def _readers() -> str:
    """What the processes that open documents are kept from."""
    from infinidoc.confinement import version
    from infinidoc.seccomp import is_available

    files, sockets = version(), is_available()
    if not (files or sockets):
        return "limits of time and memory only: this system has no Landlock and no seccomp"
    held = f"kept from other files (Landlock {files})" if files else "not kept from other files"
    return f"{held}, {'' if sockets else 'not '}kept from sockets of any kind (seccomp)"


def _room(database: Place | None) -> dict[str, str]:
    """Free room where the library is and where models are kept."""
    where = database or home.database_path()
    library = _free(where.parent) if isinstance(where, Path) else "its server's"
    return {"library_disk": library, "cache_disk": _free(home.cache_folder())}


def _free(folder: Path) -> str:
    import shutil

    folder = folder.absolute()
    there = next((f for f in (folder, *folder.parents) if f.exists()), folder)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return f"problem: {there}: {(error.strerror or 'failed').lower()}"
    told = f"{display.size(free)} free at {there}"
    return told if free >= LEAST_FREE else f"problem: only {told}, make room"


def _try_model(model: str | None) -> dict[str, str]:
    """Whether the model is here and whole, and what it is good for; never fetches."""
    from infinidoc.weights import DEFAULT, damaged_files, resolve

    try:
        folder = resolve(model, offline=True, quiet=True)
        damaged = damaged_files() if model is None else []
    except OfflineError:
        state = "not fetched yet: the first ingest does it, or infinidoc models pull"
        return {"model": state, **_known(model or home.setting("model") or DEFAULT)}
    except InfinidocError as error:
        return {"model": f"problem: {error}"}
    if damaged:
        return {"model": f"problem: damaged {', '.join(damaged)} (infinidoc models pull --force)"}
    return {"model": f"{folder.name} at {folder.path}", **_known(folder.name)}


def _known(name: str) -> dict[str, str]:
    """What the table of `models recommend` says of a model, if it is in it."""
    from infinidoc.cli.models import told
    from infinidoc.model.load import pick_device
    from infinidoc.weights.catalog import device_memory, entry, measure, recommended

    if (known := entry(name)) is None:
        return {}
    try:
        device = pick_device()
        room = device_memory(device)
        (row,) = recommended(device, room, measure(device), [known])
    except InfinidocError:  # told by what is said of the matrices
        return {}
    return {"model_needs": f"{told(row)}; there is {display.size(int(room))}"}
