"""The recipes: one command each, the same steps, one dial for the size.

First the token selector learns what is worth keeping (forward passes only), the embedder which
passage answers a question (no passes at all), then the reader learns to answer from
passages and from what was kept. Everything lands in one folder:

    selector.safetensors   the token selector, once it is taught
    embedder.safetensors   the embedder, once it is taught
    training.safetensors   the checkpoint to go on from
    adapter.safetensors    what a user needs, written with every checkpoint
    log.jsonl              losses, and the scores of generated answers as they move
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from infinidoc.adapter import EMBEDDER, FILE, SELECTOR, Adapter, save_adapter
from infinidoc.errors import UsageError
from infinidoc.memory import MemoryConfig
from infinidoc.model.architecture import Architecture
from infinidoc.model.decoder import Decoder
from infinidoc.model.load import load_decoder, pick_device
from infinidoc.model.lora import add_low_rank
from infinidoc.model.precision import matrix_type
from infinidoc.tokens import Tokenizer
from infinidoc.training.centring import teach_centres
from infinidoc.training.corpus import Corpus
from infinidoc.training.distilling import Course, begin, memory_parameters
from infinidoc.training.loop import Rates, Schedule, Trainer
from infinidoc.training.making import Mixture
from infinidoc.training.passage_embedding import teach_embedder
from infinidoc.training.pointing import teach_pointer
from infinidoc.training.questions import Share
from infinidoc.training.stages import Stage, teach_memory
from infinidoc.training.stories import Stories
from infinidoc.training.tasks import Teaching
from infinidoc.training.token_selection import teach_selector

Log = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """Everything a run depends on beside the data and the seed."""

    selector_texts: int = 160
    embedder_size: int = 128
    embedder_steps: int = 800
    embedder_together: int = 256
    rank: int = 16
    scale: float = 2.0
    memory: MemoryConfig = field(default_factory=lambda: MemoryConfig(kept=1024))
    mixture: Mixture = field(default_factory=Mixture)
    schedule: Schedule = field(default_factory=lambda: Schedule(steps=600))
    rates: Rates = field(default_factory=lambda: Rates(low_rank=7e-4))
    threads: int | None = None  # of a CPU
    stages: tuple[Stage, ...] = ()  # teach the compressive memory, and nothing else
    share: Share | None = None  # teach a reader that points, and nothing else


BASE_INPUTS = Stage(
    "base-inputs",
    Course(tokens=(3072,), books=0.9),
    Schedule(steps=240, warmup=20, decay=0.7, evaluate_every=60),
    Rates(memory=3e-3, gates=5e-3),
)
OWN_INPUTS = Stage(
    "own-inputs",
    Course(tokens=(6144,), books=0.9),
    Schedule(steps=150, warmup=20, decay=0.7, evaluate_every=50),
    Rates(memory=2e-3, gates=5e-3),
    own_inputs=True,
)
NETWORK = Stage(
    "network",
    Course(tokens=(3072, 4096, 6144), segments=(256, 512, 512), carried=(64, 128, 128)),
    Schedule(steps=120, warmup=10, decay=0.8, evaluate_every=40),
    Rates(memory=3e-4, gates=5e-3),
    through_network=True,
)
TOY = Course(
    tokens=(256,), segments=(32, 64), carried=(8, 16), asked=64, watched=1,
    watched_tokens=(128, 512),
)  # fmt: skip

RECIPES = {
    "cpu": Recipe(threads=1),
    "recall": Recipe(
        memory=MemoryConfig(kept=4096, kept_bits=4),
        mixture=Mixture(
            reading=1, summaries=0.2, stories=2, story_tokens=(1024, 2048, 4096), facts=64,
            bank_blocks=64, focused=True,
        ),
        schedule=Schedule(steps=500, decay=0.5, evaluate_every=100),
        rates=Rates(low_rank=5e-4),
        threads=1,
    ),
    "gpu": Recipe(
        selector_texts=1000,
        embedder_steps=4000,
        embedder_together=1024,
        mixture=Mixture(
            reading=92, summaries=4.0, stories=24, story_tokens=(2048, 4096, 8192),
            bank_blocks=64, together=32, stories_together=12, watched_contexts=12, makers=8,
        ),
        schedule=Schedule(steps=1200, warmup=20, evaluate_every=400, checkpoint_seconds=120.0),
        rates=Rates(low_rank=1.4e-3),
    ),
    "memory": Recipe(stages=(BASE_INPUTS, OWN_INPUTS, NETWORK), threads=1),
    "memory-layers": Recipe(stages=(BASE_INPUTS, OWN_INPUTS), threads=1),
    "memory-on": Recipe(stages=(NETWORK,), threads=1),
    "pointer": Recipe(
        share=Share(depth=8, bits=4),
        schedule=Schedule(steps=1500, warmup=60, decay=0.6, evaluate_every=150),
        rates=Rates(memory=5e-5, head=5e-4),
    ),
    "toy-pointer": Recipe(
        share=Share(asked=2, made=2, watched=8, bits=4),
        schedule=Schedule(steps=4, warmup=1, evaluate_every=4),
    ),
    "toy-memory": Recipe(
        memory=MemoryConfig(segment=64, carried=16, feature_count=8, kept=32, kept_from=1),
        stages=tuple(
            replace(stage, course=TOY, schedule=Schedule(steps=2, warmup=1, evaluate_every=2))
            for stage in (BASE_INPUTS, OWN_INPUTS, NETWORK)
        ),
    ),
    "toy": Recipe(
        selector_texts=4,
        embedder_size=8,
        embedder_steps=5,
        embedder_together=8,
        rank=2,
        memory=MemoryConfig(segment=64, carried=16, kept=32, kept_from=1),
        mixture=Mixture(
            reading=1, stories=1, story_tokens=(128,), bank_blocks=2, watched_contexts=1
        ),
        schedule=Schedule(steps=4, warmup=1, evaluate_every=4),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Base:
    """The model that is taught: its folder, name and the digest of its weights."""

    folder: Path
    name: str
    sha256: str


def adapt(
    base: Base,
    data: Path,
    out: Path,
    recipe: Recipe,
    *,
    device: str = "auto",
    seconds: float = math.inf,
    seed: int = 0,
    start: Path | None = None,
    log: Log = print,
) -> bool:
    """Teach `base` by `recipe` into `out`, or go on; True once the schedule is done.

    `start` is an adapter to begin from instead of from nothing.
    """
    out.mkdir(parents=True, exist_ok=True)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    log = _to_file(out / "log.jsonl", log)
    if recipe.share:
        if start is None:
            raise UsageError("this recipe needs an encoder to begin from", hint="--from FOLDER")
        return teach_pointer(
            start, data, out, recipe.share, recipe.schedule, recipe.rates,
            kind=matrix_type("cpu"), seconds=seconds, seed=seed, log=log,
        )  # fmt: skip
    if recipe.stages:
        return _adapt_memory(base, data, out, recipe, device, seconds, seed, start, log)
    device = pick_device(device)
    decoder = load_decoder(base.folder, recipe.memory, device, matrix_type(device))
    tokenizer = Tokenizer.from_folder(base.folder)
    train, dev = Corpus(data), Corpus(data, "dev")
    first = Adapter.read(start) if start else None
    if first and (first.header["base"] != base.sha256 or not _alike(first.config, recipe.memory)):
        raise UsageError("the adapter to start from has another base or memory", where=start)
    _teach_selector(decoder, tokenizer, train, out, recipe, seed, first, log)
    if not any(attention.centre.any() for attention in decoder.attentions if attention.rounds):
        teach_centres(decoder, tokenizer, Stories(train), seed=seed)
    embedder = _teach_embedder(decoder, tokenizer, train, out, recipe, seed, first, log)
    torch.manual_seed(seed)
    parameters = add_low_rank(decoder, recipe.rank, recipe.scale)
    if first:
        change = first.change
        for name, parameter in parameters.items():
            parameter.data.copy_(change[name])
    task = Teaching(decoder, tokenizer, train, dev, recipe.mixture, seed)
    trainer = Trainer(
        task, parameters, recipe.schedule, recipe.rates, out / "training.safetensors", log
    )
    trainer.on_save = lambda: export(decoder, embedder, parameters, base, recipe, out / FILE)
    return trainer.run(seconds)


def _adapt_memory(
    base: Base,
    data: Path,
    out: Path,
    recipe: Recipe,
    device: str,
    seconds: float,
    seed: int,
    start: Path | None,
    log: Log,
) -> bool:
    """Teach the compressive memory alone; all else is as in `start`, if there is one."""
    device = pick_device(device)
    first = Adapter.read(start) if start else None
    if first and first.header["base"] != base.sha256:
        raise UsageError("the adapter to start from has another base", where=start)
    memory = replace(
        recipe.memory, kept=0, layers=far_layers(Architecture.from_folder(base.folder))
    )
    decoder = load_decoder(base.folder, memory, device, matrix_type(device))
    header = {
        **(first.header if first else {"name": f"{base.name}-memory"}),
        "base": base.sha256,
        "license": "Apache-2.0",
        "config": asdict(replace(memory, kept=first.config.kept if first else 0)),
    }
    begin(decoder, seed)
    if first and recipe.stages[0].through_network:  # goes on with the memory there is
        first.teach_memory(decoder)
    return teach_memory(
        decoder, Tokenizer.from_folder(base.folder), data, out, recipe.stages,
        memory_parameters(decoder), others=first.tensors if first else None,
        header=header, seconds=seconds, seed=seed, log=log,
    )  # fmt: skip


def far_layers(shape: Architecture) -> tuple[int, ...] | None:
    """The layers that attend to the whole text; None: all of them.

    A layer with a sliding window has nothing to remember beyond it.
    """
    far = tuple(index for index, window in enumerate(shape.windows) if window is None)
    return far if 0 < len(far) < shape.depth else None


def _alike(one: MemoryConfig, other: MemoryConfig) -> bool:
    """Whether what was taught for one memory serves another: it may keep more, or in fewer bits."""
    return one == replace(other, kept=one.kept, kept_bits=one.kept_bits)


def _teach_selector(
    decoder: Decoder,
    tokenizer: Tokenizer,
    train: Corpus,
    out: Path,
    recipe: Recipe,
    seed: int,
    first: Adapter | None,
    log: Log,
) -> None:
    """The token selector from `first`, from an earlier run's file, or taught now."""
    from safetensors.torch import load_file, save_file

    assert decoder.selector is not None
    path = out / "selector.safetensors"
    if first:
        first.teach_memory(decoder)
        return
    if not path.exists():
        loss = teach_selector(
            decoder, tokenizer, Stories(train), texts=recipe.selector_texts, seed=seed
        )
        log(json.dumps({"selector_loss": round(loss, 4), "texts": recipe.selector_texts}))
        save_file(decoder.selector.state_dict(), path)
    decoder.selector.load_state_dict(load_file(path))


