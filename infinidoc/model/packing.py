"""Makes a decoder write faster, and keeps what that takes in a file of its own.

The file is made once for each model, torch and kind of processor, in a second or two, from
the model's own weights; it can be deleted at any time.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor

from infinidoc.model.approximate_head import ApproximateHead, eight_bits
from infinidoc.model.decoder import Decoder
from infinidoc.model.fourbit import FourBit, pack_fourbit
from infinidoc.model.load import read_tensors
from infinidoc.model.quantized_decoder import JOINED, QuantizedDecoder
from infinidoc.model.softmax import is_narrow

HEAD = "lm_head"


def file_name() -> str:
    """The layout of packed matrices is torch's and the processor's own."""
    version = torch.__version__.partition("+")[0]
    return f"writer-{version}-{torch.backends.cpu.get_cpu_capability()}.safetensors"


def speed_up(decoder: Decoder, folder: Path, file: Path) -> None:
    """Give `decoder` a writer if it can have one: from `file`, or made from `folder`.

    Where nothing can be written or the weights were never of four bits, it does without:
    only speed is lost.
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
    """Whether it is plain and on a CPU that multiplies bfloat16."""
    narrow = is_narrow(decoder.norm.weight, decoder.attentions[0].matrices)
    return narrow and decoder.device.type == "cpu" and QuantizedDecoder.fits(decoder)


def _made(decoder: Decoder, folder: Path, file: Path) -> dict[str, Tensor]:
    """What the file holds; of the layers nothing if one matrix was never of four bits."""
    from safetensors.torch import save_file

    weights, made = read_tensors(folder), dict[str, Tensor]()
    for name in (f"layers.{i}.{part}" for i in range(decoder.shape.depth) for part in JOINED):
        layer, part = ".".join(name.split(".")[:2]), ".".join(name.split(".")[2:])
        packed = pack_fourbit(torch.cat([weights[f"{layer}.{p}.weight"] for p in JOINED[part]]))
        if packed is None:
            made.clear()
            break
        made[f"{name}.packed"], made[f"{name}.scales"] = packed.packed, packed.scales
    head = weights.get(f"{HEAD}.weight", weights["embed_tokens.weight"])
    if ApproximateHead.takes(head):
        made[f"{HEAD}.eight"], made[f"{HEAD}.scales"] = eight_bits(head.float())
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.part")
    save_file(made, fresh)
    os.replace(fresh, file)
    return made
