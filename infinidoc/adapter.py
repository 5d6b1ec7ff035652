"""What was taught to a base model, as one file: an Adapter.

A safetensors file. Its tensors are the token selector's (`keeper.*`) and the compressive memory's
(`layers.N.self_attn.features.*`, `.gate`, `.length`), which both make a memory, the embedder's
(`seeker.*`, which finds passages) and the low-rank changes of the reader (`layers.N....a` and
`.b`, which answer but never write a memory). The reader's matrices are held in eight bits, the
embedder's vectors in four, with their scales as `NAME.scale`; feature maps are float16, the rest
float32. Under the key "infinidoc" of its metadata stands a JSON header: format, name, the base's
digest, how the memory is built, the scale of the changes, and the probability above which the
model's wish to refuse is granted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infinidoc.digests import is_whole, seal
from infinidoc.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from infinidoc.embedder import Embedder, Vector
    from infinidoc.memory import MemoryConfig
    from infinidoc.model.decoder import Decoder
    from infinidoc.pointing.pointer import Pointer

FORMAT = 3  # 2 had no matrices in eight and four bits
BEFORE_2 = {"features": "elu", "gate": "scalar"}  # how memories were built that did not say so
KEY = "infinidoc"
LONGEST_HEADER = 10_000_000  # bytes; more is some other file
SHIPPED = Path(__file__).parent / "adapters"
FILE = "adapter.safetensors"
SELECTOR, EMBEDDER = "keeper.", "seeker."  # names of parts in files of every version
VECTORS = f"{EMBEDDER}meanings"


@dataclass(frozen=True)
class Adapter:
    """One adapter on disk; its header is read at once, its tensors when they are needed."""

    path: Path
    header: dict[str, Any]
    written: int = 0  # when the file was, in nanoseconds

    @classmethod
    def read(cls, path: Path) -> Adapter:
        """The adapter in the file at `path`."""
        try:
            with path.open("rb") as file:
                size = min(int.from_bytes(file.read(8), "little"), LONGEST_HEADER)
                header = json.loads(json.loads(file.read(size))["__metadata__"][KEY])
                written = os.fstat(file.fileno()).st_mtime_ns
                if not isinstance(header, dict):
                    raise TypeError(type(header).__name__)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError("this is not an adapter", where=path) from error
        if header.get("format", 0) > FORMAT:
            raise ModelError("the adapter is newer than this program", where=path)
        return cls(path, header, written)

    @classmethod
    def find(cls, weights: str, wanted: str | None = None) -> Adapter | None:
        """The adapter for a base model with the digest `weights`; None if there is none.

        `wanted` is a file, "none", or None: the one that ships. Raises ModelError if the
        file was made for another base.
        """
        if wanted == "none":
            return None
        if wanted:
            found = cls.read(Path(wanted))
            if found.header["base"] != weights:
                raise ModelError("the adapter was made for another base model", where=wanted)
            return found
        for path in sorted(SHIPPED.glob(f"*/{FILE}")):
            found = cls.read(path)
            if found.header["base"] == weights:
                return found
        return None

    @property
    def name(self) -> str:
        return str(self.header["name"])

    @property
    def memory_identity(self) -> str:
        """Names what of the adapter a memory depends on; the reader may be taught further."""
        return str(self.header["memory"])

    @property
    def refusal(self) -> float:
        """The probability of refusing above which the answer is that there is none."""
        return float(self.header.get("refusal", 1.0))  # 1: never taught to refuse

    @property
    def calibration(self) -> tuple[float, ...] | None:
        """Bias and weights of the signs by which an answer's confidence is told, if fitted."""
        weights = self.header.get("calibration")
        return tuple(weights) if weights else None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def pointer(self, kind: torch.dtype) -> Pointer | None:
        """The reader that points, in the file beside this one; None if there is none.

        It is no part of what makes a memory.
        """
        from infinidoc.pointing.file import FILE as POINTER
        from infinidoc.pointing.file import load_pointer

        path = self.path.with_name(POINTER)
        return load_pointer(path, kind) if path.exists() else None

    @cached_property
    def config(self) -> MemoryConfig:
        from infinidoc.memory import MemoryConfig

        known = {field.name for field in fields(MemoryConfig)}
        built = (
            self.header["config"] if self.header["format"] > 1 else BEFORE_2 | self.header["config"]
        )
        return MemoryConfig(**{k: v for k, v in built.items() if k in known})

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """All of them as the file holds them."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            if not is_whole(self.path, unsealed=True):
                hint = "install infinidoc again, or seal it anew if it was changed on purpose"
                raise ModelError("the adapter is damaged", where=self.path, hint=hint)
            return load_file(self.path)
        except (OSError, SafetensorError) as error:
            raise ModelError("the adapter is damaged", where=self.path) from error

    def teach_memory(self, decoder: Decoder) -> None:
        """Give `decoder` what makes memories: the token selector, the feature maps, the gates."""
        named = {name: t.float() for name, t in self.tensors.items() if _makes_memory(name)}
        state = {_parameter(name): t.to(decoder.device) for name, t in named.items()}
        decoder.load_state_dict(state, strict=False)
        for attention in decoder.attentions:
            attention.forget_gate()

    @cached_property
    def embedder(self) -> Embedder | None:
        """What finds passages in other words; None if the adapter has no embedder."""
        from infinidoc.embedder import Embedder
        from infinidoc.model.quantized import SCALE

        part = self.part(EMBEDDER)
        if not part:
            return None
        named = part.get("identity")  # of vectors that were rounded after libraries held them
        identity = _digest(part)[:12] if named is None else named.numpy().tobytes().hex()
        held, turn = part["meanings"], part["turn"].float().numpy()
        return Embedder(_rows(held, part.get("meanings" + SCALE)), len(held), turn, identity)

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix`, without it."""
        return {k.removeprefix(prefix): t for k, t in self.tensors.items() if k.startswith(prefix)}

    @property
    def change(self) -> dict[str, Tensor]:
        """The reader's low-rank matrices, restored; {} if it teaches to remember only."""
        from infinidoc.model.quantized import SCALE, unpacked

        ends = (".a", ".b", f".a{SCALE}", f".b{SCALE}")
        return unpacked({name: t for name, t in self.tensors.items() if name.endswith(ends)})

    def reader(self, decoder: Decoder) -> Decoder:
        """A copy of `decoder` that answers as it was taught; all else is shared with it.

        `decoder` itself if the adapter teaches it to remember only.
        """
        from infinidoc.model.lora import changed

        change = self.change
        return changed(decoder, change, float(self.header["scale"])) if change else decoder


