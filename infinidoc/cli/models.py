"""`infinidoc models`: what is in the model cache, fetch more, delete some."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infinidoc.cli import display, options

app = typer.Typer(no_args_is_help=True, help="Fetch, list and delete language models.")

Name = Annotated[str | None, typer.Argument(help="A hub id or folder; default: the default model.")]


@app.command("list")
def list_models(json: options.Json = False) -> None:
    """List the models in the cache."""
    from infinidoc.weights import list_models

    rows = list_models()
    for row in rows:
        if json:
            display.emit_json(row)
        else:
            mark = " (default)" if row["default"] else ""
            display.say(f"{row['model']}{mark}: {display.size(row['bytes'])}, from {row['source']}")
    if not rows and not json:
        display.note("no model is here yet: infinidoc models pull")


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
        str, typer.Option("--recipe", help="cpu, gpu, pointer, memory, memory-layers or memory-on.")
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
