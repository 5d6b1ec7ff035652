"""The commands, in the order a user meets them. Each lives beside its kin."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import infinidoc
from infinidoc.cli import (
    asking,
    bench,
    chatting,
    checking,
    copying,
    display,
    doctor,
    housekeeping,
    mcp,
    models,
    reading,
    reporting,
    serving,
    settings,
    studying,
)
from infinidoc.cli.options import LIBRARY
from infinidoc.errors import Interrupted

JSON = "infinidoc.json"  # whether the words of the command want it


class Guarded(TyperGroup):
    """The commands; what is wrong with their words is shown like all else (display.py)."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **named: Any) -> Any:
        json = "--json" in args
        with display.guarded(json):
            context = super().make_context(info_name, args, *more, **named)
        context.meta[JSON] = json
        return context

    def invoke(self, ctx: Any) -> Any:
        with display.guarded(ctx.meta[JSON]):
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:  # typer would end without a word
                raise Interrupted("interrupted") from None


app = typer.Typer(
    name="infinidoc",
    cls=Guarded,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a traceback never shows text of a document
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 error, 2 usage, 3 done in part, 4 memory and model do not "
    "match, 5 nothing found (--strict), 6 would need the network, 130 interrupted.",
)


def _version(context: typer.Context, wanted: bool) -> None:
    if not wanted:
        return
    if context.params.get("json"):
        display.emit_json({"infinidoc": infinidoc.__version__, **_versions()})
    else:
        display.say(f"infinidoc {infinidoc.__version__}")
    raise typer.Exit


def _versions() -> dict[str, str | None]:
    """What a report of a fault should name."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("torch", "transformers"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return {**found, "platform": platform.platform()}


@app.callback()
def root(
    database: Annotated[
        Any,
        typer.Option("-d", "--database", help=LIBRARY, show_default=False, path_type=str),
    ] = None,
    json: Annotated[bool, typer.Option("--json", is_eager=True, help="Print JSON.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, help="Show the version.")
    ] = False,
) -> None:
    """Reads documents that no context window can hold, on your own machine, and remembers them.

    infinidoc ingest book.pdf

    infinidoc ask "Who betrays the captain, and why?"

    cat server.log | infinidoc ask "What failed first?"
    """


app.command("ingest")(reading.ingest)
app.command("append")(reading.append)
app.command("ask")(asking.ask)
app.command("summarize")(asking.summarize)
app.command("chat")(chatting.chat)
app.command("serve")(serving.serve)
app.command("mcp")(mcp.mcp)
app.command("quiz")(studying.quiz)
app.command("check")(checking.check)
app.command("report")(reporting.report)
app.command("list")(housekeeping.list_documents)
app.command("show")(housekeeping.show)
app.command("rm")(housekeeping.remove)
app.command("export")(housekeeping.export)
app.command("import")(housekeeping.import_document)
app.command("copy")(copying.copy)
app.command("verify")(housekeeping.verify)
app.command("doctor")(doctor.doctor)
app.command("path")(housekeeping.path)
app.command("config")(settings.config)
app.add_typer(models.app, name="models")
app.add_typer(bench.app, name="bench")
