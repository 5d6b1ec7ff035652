"""Temporary copies go with their process; those of a killed one go with the next command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infinidoc.library import Library
from infinidoc.scratch import scratch_folder, sweep
from infinidoc.store import Store
from infinidoc.store.portable import export_document
from tests.test_store import fill

HELD = """
import sys
from pathlib import Path
from infinidoc.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "copy").write_text("secret")
    print("there", flush=True)
    sys.stdin.read()
"""


def held(parent: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HELD, str(parent)]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    return process


def test_it_goes_with_its_process_and_leaves_no_note(tmp_path: Path, home: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        assert folder.stat().st_mode & 0o077 == 0
        sweep()
        assert folder.exists()
    assert not folder.exists()
    assert list((home / "scratch").iterdir()) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path, home: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    process = held(parent)
    sweep()
    assert len(list(parent.iterdir())) == 1, "its process is alive"
    process.kill()
    process.communicate()
    Library(tmp_path / "library.db").close()
    assert list(parent.iterdir()) == []
    assert list((home / "scratch").iterdir()) == []


def test_a_note_leads_to_no_other_folder(tmp_path: Path, home: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    notes = home / "scratch"
    notes.mkdir(parents=True)
    (notes / "mine.lock").touch()
    (notes / "mine.folder").write_text(str(mine))
    sweep()
    assert mine.exists()


def test_an_export_leaves_its_file_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with Store(None) as store:
        export_document(store, fill(store), out / "tale")
    assert [path.name for path in out.iterdir()] == ["tale"]
