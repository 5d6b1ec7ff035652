"""Models that other programs have put on this machine: Ollama, LM Studio, the Hugging Face cache.

Found by name, where those programs keep them; nothing of theirs is changed or fetched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infinidoc.errors import ModelError
from infinidoc.weights.local_gguf import SPLIT, SUFFIX

OLLAMA, LM_STUDIO = "ollama:", "lmstudio:"
_REGISTRY, _MODEL = "registry.ollama.ai", "application/vnd.ollama.image.model"


@dataclass(frozen=True)
class StoredModel:
    """A model of another program's: `name` is what --model takes; size in bytes."""

    name: str
    path: Path
    size: int
    program: str


def stored_file(name: str) -> Path:
    """The GGUF file of `ollama:NAME[:TAG]` or `lmstudio:NAME`; ModelError if it is not there."""
    found = _ollama(name) if name.startswith(OLLAMA) else _lm_studio(name)
    if found is None:
        known = [model.name for model in stored_models() if model.name.startswith(name[:7])]
        hint = "there is: " + ", ".join(known[:5]) if known else "infinidoc models list"
        raise ModelError("no such model on this machine", where=name, hint=hint)
    return found


def is_stored(name: str) -> bool:
    """Whether a name is one of another program's."""
    return name.startswith((OLLAMA, LM_STUDIO))


def stored_models() -> Iterator[StoredModel]:
    """What the other programs have, each of theirs by name."""
    yield from _all_ollama()
    yield from _all_lm_studio()
    yield from _all_hub()


# -- Ollama ------------------------------------------------------------------------------------


def _ollama_folders() -> list[Path]:
    """Where Ollama keeps models: as its own variable says, a user's, or its service's on Linux."""
    if named := os.environ.get("OLLAMA_MODELS"):
        return [Path(named)]
    return [Path.home() / ".ollama/models", Path("/usr/share/ollama/.ollama/models")]


def _ollama(name: str) -> Path | None:
    model, _, tag = name.removeprefix(OLLAMA).partition(":")
    parts = [part for part in model.split("/") if part not in ("", ".", "..")]
    if len(parts) < 3:
        parts = [_REGISTRY, *(parts if len(parts) == 2 else ["library", *parts])]
    for folder in _ollama_folders():
        found = _blob(folder, folder.joinpath("manifests", *parts, tag or "latest"))
        if found is not None:
            return found
    return None


def _blob(folder: Path, manifest: Path) -> Path | None:
    """The weights that a manifest of Ollama's names, if they are there."""
    try:
        layers = json.loads(manifest.read_text("utf-8"))["layers"]
        digest = next(layer["digest"] for layer in layers if layer["mediaType"] == _MODEL)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
    blob = folder / "blobs" / str(digest).replace(":", "-").replace("/", "")
    return blob if blob.is_file() else None


def _all_ollama() -> Iterator[StoredModel]:
    for folder in _ollama_folders():
        for manifest in _listed(folder / "manifests", "*/*/*/*"):
            blob = _blob(folder, manifest)
            if blob is None:
                continue
            host, owner, model = manifest.relative_to(folder / "manifests").parts[:3]
            known = model if owner == "library" else f"{owner}/{model}"
            full = known if host == _REGISTRY else f"{host}/{owner}/{model}"
            name = f"{OLLAMA}{full}:{manifest.name}"
            yield StoredModel(name, blob, blob.stat().st_size, "Ollama")


# -- LM Studio ---------------------------------------------------------------------------------


def _lm_studio_folders() -> list[Path]:
    """Where LM Studio keeps models, today and in older versions."""
    return [Path.home() / ".lmstudio/models", Path.home() / ".cache/lm-studio/models"]


def _lm_studio_files() -> Iterator[tuple[str, Path]]:
    for folder in _lm_studio_folders():
        for file in _listed(folder, f"*/*/*{SUFFIX}"):
            if not file.name.startswith("mmproj") and not SPLIT.search(file.name):
                yield f"{LM_STUDIO}{file.relative_to(folder).as_posix()}", file


def _lm_studio(name: str) -> Path | None:
    """By the whole name, or by its last part where that is the only one of its kind."""
    files = list(_lm_studio_files())
    whole = [file for known, file in files if known == name]
    wanted = name.removeprefix(LM_STUDIO).removesuffix(SUFFIX).lower()
    alike = [file for _, file in files if wanted in (file.stem.lower(), file.parent.name.lower())]
    found = whole or alike
    return found[0] if len(found) == 1 else None


def _all_lm_studio() -> Iterator[StoredModel]:
    for name, file in _lm_studio_files():
        yield StoredModel(name, file, file.stat().st_size, "LM Studio")


# -- the Hugging Face cache --------------------------------------------------------------------


def _hub_folder() -> Path:
    home = os.environ.get("HF_HOME") or str(Path.home() / ".cache/huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")


def _all_hub() -> Iterator[StoredModel]:
    """Hub models with weights that can be read, under their hub ids."""
    for folder in _listed(_hub_folder(), "models--*--*"):
        weights = [file for file in folder.glob("snapshots/*/*.safetensors") if file.exists()]
        if weights:
            owner, model = folder.name.removeprefix("models--").split("--", 1)
            size = sum(file.stat().st_size for file in weights)
            yield StoredModel(f"{owner}/{model}", weights[0].parent, size, "Hugging Face cache")


def _listed(folder: Path, pattern: str) -> list[Path]:
    """What lies there, in order; nothing where it cannot be looked at."""
    try:
        return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))
    except OSError:
        return []
