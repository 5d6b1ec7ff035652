"""Fakes for every room: a home of its own, a two-layer model, a byte tokenizer."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import tiny

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: a thread for each
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NO_COLOR", "1")
os.environ["INFINIDOC_INDEX_ONLY"] = "no"  # toy models remember, though untaught
os.environ.setdefault("TERMINAL_WIDTH", "100")
os.environ.setdefault("_TYPER_FORCE_DISABLE_TERMINAL", "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test has an INFINIDOC_HOME of its own, and no other setting of the user's.

    What a server in this process takes from its client's settings is gone after the test.
    """
    folder, before = tmp_path / "home", _settings()
    for name in before:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INFINIDOC_HOME", str(folder))
    monkeypatch.setenv("INFINIDOC_INDEX_ONLY", "no")
    yield folder
    for name in _settings() - before:
        del os.environ[name]


def _settings() -> set[str]:
    return {name for name in os.environ if name.startswith("INFINIDOC_")}


@pytest.fixture(autouse=True)
def readers_in_this_process(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starting a process for each document takes longer than most tests; those that are about
    it ask for the mark `isolated`."""
    from infinidoc import isolation
    from infinidoc.reading import open_source

    if request.node.get_closest_marker("isolated") is None:
        monkeypatch.setattr(isolation, "open_isolated", open_source)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder: two random layers and a tokenizer of single bytes."""
    return tiny.save_model(tmp_path_factory.mktemp("models") / "tiny")


@dataclass
class Outcome:
    """What a run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cli(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tiny_model: Path
) -> Callable[..., Outcome]:
    """Run the real command line in this process, with the tiny model as default."""
    from infinidoc.__main__ import main

    monkeypatch.setenv("INFINIDOC_MODEL", str(tiny_model))

    def run(*arguments: str | Path, stdin: bytes | None = None) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["infinidoc", *map(str, arguments)])
        with (tiny_model.parent / "stdin").open("w+b") as file:
            file.write(stdin or b"")
            file.seek(0)
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file, "utf-8"))
            capsys.readouterr()
            try:
                main()
                code = 0
            except SystemExit as stop:
                code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run