def save_adapter(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Write an adapter beside `path`, then in its place; matrices rounded as the module says."""
    from safetensors.torch import save_file

    made: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        made |= _stored(name, tensor.contiguous())
    memory = _digest({name: t for name, t in made.items() if _makes_memory(name)})
    full = {**header, "format": FORMAT, "memory": f"{SELECTOR[:-1]}-{memory[:12]}"}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    save_file(made, fresh, {KEY: json.dumps(full, sort_keys=True)})
    os.replace(fresh, path)
    seal(path)


def _stored(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """How a tensor stands in the file; feature maps of the memory are float16."""
    from infinidoc.model.quantized import GROUP, packed

    bits = 4 if name == VECTORS and tensor.shape[-1] % GROUP == 0 else 8
    if tensor.is_floating_point() and tensor.ndim == 2 and name.endswith((".a", ".b", VECTORS)):
        return packed(name, tensor.float(), bits)
    return {name: tensor.half() if name.endswith(("_weight", "_bias")) else tensor}


def _rows(held: Tensor, scale: Tensor | None) -> Callable[[Sequence[int]], Vector]:
    """What gives the vectors [N, E] of N tokens; only those are restored."""
    import torch

    from infinidoc.model.quantized import PackedRows

    table = held.__getitem__ if scale is None else PackedRows(held, scale)
    return lambda ids: table(torch.tensor(ids, dtype=torch.long)).float().numpy()


def damaged_adapters() -> list[Path]:
    """Files of adapters that ship and are not what was shipped; reads everything."""
    files = sorted(SHIPPED.glob("*/*.safetensors"))
    return [file for file in files if not is_whole(file, unsealed=False, anew=True)]


def _digest(tensors: dict[str, Tensor]) -> str:
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode() + tensors[name].numpy().tobytes())
    return total.hexdigest()


def _makes_memory(name: str) -> bool:
    memory = ".self_attn.features.", ".self_attn.gate", ".self_attn.length", ".self_attn.centre"
    return name.startswith(SELECTOR) or any(part in name for part in memory)


def _parameter(name: str) -> str:
    """The decoder's name of a tensor of the file."""
    return f"selector.{name.removeprefix(SELECTOR)}" if name.startswith(SELECTOR) else name
