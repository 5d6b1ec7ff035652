"""The README and the pages of docs/ say what is there: their commands run, their links lead on."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Outcome

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "infinidoc" / "docs").glob("*.md"))]


def commands() -> list[str]:
    from infinidoc.cli.app import app

    return [str(command.name) for command in app.registered_commands]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in README


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_ci_runs_the_readmes_test_command() -> None:
    (line,) = [line for line in README.splitlines() if line.endswith("-m pytest")]
    assert line.strip() in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_tree_in_contributing_is_the_tree() -> None:
    block = CONTRIBUTING.split("## Where things are")[1].split("```")[1]
    named = set(re.findall(r"^  (\w+)(?:/|\.py)\s", block, re.MULTILINE))
    named |= set(re.findall(r"^  \w+\.py, (\w+)\.py\s", block, re.MULTILINE))
    rooms = {
        path.stem
        for path in (ROOT / "infinidoc").iterdir()
        if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("_")
    }
    assert named == rooms


def test_the_manual_page_is_that_of_the_commands() -> None:
    """Made by python -m infinidoc.cli.manual; a package brings it to where man looks."""
    from infinidoc.cli.manual import manual

    page = "infinidoc/docs/infinidoc.1"
    assert (ROOT / page).read_text("utf-8") == manual()
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    assert built["targets"]["wheel"]["shared-data"] == {page: "share/man/man1/infinidoc.1"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in set(re.findall(r"(?:sample_docs|infinidoc/docs)/[\w./-]+\w", text)):
        assert (ROOT / name).exists(), name


def test_every_page_is_named_in_the_readme() -> None:
    for page in PAGES[1:]:
        assert f"infinidoc/docs/{page.name}" in README


def test_the_readme_repeats_figures_and_makes_none() -> None:
    """Its rows are rows of figures.md, cell for cell as far as they go."""
    figures = (ROOT / "infinidoc" / "docs" / "figures.md").read_text("utf-8")
    section = README.split("## What to expect today")[1].split("## How it works")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert len(rows) >= 10
    for row in rows:
        head = row.startswith(("| what", "| speed"))
        assert head or row.rstrip("|").rstrip() in figures, row


def test_nothing_of_a_users_machine_is_in_the_package() -> None:
    from infinidoc import __version__

    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_every_dependency_has_its_licence_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["mcp"], *extras["http"], *extras["office"]]
    named = (ROOT / "infinidoc" / "THIRD_PARTY.md").read_text("utf-8").lower()
    for requirement in wanted:
        name = re.split(r"[<>=\[ ]", requirement)[0].lower()
        assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", named), name


# -- commands ----------------------------------------------------------------------------------


def blocks(page: Path) -> list[str]:
    """The lines of a page's blocks of commands to be run (fenced as `sh`)."""
    found = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines() if line.strip()]


def mentioned() -> Iterator[str]:
    """Every command that stands by itself in a line or between backquotes of any page."""
    for page in PAGES:
        text = page.read_text("utf-8")
        yield from re.findall(r"^\s*(?:cat \S+ \| )?(infinidoc [a-z].*)$", text, re.MULTILINE)
        yield from re.findall(r"`(infinidoc (?:ask|ingest|chat|serve|mcp|quiz|check)[^`|]*)`", text)


@pytest.mark.parametrize("line", sorted(set(mentioned())))
def test_a_mentioned_command_has_such_words(line: str) -> None:
    import typer

    from infinidoc.cli.app import app

    words = shlex.split(line.split(" && ")[0].split(" & ")[0].split("  #")[0])[1:]
    group: Any = typer.main.get_command(app)
    while words and words[0] in getattr(group, "commands", {}):
        group = group.commands[words.pop(0)]
    group.make_context(group.name, words, resilient_parsing=False)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name
)
def test_the_commands_of_a_page_run(
    page: Path, cli: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, in a folder with the sample documents and an empty library."""
    shutil.copytree(ROOT / "sample_docs", tmp_path / "here" / "sample_docs")
    monkeypatch.chdir(tmp_path / "here")
    if page == ROOT / "README.md":
        assert cli("ingest", "sample_docs/voyage.md").code == 0
    for line in blocks(page):
        piped, words = b"", shlex.split(line)
        if words[:1] == ["cat"]:
            piped, words = Path(words[1]).read_bytes(), words[3:]
        result = cli(*words[1:], stdin=piped)
        assert result.code == 0, f"{line}\n{result.err}"
