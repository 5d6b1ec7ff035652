"""Fakes for every room: a home of its own, a two-layer model, a byte tokenizer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("NO_COLOR", "1")
os.environ.setdefault("TERMINAL_WIDTH", "100")
os.environ.setdefault("_TYPER_FORCE_DISABLE_TERMINAL", "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Every test has an INFINIDOC_HOME of its own; only `real` tests share the model cache."""
    folder = tmp_path / "home"
    for name in list(os.environ):
        if name.startswith("INFINIDOC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("INFINIDOC_HOME", str(folder))
    return folder
