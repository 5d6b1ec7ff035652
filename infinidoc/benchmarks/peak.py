"""How much memory reading takes at the most: very long texts, lines and PDFs.

The files are made, read by a process of their own as `ingest` reads them (no model, no library),
and removed. Reported are the peaks of the reader and of the process that takes its pages.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from infinidoc.isolation import open_isolated

WANTED = 1536  # MiB
PIECE = 1 << 20  # bytes that are written at once
_CALL = "from infinidoc.benchmarks.peak import worker; worker({!r})"


def run(text_mb: int, line_mb: int, pdf_pages: int) -> None:
    """Print a line for each file, then one of JSON."""
    kinds: dict[str, tuple[Callable[[Path, int], None], int, str]] = {
        "text.txt": (_text, text_mb, "MB"),
        "line.txt": (_line, line_mb, "MB"),
        "list.json": (_json_list, line_mb, "MB"),
        "book.pdf": (_pdf, pdf_pages, "pages"),
    }
    report: dict[str, Any] = {"benchmark": "peak", "wanted_mb": WANTED}
    for name, (make, size, unit) in kinds.items():
        if not size:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            make(path, size)
            found = report[name] = {"size": f"{size} {unit}", **_measured(path)}
        print(f"{name}, {size:,} {unit}: {_told(found)}", flush=True)
    print(json.dumps(report))


def _measured(path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _CALL.format(str(path))], capture_output=True, text=True
    )
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout))


def _told(found: dict[str, Any]) -> str:
    if "error" in found:
        return f"not read: {found['error']}"
    peaks = f"peak {found['reader_mb']:,.0f} MB in the reader, {found['taker_mb']:,.0f} MB outside"
    return f"{peaks}, {found['pages']:,} pages in {found['seconds']:.0f} s"


def worker(path: str) -> None:
    """Read a file to its end in this process and its reader; print what it took."""
    started, count, characters = time.perf_counter(), 0, 0
    for page in open_isolated(path).pages():
        count, characters = count + 1, characters + len(page.text)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    found = {"pages": count, "characters": characters, "reader_mb": round(children, 1)}
    found |= {"taker_mb": peak_megabytes(), "seconds": round(time.perf_counter() - started, 1)}
    print(json.dumps(found))


def peak_megabytes() -> float:
    """The most memory this process has held so far, in MiB.

    Linux hands `ru_maxrss` down from the process that began this one; `VmHWM` is its own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return round(int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**10, 1)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)


# -- files -----------------------------------------------------------------------------------


def _prose(chance: random.Random, count: int) -> str:
    from infinidoc.benchmarks.pages import sentences  # numpy is no part of what is measured

    return sentences(chance, count)


def _pieces(megabytes: int, end: str) -> Iterator[bytes]:
    """So many pieces of PIECE bytes, no two alike, of sentences with `end` behind each."""
    base = _prose(random.Random(0), 2 * PIECE // 90).replace(". ", f".{end}")[: PIECE - 20]
    for number in range(megabytes):
        yield f"Part {number:>8}.{end}{base}".ljust(PIECE - 1)[: PIECE - 1].encode() + end.encode()


def _text(path: Path, megabytes: int) -> None:
    with path.open("wb") as file:
        file.writelines(_pieces(megabytes, "\n"))


def _line(path: Path, megabytes: int) -> None:
    with path.open("wb") as file:
        file.writelines(_pieces(megabytes, " "))


def _json_list(path: Path, megabytes: int) -> None:
    """A list of objects on one line."""
    row = json.dumps({"name": "Ada", "note": _prose(random.Random(0), 3)})
    each = PIECE // len(row)
    with path.open("wb") as file:
        file.write(b"[")
        for number in range(megabytes):
            file.write((b", " if number else b"") + ", ".join([row] * each).encode())
        file.write(b"]")


def _pdf(path: Path, pages: int) -> None:
    import pymupdf

    chance, document = random.Random(0), pymupdf.open()
    for number in range(1, pages + 1):
        page = document.new_page()
        page.insert_textbox((60, 60, 540, 780), _prose(chance, 40), fontsize=10)
        page.insert_text((290, 810), str(number), fontsize=8)
    document.save(path)
