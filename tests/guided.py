"""Fuzzing guided by coverage: a file that reaches new branches of its reader is changed further.

    python -m tests.guided READER [SECONDS]

READER: a suffix such as pdf, or import, as for `tests.fuzz`, which changes files blindly.
Atheris (libFuzzer) counts the branches of the readers and of the Python libraries they use; what
a library does in C is not counted. Every other time a change is made within what a file packs.
An unforeseen error, 10 seconds for one file or 2 GiB end it, and the file is kept in the folder
for temporary files. Linux only; wants `pip install atheris`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import atheris

COUNTED = ["infinidoc.reading", "infinidoc.store", "infinidoc.text"]
COUNTED += ["email", "mailbox", "mammoth", "markdown_it", "pptx", "pysubs2", "striprtf", "tarfile"]
LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"]  # seconds, MiB, bytes

counted = partial(atheris.instrument_imports, include=COUNTED)
with counted():
    from infinidoc.errors import InfinidocError
    from infinidoc.reading import open_source
    from tests import fuzz
    from tests.seeds import seeds


def read(reader: str, path: Path, content: bytes) -> None:
    """Reads the content as such a file. Raises what its reader did not foresee."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    with suppress(InfinidocError):
        fuzz.kept_import(path) if reader == "import" else fuzz.keep(open_source(path))


def changed(content: bytes, size: int, seed: int) -> bytes:
    """The content after a change, by libFuzzer's rules or those of `tests.fuzz`; at most `size`."""
    chance = Random(seed)
    change = chance.choice((lambda inner, _: atheris.Mutate(inner, size), fuzz.mutated))
    if chance.random() < 0.5:
        with suppress(Exception):  # what was broken by a change before cannot be unpacked
            return fuzz.changed_within(content, chance, change)[:size]
    return change(content, chance)[:size]


def guide(reader: str, seconds: int, folder: Path) -> None:
    """Fuzzes for so long and ends this process: libFuzzer does not return."""
    path, found = folder / f"changed.{reader}", folder / "found"
    found.mkdir()
    with counted():  # what opens a file is imported when there is such a file
        for number, seed in enumerate(seeds(reader, folder)):
            (found / f"seed{number}").write_bytes(seed)
            read(reader, path, seed)
    kept = f"-artifact_prefix={tempfile.gettempdir()}/guided-{reader}-"
    options = [sys.argv[0], *LIMITS, f"-max_total_time={seconds}", kept, str(found)]
    atheris.Setup(options, partial(read, reader, path), custom_mutator=changed)
    atheris.Fuzz()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            guide(sys.argv[1], int([*sys.argv, "60"][2]), Path(folder))
        _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
