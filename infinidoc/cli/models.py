"""`infinidoc models`: what is in the model cache, fetch more, delete some."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from infinidoc.cli import display, options

app = typer.Typer(no_args_is_help=True, help="Fetch, list and delete language models.")

NO_MEMORY = (
    "it has no adapter: documents are indexed and answered from passages; "
    "infinidoc models adapt --recipe memory teaches one"
)

Name = Annotated[str | None, typer.Argument(help="A hub id or folder; default: the default model.")]


@app.command("list")
def list_models(json: options.Json = False) -> None:
    """List the models that are here: in the cache, and those of Ollama, LM Studio and the hub."""
    from infinidoc.weights import list_models

    rows = list_models()
    for row in rows:
        if json:
            display.emit_json(row)
        else:
            marks = [word for word in ("default", "used") if row[word]]
            mark = f" ({', '.join(marks)})" if marks else ""
            display.row(f"{row['model']}{mark}: {display.size(row['bytes'])}, from {row['source']}")
    if not rows and not json:
        display.note("no model is here yet: infinidoc models pull")


@app.command()
def use(
    model: Annotated[
        str, typer.Argument(help='As --model takes it; "default": the default model again.')
    ],
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Use a model from now on, wherever --model names no other.

    It is looked for, and fetched or converted, at once.

    infinidoc models use ollama:qwen3:1.7b

    infinidoc models use default
    """
    from infinidoc import home
    from infinidoc.language import LanguageModel
    from infinidoc.model.architecture import Architecture
    from infinidoc.weights import DEFAULT

    wanted = None if model in ("default", DEFAULT) else kept_name(model)
    found = LanguageModel.find(wanted or DEFAULT, offline=offline, quiet=quiet or json)
    Architecture.from_folder(found.path)  # one that can be read with
    path = home.save_setting("model", wanted)
    if json:
        display.emit_json({"model": found.name, "path": str(found.path), "file": str(path)})
    elif not quiet:
        display.row(f"{found.name}: used from now on ({path})")
        if found.adapter is None:
            display.note(NO_MEMORY)


@app.command()
def recommend(
    device: options.Device = "auto", json: options.Json = False, quiet: options.Quiet = False
) -> None:
    """Say which models this machine could use, what they need, and about how fast they would be.

    Five seconds are measured first. Only the default model was taught to read with a memory.
    """
    from infinidoc.model.load import pick_device
    from infinidoc.weights.catalog import device_memory, measure, recommended

    chosen = pick_device(device)
    if not (quiet or json):
        display.note(f"measuring {chosen} for five seconds")
    room = device_memory(chosen)
    rows = recommended(chosen, room, measure(chosen))
    if json:
        for row in rows:
            display.emit_json(row)
        return
    for row in rows:
        display.row(f"{row['model']}: {told(row)}")
    if not quiet:
        display.note(
            f"{chosen} with {display.size(int(room))}; the rates are estimates; others: a folder, "
            "a GGUF file, ollama:NAME"
        )


def told(row: dict[str, Any]) -> str:
    """What a model of the table needs, how fast it will be and what it is good for."""
    fits = "" if row["fits"] else ", does not fit"
    read, written = row["tokens_read_per_second"], row["tokens_written_per_second"]
    cpu, gpu = (display.size(row[f"bytes_needed_{on}"]) for on in ("cpu", "gpu"))
    return (
        f"{row['parameters'] / 1e9:.2f} billion parameters, needs {cpu} ({gpu} on a GPU){fits}, "
        f"reads about {read:,.0f} and writes about {written:,.1f} tokens/s; {row['good_for']}; "
        f"{row['licence']}"
    )


def kept_name(model: str) -> str:
    """A model's name as it means the same from every folder: paths are made absolute."""
    path = Path(model).expanduser()
    return str(path.resolve()) if path.exists() else model


@app.command()
def pull(
    model: Name = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch it again.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Fetch a model now, so that everything works offline from then on."""
    from infinidoc.weights import pull

    folder = pull(model, force=force, quiet=quiet or json)
    if json:
        display.emit_json({"model": folder.name, "path": str(folder.path), "sha256": folder.sha256})
    elif not quiet:
        display.say(f"{folder.name}: ready at {folder.path}")


@app.command()
def path(model: Name = None, json: options.Json = False) -> None:
    """Print the folder of a model that is here."""
    from infinidoc.weights import resolve

    folder = resolve(model, offline=True)
    if json:
        display.emit_json({"model": folder.name, "path": str(folder.path)})
    else:
        display.say(folder.path)


@app.command()
def rm(
    model: Annotated[str, typer.Argument(help="Name as in `models list`.")],
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Delete a fetched model."""
    from infinidoc.weights import remove

    folder = remove(model)
    if json:
        display.emit_json({"model": model, "removed": True})
    elif not quiet:
        display.say(f"{model}: removed from {folder.parent}")


@app.command()
def adapt(
    data: Annotated[Path, typer.Option("--data", help="Folder of training data.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for adapter, checkpoint and log.")],
    base: Annotated[
        str | None, typer.Option("--base", help="A hub id or folder; default: the default model.")
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(
            "--recipe", help="cpu, gpu, recall, pointer, memory, memory-layers or memory-on."
        ),
    ] = "cpu",
    steps: Annotated[int | None, typer.Option("--steps", help="Instead of the recipe's.")] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Stop after so long; call again to go on.")
    ] = None,
    start: Annotated[Path | None, typer.Option("--from", help="An adapter to begin from.")] = None,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    device: options.Device = "auto",
    offline: options.Offline = False,
) -> None:
    """Teach a model to read passages and to remember; goes on where it was stopped."""
    from infinidoc.training.recipes import Base, pick
    from infinidoc.training.recipes import adapt as teach
    from infinidoc.weights import resolve

    folder = resolve(base, offline=offline)
    done = teach(
        Base(folder.path, folder.name, folder.sha256),
        data,
        out,
        pick(recipe, steps),
        device=device,
        seconds=float("inf") if minutes is None else minutes * 60,
        seed=seed,
        start=start,
        log=display.say,
    )
    display.say(f"{out}: {'done' if done else 'to be gone on with: run the same command'}")
