"""GGUF files of the user's: turned once into a model folder in the cache, then found there.

transformers' own reader does it, so every architecture that it knows the weights of and that
infinidoc can read with is served. The copy has full weights, in the type they are multiplied in.
"""

from __future__ import annotations

import io
import os
import re
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, BinaryIO

from infinidoc import home
from infinidoc.errors import ModelError
from infinidoc.weights import cache

SUFFIX, MAGIC = ".gguf", b"GGUF"
SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
# What infinidoc reads with: llama.cpp's names on the left, transformers' on the right.
ARCHITECTURES = {
    "llama": "llama",
    "mistral": "mistral",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma2": "gemma2",
    "gemma3": "gemma3_text",
}
GROWTH = 9  # times its size that a 4-bit file takes as float32, at most
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_LOOKED_AT = 64  # entries of a header: the architecture is among the first


def gguf_in(folder: Path) -> Path | None:
    """The GGUF file of a folder that has no other weights; None if it has none.

    Raises ModelError if there are several.
    """
    if (folder / "config.json").exists():
        return None
    files = [file for file in sorted(folder.glob(f"*{SUFFIX}")) if _is_model(file)]
    if len(files) > 1:
        names = ", ".join(file.name for file in files[:3])
        raise ModelError("several GGUF files: name one of them", where=folder, hint=names)
    return files[0] if files else None


def _is_model(file: Path) -> bool:
    """Not the part of a model that looks at pictures."""
    return not file.name.startswith("mmproj")


def folder_of(file: Path, digest: str) -> Path:
    """Where the model folder made from `file`, whose SHA-256 is `digest`, is kept."""
    plain = re.sub(r"[^\w.-]+", "-", file.stem)[:60].strip("-.")
    return home.cache_folder() / "models" / f"{plain}-{digest[:8]}"


def converted(file: Path, digest: str, quiet: bool) -> tuple[Path, str]:
    """The model folder made from `file` and the digest of its weights; made if it is not there."""
    folder = folder_of(file, digest)
    if not (folder / cache.MANIFEST).exists():
        refuse_unreadable(file)
    source, needs = f"{file}", file.stat().st_size * GROWTH

    def build(temporary: Path) -> None:
        # transformers draws a bar of its own, whatever it is told
        with _said(file, quiet), redirect_stderr(io.StringIO()):
            _convert(file, temporary)

    manifest = cache.ensure(folder, build, source, needs)
    return folder, cache.weights_digest(manifest)


@contextmanager
def _said(file: Path, quiet: bool) -> Iterator[None]:
    """Say what takes minutes, once."""
    if quiet:
        yield
        return
    from rich.console import Console

    console = Console(file=sys.stderr)
    with console.status(f"converting {file.name}, once", spinner="line"):
        yield


def _convert(file: Path, folder: Path) -> None:
    """Write config, weights and tokenizer of `file` into `folder`."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    own: dict[str, Any] = {"gguf_file": file.name}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(file.parent), **own)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(file.parent), dtype=_dtype(), **_dense(), **own
        )
        model.save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
    except OSError:
        raise
    except Exception as error:  # a library's own, of many kinds
        what = f"transformers cannot convert it ({type(error).__name__})"
        raise ModelError(what, where=file) from error


def _dtype() -> Any:
    from infinidoc.model.load import pick_device
    from infinidoc.model.precision import matrix_type

    return matrix_type(pick_device())


def _dense() -> dict[str, Any]:
    """Ask for full weights where transformers would leave them packed."""
    try:
        from transformers import GgufConfig
    except ImportError:  # it always unpacks them
        return {}
    return {"quantization_config": GgufConfig(dequantize=True)}


def refuse_unreadable(file: Path) -> None:
    """Refuse at once what is no GGUF file of an architecture that can be read with."""
    if SPLIT.search(file.name):
        hint = "join its parts first: llama-gguf-split --merge"
        raise ModelError("a GGUF file in parts", where=file, hint=hint)
    name = architecture(file)
    if name not in ARCHITECTURES:
        hint = "known architectures: " + ", ".join(ARCHITECTURES)
        raise ModelError(f"models of type {name!r} cannot be read with", where=file, hint=hint)


def architecture(file: Path) -> str:
    """llama.cpp's name of the architecture, from the file's first bytes; ModelError if damaged."""
    try:
        with file.open("rb") as opened:
            if opened.read(4) != MAGIC:
                raise ValueError
            _, _, count = struct.unpack("<IQQ", opened.read(20))
            for _ in range(min(count, _LOOKED_AT)):
                key = _string(opened)
                value = _value(opened, *struct.unpack("<I", opened.read(4)))
                if key == "general.architecture":
                    return str(value)
    except OSError as error:
        what = f"cannot be read: {(error.strerror or 'failed').lower()}"
        raise ModelError(what, where=file) from error
    except (ValueError, struct.error, KeyError) as error:
        raise ModelError("this is no GGUF file, or a damaged one", where=file) from error
    raise ModelError("the GGUF file does not say its architecture", where=file)


def _string(opened: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", opened.read(8))
    if length > 1 << 20:
        raise ValueError
    return opened.read(length).decode("utf-8")


def _value(opened: BinaryIO, kind: int) -> str | None:
    """A string, or None after whatever else stands there."""
    if kind == _STRING:
        return _string(opened)
    if kind != _ARRAY:
        opened.seek(_WIDTHS[kind], os.SEEK_CUR)
        return None
    inner, length = struct.unpack("<IQ", opened.read(12))
    if inner != _STRING:
        opened.seek(_WIDTHS[inner] * length, os.SEEK_CUR)
        return None
    for _ in range(length):
        _string(opened)
    return None
