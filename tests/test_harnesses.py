"""The short forms of the long checks: `python -m tests.kills`, `.damage`, `.crowd`, `.fuzz`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import crowd, damage, fuzz, kills

forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@forked
def test_killed_work_goes_on_to_the_same_state(tmp_path: Path) -> None:
    assert kills.run(12, tmp_path)["killed"] == 12


def test_live_changes_are_found(tmp_path: Path) -> None:
    outcomes = damage.run(100, tmp_path, seed=1)
    assert outcomes["found"] == 100, outcomes


def test_every_column_is_under_a_digest(tmp_path: Path) -> None:
    import random
    import shutil

    whole = damage.made(tmp_path / "whole.db")
    for table, column in damage.columns(whole):
        path = Path(shutil.copy(whole, tmp_path / "changed.db"))
        if damage.change_value(path, table, column, random.Random(2)):
            assert damage.complaint(path), f"{table}.{column}"


@forked
def test_processes_at_once_get_what_they_ask_or_a_documented_refusal(tmp_path: Path) -> None:
    outcomes = crowd.run(4.0, 3, tmp_path)
    assert [kind for kind in outcomes if kind.startswith("ERROR")] == [], outcomes


@pytest.mark.isolated
@pytest.mark.parametrize("reader", ["import", "html"])
def test_mutated_files_are_read_or_refused(reader: str, tmp_path: Path) -> None:
    outcomes = fuzz.run(reader, 2.0, tmp_path)
    assert not [kind for kind in outcomes if "SIG" in kind or "over" in kind], outcomes
