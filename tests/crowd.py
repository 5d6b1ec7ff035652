"""Several processes at once in one library: ingest, ask, delete, export, verify.

    python -m tests.crowd [SECONDS] [PROCESSES]      600 seconds, 8 processes

What may be refused: a document that another process is reading, one that is gone or not yet
read to its end. Anything else is an error; at the end the library must be whole. POSIX only.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from infinidoc.errors import InfinidocError
from infinidoc.library import Library
from infinidoc.store.portable import export_document
from infinidoc.store.verify import verify
from tests import tiny
from tests.tale import in_a_child, opened, small_steps

REFUSALS = (
    "another process is reading it",
    "no such document",
    "no such passage",
    "not read to its end",
    "is empty",
)
TEXTS = 6


def work(path: Path, model: Path, folder: Path, seconds: float, number: int) -> None:
    """One of the processes: random pieces of work, each as a command would do it."""
    chance, outcomes = random.Random(number), Counter[str]()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name = f"text{chance.randrange(TEXTS)}"
        kind = chance.choice(("ingest", "ingest", "ask", "search", "remove", "export", "verify"))
        try:
            with opened(path, model) as library:
                _do(library, kind, name, folder, f"{number}-{chance.randrange(1 << 30)}")
            outcomes[kind] += 1
        except InfinidocError as error:
            known = any(refusal in str(error) for refusal in REFUSALS)
            outcomes["refused" if known else f"ERROR {kind}: {error.what}"] += 1
        except Exception as error:
            outcomes[f"ERROR {kind}: {type(error).__name__}"] += 1
    (folder / f"outcomes{number}.json").write_text(json.dumps(outcomes), "utf-8")


def _do(library: Library, kind: str, name: str, folder: Path, own: str) -> None:
    store = library.store
    if kind == "ingest":
        library.ingest(folder / f"{name}.txt")
    elif kind == "ask":
        library.ask("Where is the map?", documents=[name], mode="evidence")
    elif kind == "search":
        key = store.document(name)["id"]
        store.search([key], "captain map", limit=5)
        store.memory(key, "closing")
    elif kind == "remove":
        library.remove(name)
    elif kind == "export":
        export_document(store, store.document(name)["id"], folder / f"exported{own}")
        (folder / f"exported{own}").unlink()
    elif wrong := list(verify(store)):
        raise ValueError(wrong[0])


def run(seconds: float, processes: int, folder: Path) -> Counter[str]:
    """What came of all that was done."""
    with small_steps():
        model, path = tiny.save_model(folder / "model"), folder / "library.db"
        for number in range(TEXTS):
            (folder / f"text{number}.txt").write_text(tiny.text(150, number), "utf-8")
        opened(path, model).close()
        make: Callable[[int], Callable[[], None]] = lambda number: (  # noqa: E731
            lambda: work(path, model, folder, seconds, number)
        )
        children = [in_a_child(make(number)) for number in range(processes)]
        outcomes: Counter[str] = Counter()
        for child in children:
            _, status = os.waitpid(child, 0)
            outcomes["ERROR: a process died"] += bool(status)
        for file in folder.glob("outcomes*.json"):
            outcomes.update(json.loads(file.read_text("utf-8")))
        with opened(path, model) as library:
            outcomes["ERROR: damaged"] += len(list(verify(library.store)))
        return +outcomes


def main() -> None:
    seconds = float(sys.argv[1]) if sys.argv[1:] else 600.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INFINIDOC_HOME"] = f"{folder}/home"
        processes = int(sys.argv[2]) if sys.argv[2:] else 8
        outcomes = run(seconds, processes, Path(folder))
    errors = sum(count for kind, count in outcomes.items() if kind.startswith("ERROR"))
    print(dict(outcomes))
    print(f"{sum(outcomes.values())} pieces of work by {processes} processes: {errors} errors")


if __name__ == "__main__":
    main()
