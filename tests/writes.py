"""Makes writes of real ingests, appends, imports, removals and migrations fail.

    python -m tests.writes [COUNT]      200 failed writes, in a few minutes

The cases of `tests.kills` on a disk that is full from one write on (`tests.disk`), that fails
from one write on, or once; the writes of each case have their turns evenly. A command may
be refused by name or be done all the same; after it the library must be whole, and doing the
same again must end in the state of an undisturbed run, bit for bit. Linux with a C compiler.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from infinidoc.errors import InfinidocError
from tests import tiny
from tests.disk import POSSIBLE, Disk, compiled
from tests.kills import Case, Harness
from tests.tale import do, in_a_child, opened, small_steps

FOR_EVER = 1 << 60
FAILURES = {
    "full": (errno.ENOSPC, FOR_EVER),
    "failing": (errno.EIO, FOR_EVER),
    "failed once": (errno.EIO, 1),
}
REFUSED = 3


class Failing:
    """The works of `tests.kills`, on a disk whose writes fail."""

    def __init__(self, folder: Path, shim: Path) -> None:
        self.harness = Harness(folder, tiny.save_model(folder / "model"))
        self.disk = Disk(shim, folder / "work")
        self.outcomes: Counter[str] = Counter()
        self.writes = [self._counted(case) for case in self.harness.cases]

    def _counted(self, case: Case) -> int:
        """How many writes an undisturbed run makes."""
        path, told = self.harness.copied(case.base), self.harness.folder / "writes"
        self._in_a_child(path, case, (0, 0, 0), lambda: told.write_text(str(self.disk.writes)))
        return int(told.read_text())

    def _in_a_child(
        self, path: Path, case: Case, failure: tuple[int, int, int], then: Callable[[], object]
    ) -> int:
        """Do the work, in a process of its own; returns how that ended."""

        def work() -> None:
            self.disk.fail(*failure)
            try:
                with opened(path, self.harness.model) as library:
                    do(library, *case.work)
            except InfinidocError:
                os._exit(REFUSED)
            then()

        return os.waitstatus_to_exitcode(os.waitpid(in_a_child(work), 0)[1])

    def fail(self, case: Case, at: int, name: str) -> None:
        """One failure, and what must hold afterwards."""
        path = self.harness.copied(case.base)
        error, count = FAILURES[name]
        ended = self._in_a_child(path, case, (at, count, error), lambda: None)
        assert ended in (0, REFUSED), (case.work, at, name, ended)
        self.outcomes["refused" if ended else "done all the same"] += 1
        self.harness.go_on(path, case, (name, at))

    def run(self, count: int) -> Counter[str]:
        """So many failures, of each kind and in each case as many."""
        turns = -(-count // (len(FAILURES) * len(self.writes)))
        for case, writes in zip(self.harness.cases, self.writes, strict=True):
            for turn in range(turns):
                for name in FAILURES:
                    self.fail(case, 1 + turn * writes // turns, name)
            print(case.work[0], writes, dict(self.outcomes), file=sys.stderr, flush=True)
        return self.outcomes


def run(count: int, folder: Path) -> str:
    """What came of it, in one line; in a process that has the shim."""
    shim = compiled(folder)
    environment = {**os.environ, "LD_PRELOAD": str(shim), "INFINIDOC_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "tests.writes", str(count), str(folder)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    if not POSSIBLE:
        sys.exit("needs Linux and a C compiler (cc)")
    count = int(sys.argv[1]) if sys.argv[1:] else 200
    if sys.argv[2:]:
        with small_steps():
            outcomes = Failing(Path(sys.argv[2]), Path(sys.argv[2]) / "disk.so").run(count)
        print(f"{sum(outcomes.values())} writes failed, 0 libraries harmed: {dict(outcomes)}")
        return
    with tempfile.TemporaryDirectory() as folder:
        print(run(count, Path(folder)))


if __name__ == "__main__":
    main()