def _teach_embedder(
    decoder: Decoder,
    tokenizer: Tokenizer,
    train: Corpus,
    out: Path,
    recipe: Recipe,
    seed: int,
    first: Adapter | None,
    log: Log,
) -> dict[str, Tensor]:
    """The embedder's tensors from `first` if it has them, from an earlier run, or made now."""
    from safetensors.torch import load_file, save_file

    path = out / "embedder.safetensors"
    if first and first.embedder:
        return first.part(EMBEDDER)
    if not path.exists():
        tensors, loss = teach_embedder(
            decoder.embed_tokens.weight,
            tokenizer,
            train,
            size=recipe.embedder_size,
            steps=recipe.embedder_steps,
            together=recipe.embedder_together,
            seed=seed,
        )
        log(json.dumps({"embedder_loss": round(loss, 4), "steps": recipe.embedder_steps}))
        save_file(tensors, path)
    return load_file(path)


def export(
    decoder: Decoder,
    embedder: dict[str, Tensor],
    parameters: dict[str, nn.Parameter],
    base: Base,
    recipe: Recipe,
    path: Path,
    refusal: float = 0.5,
) -> None:
    """Write what was learned so far as an adapter."""
    assert decoder.selector is not None
    tensors: dict[str, Tensor] = {
        SELECTOR + name: tensor.detach().cpu()
        for name, tensor in decoder.selector.state_dict().items()
    }
    tensors |= {EMBEDDER + name: t for name, t in embedder.items()}
    tensors |= {name: b.detach().cpu() for name, b in decoder.named_buffers() if ".centre" in name}
    if not decoder.is_shut:
        tensors |= {name: p.detach().cpu() for name, p in memory_parameters(decoder).items()}
    tensors |= {name: parameter.detach().cpu() for name, parameter in parameters.items()}
    header = {
        "name": f"{base.name}-reader",
        "base": base.sha256,
        "rank": recipe.rank,
        "scale": recipe.scale,
        "refusal": refusal,
        "config": asdict(recipe.memory),
        "license": "Apache-2.0",
    }
    save_adapter(path, tensors, header)


def pick(name: str, steps: int | None = None) -> Recipe:
    """The recipe of that name, with another number of steps if one is given."""
    if name not in RECIPES:
        raise UsageError(f"no recipe {name!r}", hint="one of " + ", ".join(RECIPES))
    recipe = RECIPES[name]
    if steps is None:
        return recipe
    taken = sum(stage.schedule.steps for stage in recipe.stages)
    stages = tuple(
        replace(stage, schedule=replace(stage.schedule, steps=_share(stage, steps, taken)))
        for stage in recipe.stages
    )
    return replace(recipe, schedule=replace(recipe.schedule, steps=steps), stages=stages)


def _share(stage: Stage, steps: int, taken: int) -> int:
    """What `stage` has of so many steps in all."""
    return max(round(steps * stage.schedule.steps / taken), 1)


def _to_file(path: Path, log: Log) -> Log:
    """A log that is also kept in a file."""

    def both(line: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        log(line)

    return both
