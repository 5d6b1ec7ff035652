"""`infinidoc bench`: the measurements behind every number that is claimed."""

from __future__ import annotations

from typing import Annotated

import typer

from infinidoc.cli import options

app = typer.Typer(no_args_is_help=True, help="Measure this machine; every claim is one of these.")


@app.command()
def ingest(
    tokens: Annotated[int, typer.Option("--tokens", help="Length of the long text.")] = 200_000,
    short: Annotated[int, typer.Option("--short", help="Length of the short text.")] = 20_000,
    model: options.Model = None,
    gate: Annotated[
        float | None, typer.Option("--gate", help="Open every gate to this beta first.")
    ] = None,
) -> None:
    """Reading rate against transformers' prefill; rate and memory over document length."""
    from infinidoc.benchmarks.ingest import run

    run(model, tokens, short, gate)


@app.command()
def startup(
    runs: Annotated[int, typer.Option("--runs", help="Runs of each command.")] = 5,
    model: options.Model = None,
) -> None:
    """How long --help, list, show and ask take, as whole processes."""
    from infinidoc.benchmarks.startup import run

    run(model, runs)


@app.command()
def window(
    text: Annotated[str, typer.Argument(help="A text file of 20,000 tokens or more.")],
    model: options.Model = None,
    tokens: Annotated[int, typer.Option("--tokens", help="How much of it to read.")] = 12_000,
) -> None:
    """Perplexity of the base model under different windows, sinks and gates."""
    from infinidoc.benchmarks.window import run

    run(model, text, tokens)
