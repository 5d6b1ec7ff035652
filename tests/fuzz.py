"""Changes real files at random and has them read: nothing may crash, hang or swell.

    python -m tests.fuzz READER [SECONDS] [--files N] [--inside]

READER: a suffix such as pdf, or import. It goes on for SECONDS and until N files were read.

What is changed is made by `tests.seeds` or lies in sample_docs; every other time what is packed in
it is changed, so that there is something to read. A reader runs as it does for a user, in a
process of its own with limits; that only a SourceError comes of it is what is checked, and how
often the reader itself failed in a way it did not foresee is counted by kind. With --inside it runs
in this process: many times as many files, with an alarm and a limit of memory in the place of
the reader's own; its seconds are the processor's then, or fifteen times as many of the clock,
for the machine may be crowded. POSIX only.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import lzma
import random
import re
import resource
import signal
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from infinidoc.errors import InfinidocError
from infinidoc.isolation import open_isolated
from infinidoc.reading import Source, open_source
from infinidoc.store import Store
from infinidoc.store.portable import import_documents
from infinidoc.store.verify import verify
from tests.seeds import packed, seeds

SLOW = 10  # seconds
STOPPED = f"over {SLOW} s"
CROWDED = 15  # times these, by the clock
MEMORY = 4 << 30  # bytes of address space


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """The seed after a few changes: bits, bytes, cuts, repeats, moved stretches."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(data) + 1)
        length = min(1 << chance.randrange(12), len(data))
        other = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at : at + 1] = bytes([chance.choice(b"\0\xff<>()[]{}/\\&\n0")])
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[other : other + length]
        elif kind == 4:
            data[at:at] = data[at : at + 64] * chance.randrange(1, 64)
        else:
            data[at : at + 8] = chance.randbytes(8)
    return bytes(data)


Change = Callable[[bytes, random.Random], bytes]
_COMPRESSED = {b"\x1f\x8b": gzip, b"BZ": bz2, b"\xfd7": lzma}


def changed_within(seed: bytes, chance: random.Random, change: Change = mutated) -> bytes:
    """The seed with a change of what is packed in it; if nothing is, of itself."""
    if seed.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(seed)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        name = chance.choice(list(files))
        return packed({**files, name: change(files[name], chance)})
    if form := _COMPRESSED.get(seed[:2]):
        return form.compress(change(form.decompress(seed), chance))
    return change(seed, chance)


def run(
    reader: str,
    seconds: float,
    folder: Path,
    seed: int = 0,
    inside: bool = False,
    files: int = 1,
) -> Counter[str]:
    """What came of each file: read, refused, or how the reader failed."""
    chance, outcomes = random.Random(seed), Counter[str]()
    whole = seeds(reader, folder)
    path, until = folder / f"mutated.{reader}", time.monotonic() + seconds
    clock = time.process_time if inside else time.monotonic
    while time.monotonic() < until or outcomes.total() < files:
        change = chance.choice((mutated, changed_within))
        path.unlink(missing_ok=True)  # a file that is written over is flushed to the disk by ext4
        path.write_bytes(change(chance.choice(whole), chance))
        began = clock()
        outcome = _outcome(reader, path, inside)
        if clock() - began > SLOW or outcome == STOPPED:
            outcome = STOPPED
            kept = Path(tempfile.gettempdir()) / f"slow-{reader}-{sum(outcomes.values())}"
            kept.write_bytes(path.read_bytes())
        outcomes[outcome] += 1
    return outcomes


def _outcome(reader: str, path: Path, inside: bool) -> str:
    try:
        kept_import(path) if reader == "import" else _read(path, inside)
        return "read"
    except InfinidocError as error:
        failed = re.search(r"its reader .*", error.what)
        return failed[0] if failed else "refused"
    except TimeoutError:
        return STOPPED


def _read(path: Path, inside: bool) -> None:
    ocr = path.suffix == ".png"
    if not inside:
        keep(open_isolated(path, ocr=ocr))
        return
    signal.setitimer(signal.ITIMER_PROF, SLOW)
    signal.alarm(CROWDED * SLOW)
    try:
        keep(open_source(path, ocr=ocr))
    except (InfinidocError, TimeoutError):
        raise
    except MemoryError as error:  # refused for its limit, as in a process of its own
        raise InfinidocError("more memory than its limit") from error
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(frame.filename).name}:{frame.lineno}"
        raise InfinidocError(f"its reader failed ({type(error).__name__} at {at})") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def keep(source: Source) -> None:
    """All that a library would keep of it can be kept: it is UTF-8."""
    for page in source.pages():
        for text in (page.text, page.title, page.label, page.path, page.problem, page.within):
            (text or "").encode()
    "".join([source.name, source.location, *source.warnings]).encode()


def _alarmed(*_: object) -> None:
    raise TimeoutError


def kept_import(path: Path) -> None:
    """What is imported is whole."""
    with Store(None) as store:
        import_documents(store, path)
        assert list(verify(store)) == []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("reader")
    parser.add_argument("seconds", type=float, nargs="?", default=60)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--inside", action="store_true")
    asked = parser.parse_args()
    if asked.inside:
        for number in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(number, _alarmed)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(
            asked.reader, asked.seconds, Path(folder), time.time_ns(), asked.inside, asked.files
        )
    print(dict(outcomes))
    unforeseen = sum(n for kind, n in outcomes.items() if kind not in ("read", "refused"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10  # kilobytes on Linux
    print(f"{asked.reader}: {outcomes.total()} files, {unforeseen} neither read nor refused")
    print(f"at most {peak} MiB of memory, {time.process_time():,.0f} s of the processor")


if __name__ == "__main__":
    main()
