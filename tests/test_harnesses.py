"""The short forms of the long checks: `python -m tests.kills`, `.damage`, `.crowd`, `.fuzz`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infinidoc.reading import File
from infinidoc.reading.readers import BUILT_IN, opened
from tests import crowd, damage, fuzz, kills, seeds

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
@pytest.mark.parametrize("reader", ["import", "html", "tar", "mobi"])
def test_mutated_files_are_read_or_refused(reader: str, tmp_path: Path) -> None:
    outcomes = fuzz.run(reader, 2.0, tmp_path)
    assert not [kind for kind in outcomes if "SIG" in kind or "over" in kind], outcomes


def test_every_reader_has_a_file_to_be_changed(tmp_path: Path) -> None:
    pytest.importorskip("pptx")
    pytest.importorskip("rapidocr")
    read = set()
    for kind in seeds.kinds():
        path = tmp_path / f"a.{kind}"
        path.write_bytes(seeds.seeds(kind, tmp_path)[0])
        source = opened(File(path, ocr=kind == "png"))
        read.add(type(source).__name__)
        assert kind == "png" or "".join(page.text for page in source.pages()), kind
    assert {each.source.partition(":")[2] for each in BUILT_IN} <= read
