"""The README says what is there: its commands, its tree, its test command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    from infinidoc.cli.app import app

    return [str(command.name) for command in app.registered_commands]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in README


def test_ci_runs_the_readmes_test_command() -> None:
    (line,) = [line for line in README.splitlines() if line.endswith("-m pytest")]
    assert line.strip() in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_tree_in_the_readme_is_the_tree() -> None:
    block = README.split("## Where things are")[1].split("```")[1]
    named = set(re.findall(r"^  (\w+)(?:/|\.py)\s", block, re.MULTILINE))
    rooms = {
        path.stem
        for path in (ROOT / "infinidoc").iterdir()
        if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("_")
    }
    assert named == rooms


def test_sample_documents_named_in_the_readme_exist() -> None:
    for name in set(re.findall(r"sample_docs/[\w./-]+\w", README)):
        assert (ROOT / name).exists(), name


def test_nothing_of_a_users_machine_is_in_the_package() -> None:
    from infinidoc import __version__

    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")
