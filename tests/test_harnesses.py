"""The short forms of the long checks, which CONTRIBUTING.md lists."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infinidoc.reading import File
from infinidoc.reading.readers import BUILT_IN, opened
from tests import crowd, damage, disk, fuzz, injections, kills, large, seeds, writes

shimmed = pytest.mark.skipif(not disk.POSSIBLE, reason="Linux with a C compiler")
forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@forked
def test_killed_work_goes_on_to_the_same_state(tmp_path: Path) -> None:
    assert kills.run(12, tmp_path)["killed"] == 12


@shimmed
def test_failed_writes_leave_what_goes_on_to_the_same_state(tmp_path: Path) -> None:
    assert writes.run(15, tmp_path).startswith("15 writes failed, 0 libraries harmed")


@shimmed
def test_a_library_is_read_on_every_medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "MEMORY", 1 << 16)
    lines = large.run(2, tmp_path, 0.0005, 0.05, ("list", "ask"))
    assert [line.partition(":")[0] for line in lines[1:]] == list(large.MEDIA)


def test_texts_that_address_the_model_change_nothing_outside(
    tmp_path: Path, tiny_model: Path
) -> None:
    line = injections.run(3, tmp_path, str(tiny_model))
    assert "of 6 answers about themselves changed" in line


def test_flipped_bits_beside_the_library_are_found(tmp_path: Path) -> None:
    outcomes = damage.run_files(14, tmp_path)
    assert outcomes == {"found": 14}


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


def test_fuzzing_guided_by_coverage_finds_new_branches() -> None:
    pytest.importorskip("atheris")
    command = [sys.executable, "-m", "tests.guided", "srt", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "\tNEW" in done.stderr


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
