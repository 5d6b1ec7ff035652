"""The stages in which a model is taught its compressive memory, each with its own checkpoint.

First layer by layer (`transfer.py`): on what the base model passes up, then on what the
student itself does; heads that this does not help are shut. Then through the whole network
(`distilling.py`). All else in the adapter stays as it was.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from infinidoc.adapter import FILE, save_adapter
from infinidoc.model.decoder import Decoder
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.distilling import Course, Distilling, memory_parameters
from infinidoc.training.loop import Rates, Schedule, Trainer
from infinidoc.training.transfer import Transfer, shut_useless_heads

Log = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """What is taught after what: a name, the texts, how long and how fast."""

    name: str  # of its checkpoint, too
    course: Course
    schedule: Schedule
    rates: Rates
    through_network: bool = False
    own_inputs: bool = False  # layer by layer: on what the student passes up


def teach_memory(
    decoder: Decoder,
    tokenizer: Tokenizer,
    data: Path,
    out: Path,
    stages: tuple[Stage, ...],
    parameters: dict[str, nn.Parameter],
    *,
    others: dict[str, Tensor] | None = None,
    header: dict[str, Any],
    seconds: float = math.inf,
    seed: int = 0,
    log: Log = print,
) -> bool:
    """Take the stages in turn, or go on with them; True once all are done.

    What moves are `parameters`, from what they are; `others` are the tensors of an adapter
    that stay, `header` is what the made one says of itself.
    """
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    train, dev = Corpus(data), Corpus(data, "dev")
    for parameter in parameters.values():
        parameter.requires_grad_(True)

    def export() -> None:
        made = {name: p.detach().cpu() for name, p in memory_parameters(decoder).items()}
        save_adapter(out / FILE, {**(others or {}), **made}, header)

    begun = [at for at, stage in enumerate(stages) if _checkpoint(out, stage).exists()]
    for stage in stages[max(begun, default=0) :]:  # its checkpoint holds all that was taught
        task: Transfer | Distilling
        if stage.through_network:
            task = Distilling(decoder, tokenizer, train, dev, stage.course, seed)
        else:
            task = Transfer(decoder, tokenizer, train, dev, stage.course, seed, stage.own_inputs)
        path = _checkpoint(out, stage)
        trainer = Trainer(task, parameters, stage.schedule, stage.rates, path, log)
        trainer.on_save = export
        if not trainer.run(seconds - (time.monotonic() - began)):
            return False
        if isinstance(task, Transfer) and stage.own_inputs:
            log(json.dumps({"heads_shut": shut_useless_heads(task)}))
    return True


def _checkpoint(out: Path, stage: Stage) -> Path:
    return out / f"{stage.name}.safetensors"
