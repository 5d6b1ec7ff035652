"""Kills real ingests, appends, imports, removals and migrations, and looks what is left.

    python -m tests.kills [COUNT]      300 kills, in a few minutes

Half of them at every commit point in turn (just before, just after), half at random. After
each the library must open, `verify` must find nothing, and doing the same again must end in
the state that an undisturbed run ends in: every text, segment and snapshot, memories bit for
bit. POSIX only: processes are forked.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infinidoc.store.verify import verify
from tests import tiny
from tests.tale import do, in_a_child, kill_at_commit, opened, small_steps, state
from tests.test_store_versions import KEPT, unpacked


@dataclass
class Case:
    """A piece of work on a library as it is at `base`; `expected`: the state it ends in."""

    work: tuple[str, ...]
    base: Path
    expected: list[Any]
    seconds: float


class Harness:
    def __init__(self, folder: Path, model: Path) -> None:
        self.folder, self.model = folder, model
        self.outcomes: Counter[str] = Counter()
        self.chance = random.Random(0)
        (folder / "one.txt").write_text(tiny.text(260, 1), "utf-8")
        (folder / "two.txt").write_text(tiny.text(180, 2), "utf-8")
        self.cases = list(self._cases())

    def _cases(self) -> Any:
        from infinidoc.store.portable import export_document

        one, two = str(self.folder / "one.txt"), str(self.folder / "two.txt")
        empty, read = self.folder / "empty.db", self.folder / "read.db"
        with opened(empty, self.model):
            pass
        with opened(read, self.model) as library:
            library.ingest(two)
            key = library.store.document("two")["id"]
            export_document(library.store, key, self.folder / "exported")
        (self.folder / "old").mkdir()
        old = unpacked(KEPT[0], self.folder / "old")
        for base, work in (
            (empty, ("ingest", one)),
            (read, ("append", "two", one)),
            (empty, ("import", str(self.folder / "exported"), "two")),
            (read, ("remove", "two")),
            (old, ("open",)),
        ):
            yield self._undisturbed(base, work)

    def _undisturbed(self, base: Path, work: tuple[str, ...]) -> Case:
        path = self.copied(base)
        began = time.monotonic()
        with opened(path, self.model) as library:
            do(library, *work)
            return Case(work, base, state(library), time.monotonic() - began)

    def copied(self, base: Path) -> Path:
        folder = self.folder / "work"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return Path(shutil.copy(base, folder))

    def kill(self, number: int) -> None:
        """One kill, and what must hold afterwards."""
        case, turn = self.cases[number % len(self.cases)], number // len(self.cases)
        path = self.copied(case.base)
        at = turn // 2 + 1 if turn % 2 == 0 and case.work[0] != "open" else 0
        child = in_a_child(lambda: self._work(path, case, at))
        if not at:
            time.sleep(self.chance.uniform(0, case.seconds))
            os.kill(child, 9)
        _, status = os.waitpid(child, 0)
        self.outcomes["killed" if os.WIFSIGNALED(status) else "was done before"] += 1
        self.go_on(path, case, at)

    def go_on(self, path: Path, case: Case, at: object) -> None:
        """Look what is left of the library, and do the same again to its end."""
        with opened(path, self.model) as library:
            assert list(verify(library.store)) == [], (case.work, at)
            do(library, *case.work)
            wrong = differing(state(library), case.expected)
            assert wrong == [], (case.work, at, wrong)
            assert list(verify(library.store)) == []

    def _work(self, path: Path, case: Case, at: int) -> None:
        if at:
            kill_at_commit(at)
        with opened(path, self.model) as library:
            do(library, *case.work)


def differing(ours: list[Any], theirs: list[Any]) -> list[tuple[str, str]]:
    """(document, what of it) that is not the same."""
    names = [[row["name"] for row in rows] for rows in (ours, theirs)]
    if names[0] != names[1]:
        return [(str(names[0]), str(names[1]))]
    return [
        (mine["name"], key)
        for mine, its in zip(ours, theirs, strict=True)
        for key in mine
        if mine[key] != its[key]
    ]


def run(count: int, folder: Path) -> Counter[str]:
    """Until so many processes were killed; returns what came of those that were started."""
    with small_steps():
        harness = Harness(folder, tiny.save_model(folder / "model"))
        number = 0
        while harness.outcomes["killed"] < count:
            harness.kill(number)
            number += 1
            if number % 50 == 0:
                print(number, dict(harness.outcomes), file=sys.stderr, flush=True)
        return harness.outcomes


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INFINIDOC_HOME"] = f"{folder}/home"
        outcomes = run(int(sys.argv[1]) if sys.argv[1:] else 300, Path(folder))
    print(f"{outcomes['killed']} killed, all went on to the same state bit for bit: {outcomes}")


if __name__ == "__main__":
    main()
