"""Makes a decoder write faster, and keeps what that takes in a file of its own.

The file is made once for each model, torch and kind of processor, in a second or two, from
the model's own weights; it can be deleted at any time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.nn import functional

from infinidoc.model.approximate_head import ApproximateHead, eight_bits
from infinidoc.model.decoder import Decoder
from infinidoc.model.fourbit import FourBit, pack_fourbit
from infinidoc.model.load import read_tensors
from infinidoc.model.precision import milliseconds
from infinidoc.model.quantized_decoder import JOINED, QuantizedDecoder

HEAD = "lm_head"


def file_name() -> str:
    """The layout of packed matrices is torch's and the processor's own."""
    version = torch.__version__.partition("+")[0]
    return f"writer-{version}-{torch.backends.cpu.get_cpu_capability()}.safetensors"


def speed_up(decoder: Decoder, folder: Path, file: Path) -> None:
    """Give `decoder` a writer if it can have one: from `file`, or made from `folder`.

    Where nothing can be written, the weights were never of four bits or the processor has no
    short way through them, it does without: only speed is lost.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not suits(decoder):
        return
    try:
        tensors = load_file(file) if file.exists() else _made(decoder, folder, file)
    except (OSError, SafetensorError):
        return
    weight = decoder.lm_head.weight
    if f"{HEAD}.eight" in tensors:
        eight, scales = tensors[f"{HEAD}.eight"], tensors[f"{HEAD}.scales"]
        decoder.lm_head.few = ApproximateHead(weight, eight, scales)
    names = {name.removesuffix(".packed") for name in tensors if name.endswith(".packed")}
    if len(names) == len(JOINED) * decoder.shape.depth:
        packed = {n: FourBit(tensors[f"{n}.packed"], tensors[f"{n}.scales"]) for n in names}
        decoder.writer = QuantizedDecoder(decoder, packed)


def suits(decoder: Decoder) -> bool:
    """Whether it is plain and on a CPU."""
    return decoder.device.type == "cpu" and QuantizedDecoder.fits(decoder)


def _made(decoder: Decoder, folder: Path, file: Path) -> dict[str, Tensor]:
    """What the file holds: of the layers and of the head, what is faster here."""
    from safetensors.torch import save_file

    weights = read_tensors(folder)
    made = _layers(decoder, weights) | _head(decoder, weights)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.part")
    save_file(made, fresh)
    os.replace(fresh, file)
    return made


def _layers(decoder: Decoder, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """All matrices of the layers packed; nothing if one was never of four bits."""
    made, few, whole = dict[str, Tensor](), list[Product](), list[Product]()
    for index, part in product(range(decoder.shape.depth), JOINED):
        names = [f"layers.{index}.{each}" for each in JOINED[part]]
        packed = pack_fourbit(torch.cat([weights[f"{name}.weight"] for name in names]))
        if packed is None:
            return {}
        name = f"layers.{index}.{part}"
        made[f"{name}.packed"], made[f"{name}.scales"] = packed.packed, packed.scales
        whole += [Product.of(cast("Tensor", decoder.get_submodule(name).weight)) for name in names]
        few.append(Product(packed, whole[-1].columns))
    return made if is_faster(few, whole) else {}


def _head(decoder: Decoder, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The head in eight bits."""
    head = weights.get(f"{HEAD}.weight", weights["embed_tokens.weight"])
    if not ApproximateHead.takes(head):
        return {}
    eight, scales = eight_bits(head.float())
    few = Product(ApproximateHead(decoder.lm_head.weight, eight, scales), head.shape[1])
    if not is_faster([few], [Product.of(decoder.lm_head.weight)]):
        return {}
    return {f"{HEAD}.eight": eight, f"{HEAD}.scales": scales}


class Product(NamedTuple):
    """A way to multiply one row of so many columns by a matrix."""

    of_row: Callable[[Tensor], Tensor]
    columns: int

    @classmethod
    def of(cls, weight: Tensor) -> Product:
        return cls(lambda row: functional.linear(row.to(weight.dtype), weight), weight.shape[1])


@torch.inference_mode()
def is_faster(few: Sequence[Product], whole: Sequence[Product]) -> bool:
    """Whether `few` take less time than `whole`, all of them one after the other.

    It is measured, for not every processor has a short way through packed matrices.
    """

    def taken(products: Sequence[Product]) -> float:
        work = [(each.of_row, torch.ones(1, each.columns)) for each in products]
        return milliseconds(lambda: [multiply(row) for multiply, row in work])

    return taken(few) < taken(whole)
