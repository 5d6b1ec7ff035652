"""Opens every file of a folder as `ingest` would, each in a process of its own with a limit.

    python -m tests.corpora FOLDER [--seconds 20] [--json FILE] [--only pdf,epub]

Meant for the test suites of other readers (PyMuPDF, pypdf, pdfplumber, pdf.js, epubcheck,
python-docx, ...), fetched anew with git; none of their files is kept here. Reports

    crash     an exception that is no SourceError, or a process that died
    hang      no end within the limit: seconds of the processor, or 15 times as many of the clock
    silent    no text on a page, or characters no encoding explains, and no word about it
    noise     something on stdout
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from contextlib import redirect_stdout
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

CROWDED = 15  # times the limit, by the clock
SUFFIXES = """
    .pdf .epub .docx .odt .pptx .rtf .eml .mbox .ipynb .html .xhtml .htm .rst .md .txt .csv .json
    .zip .fb2 .mobi .srt .vtt .tex .adoc .xlsx .tar .gz
    """.split()


def look(path: Path) -> dict[str, Any]:
    """What comes of reading a file."""
    from infinidoc.errors import SourceError
    from infinidoc.reading import open_source

    said = io.StringIO()
    try:
        with redirect_stdout(said):
            source = open_source(path)
            pages = list(source.pages())
    except SourceError as error:
        return {"outcome": "refused", "why": error.what}
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        at = next((f for f in reversed(frames) if "infinidoc" in f.filename), frames[-1])
        where = f"{Path(at.filename).name}:{at.lineno}"
        return {"outcome": "crash", "why": f"{type(error).__name__} at {where}: {error}"[:200]}
    notes = " ".join([*source.warnings, *(page.problem or "" for page in pages)])
    written = "\ufffd".encode() in path.read_bytes()  # the file itself has the mark
    return {
        "outcome": _judged(pages, notes, said.getvalue(), written),
        "kind": source.kind,
        "why": notes[:200],
    }


def _judged(pages: list[Any], notes: str, printed: str, written: bool) -> str:
    blank = [page for page in pages if not page.text and not page.problem]
    lost = not written and any("\ufffd" in page.text for page in pages)
    if printed:
        return "noise"
    if (blank and "no text" not in notes) or (lost and "replaced" not in notes):
        return "silent"
    return "partial" if any(page.problem for page in pages) else "read"


def _child(path: Path, end: Connection, seconds: float) -> None:
    limit = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    end.send(look(path))
    end.close()


def looked_at(path: Path, seconds: float) -> dict[str, Any]:
    """`look` in a process of its own, for at most so many seconds of the processor."""
    near, far = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_child, args=(path, far, seconds))
    process.start()
    far.close()
    try:
        if not near.poll(CROWDED * seconds):
            return {"outcome": "hang", "why": f"no end in {CROWDED * seconds:g} s"}
        return dict(near.recv())
    except EOFError:
        process.join(5)
        if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
            return {"outcome": "hang", "why": f"no end in {seconds:g} s of the processor"}
        return {"outcome": "crash", "why": f"the process ended with {process.exitcode}"}
    finally:
        process.kill()
        process.join()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="suffixes, by commas")
    options = parser.parse_args()
    wanted = [f".{each}" for each in options.only.split(",") if each] or SUFFIXES
    multiprocessing.set_start_method("forkserver")
    multiprocessing.set_forkserver_preload(["infinidoc.reading", "pymupdf"])
    counts: Counter[str] = Counter()
    rows = []
    for path in sorted(options.folder.rglob("*")):
        if path.suffix.lower() in wanted and path.is_file() and path.stat().st_size:
            found = looked_at(path, options.seconds)
            counts[found["outcome"]] += 1
            rows.append({"file": str(path.relative_to(options.folder)), **found})
            if found["outcome"] in ("crash", "hang", "silent", "noise"):
                print(f"{found['outcome']}: {rows[-1]['file']}: {found['why']}", flush=True)
    print(json.dumps({"files": sum(counts.values()), **dict(sorted(counts.items()))}))
    if options.json:
        options.json.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return int(any(counts[each] for each in ("crash", "hang", "silent", "noise")))


if __name__ == "__main__":
    sys.exit(main())
