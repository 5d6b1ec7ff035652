"""A large library opened where nothing can be written, on a full disk and from a slow one.

    python -m tests.large [MEGABYTES] [--delay SECONDS]      1,024 MB, 0.002 s a read

Copies a document of `--text` MB under other names, each with snapshots of its own, until the
file is so large. Then `list`, `show` and `ask` are run, each as a process of its own, first on
the disk as it is, then on each medium (`tests.disk`): all must end with 0 and say the same as
before, and the file must not change. Linux with a C compiler.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infinidoc.digests import hash_file
from infinidoc.store import Store
from infinidoc.store.portable import copy_document
from tests import tiny
from tests.disk import POSSIBLE, Medium, compiled
from tests.tale import opened

HIDDEN = "Nobody looked into the old mill."
QUESTION = "Who looked into the old mill?"
COMMANDS = {
    "list": ("list", "--json"),
    "show": ("show", "tale", "--json"),
    "ask": ("ask", QUESTION, "--doc", "tale", "--mode", "evidence", "--json"),
    "ask the memory": ("ask", QUESTION, "--doc", "note", "--mode", "memory", "--json"),
}
MEMORY, SNAPSHOTS = 8 << 20, 4  # bytes of a memory, about as of the model that ships
MB = 1 << 20
MEDIA: dict[str, dict[str, bool]] = {
    "as it is": {},
    "read-only": {"read_only": True},
    "full": {"full": True},
    "slow": {"slow": True},
}


def text(megabytes: float) -> str:
    """Paragraphs that nothing is asked about, and in the midst the one that is."""
    pages = [tiny.text(400, number) for number in range(8)]
    size = sum(len(page) for page in pages)
    whole = pages * max(1, int(megabytes * MB / size))
    whole.insert(len(whole) // 2, f"{HIDDEN}\n")
    return "\f".join(whole)


def build(path: Path, model: Path, megabytes: int, characters: float) -> int:
    """A library of this size; returns how many documents it has."""
    with opened(path, model) as library:
        for name, size in (("tale", characters), ("note", 0)):
            source = path.with_name(f"{name}.txt")
            source.write_text(text(size), "utf-8")
            library.ingest(source, index_only=name == "tale")
    chance = random.Random(0)
    with Store(path) as store:
        while path.stat().st_size + _log(path) < megabytes * MB:
            _copy(store, "tale", chance)
        store.compact()
        return len(store.documents())


def _copy(store: Store, name: str, chance: random.Random) -> None:
    """The document under another name, with snapshots of its own."""
    with store.atomic():
        document = store.document(name)["id"]
        copy = copy_document(store, store, document, store.unique_name(name), whole=True)
        for number in range(SNAPSHOTS):
            store.add_snapshot(copy, number + 1, 1, None, {}, _memory(chance))


def _log(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0


def _memory(chance: random.Random) -> bytes:
    data = chance.randbytes(MEMORY)
    place = {"matrix": {"dtype": "U8", "shape": [MEMORY], "data_offsets": [0, MEMORY]}}
    header = json.dumps(place).encode()
    return struct.pack("<Q", len(header)) + header + data


def told(command: str, path: Path, environment: dict[str, str]) -> tuple[Any, float]:
    """What a command says, and after how many seconds."""
    whole = [sys.executable, "-m", "infinidoc", *COMMANDS[command], "--database", str(path)]
    began = time.monotonic()
    done = subprocess.run(whole, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command}: exit {done.returncode}: {done.stderr}")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    for each in said:
        for moment in ("seconds", "first_token_seconds"):
            each.pop(moment, None)
    return said, time.monotonic() - began


def run(
    megabytes: int,
    folder: Path,
    delay: float = 0.002,
    characters: float = 4,
    commands: Sequence[str] = tuple(COMMANDS),
) -> list[str]:
    """A line for each medium; AssertionError if a command fails or says something else."""
    model, home = tiny.save_model(folder / "model"), folder / "home"
    os.environ |= {"INFINIDOC_HOME": str(home), "INFINIDOC_MODEL": str(model)}
    path, lines = folder / "medium" / "library.db", []
    path.parent.mkdir()
    documents = build(path, model, megabytes, characters)
    lines.append(f"{documents} documents, {path.stat().st_size / MB:.0f} MB")
    shim, before = compiled(folder), hash_file(path)
    expected: dict[str, Any] = {}
    for name, facts in MEDIA.items():
        medium, times = Medium(path.parent, **facts), []
        for command in commands:
            said, seconds = told(command, path, medium.environment(shim, delay))
            assert expected.setdefault(command, said) == said, (name, command)
            times.append(f"{command} {seconds:.1f} s")
        lines.append(f"{name}: {', '.join(times)}")
    assert hash_file(path) == before
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", type=int, nargs="?", default=1024)
    parser.add_argument("--delay", type=float, default=0.002)
    parser.add_argument("--text", type=float, default=4, help="MB in each document")
    options = parser.parse_args()
    if not POSSIBLE:
        sys.exit("needs Linux and a C compiler (cc)")
    with tempfile.TemporaryDirectory() as folder:
        lines = run(options.megabytes, Path(folder), options.delay, options.text)
    print("\n".join(lines))
    print("list, show and ask said the same on every medium")


if __name__ == "__main__":
    main()
