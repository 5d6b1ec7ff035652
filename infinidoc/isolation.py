"""Readers in a process of their own: one that crashes, hangs or swells costs one document.

The child opens the source and sends its pages as lines of JSON; every line is checked for its
kinds and its size before it is believed. It has `Limits`: that of time is of the processor, so
that a crowded machine reads what a free one does; the clock ends what hangs. Where the system
lets it, it has no network, reads only what it was asked for and writes only into a scratch folder
of its own. Bytes from a pipe are kept in a scratch folder first.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

from infinidoc.confinement import confine
from infinidoc.errors import SourceError
from infinidoc.limits import Limits, written
from infinidoc.reading import Page, Source, open_file, open_source
from infinidoc.reading.alive import listen
from infinidoc.reading.stream import spool
from infinidoc.scratch import scratch_folder
from infinidoc.seccomp import forbid_sockets

LONGEST_LINE = 256 << 20  # bytes of one page with its place
ALIVE = {"alive": True}
BEAT = 1.0  # seconds between signs of life
PATIENCE = 10  # times the limit of time: by the clock, for a reader that hangs
STARTS = 60.0  # seconds by the clock, at least: so long a start may take on a crowded machine
_START = "import sys; sys.path.insert(0, {!r}); from infinidoc import isolation; isolation.serve()"
_OUT_OF_TIME = getattr(signal, "SIGPROF", 0)  # ends a process when `ITIMER_PROF` runs out
_HEADER = {"name": str, "location": str, "kind": str, "sha256": str, "size": int}
_PAGE = {"number": int, "text": str, "chapter": bool}
_PAGE_OR_NONE = {
    "label": str,
    "title": str,
    "path": str,
    "line": int,
    "problem": str,
    "within": str,
}
Row = dict[str, Any]


def open_isolated(
    source: str | Path | BinaryIO | Sequence[str | Path],
    *,
    limits: Sequence[str] = (),
    **selection: Any,
) -> Source:
    """`reading.open_source` in a process of its own; raises SourceError for all it can do.

    `limits`: those that are to be others than by default, see `Limits.chosen`.
    """
    chosen = Limits.chosen(limits)
    if isinstance(source, str | Path):
        return IsolatedSource({"source": os.fspath(source), "selection": selection}, chosen)
    if isinstance(source, Sequence):
        paths = [os.fspath(path) for path in source]
        request = {"source": paths, "selection": selection, "name": "several files"}
        return IsolatedSource(request, chosen)
    return _PipedSource(source, selection, chosen)


class IsolatedSource(Source):
    """A source whose reader is another process; each time it is read, a new one."""

    def __init__(self, request: Row, limits: Limits) -> None:
        super().__init__()
        self._request, self._limits = request, limits
        self._reader: _Reader | None = _Reader(request, limits)
        header = self._reader.header
        self.name, self.location = header["name"], header["location"]
        self.kind, self.sha256, self.size = header["kind"], header["sha256"], header["size"]
        self.page_count = header["page_count"]
        self.warnings = header["warnings"]

    def pages(self, start: int = 1) -> Iterator[Page]:
        reader, self._reader = self._reader or _Reader(self._request, self._limits), None
        if reader.header["sha256"] != self.sha256:
            raise SourceError("changed while it was read", where=self.location, hint="try again")
        yield from reader.pages(start)
        self.warnings[:] = reader.warnings


class _PipedSource(IsolatedSource):
    """What came through a pipe, kept for as long as it is read."""

    def __init__(self, stream: BinaryIO, selection: Row, limits: Limits) -> None:
        self._kept = ExitStack()
        path = self._kept.enter_context(scratch_folder()) / "stdin"
        weakref.finalize(self, self._kept.close)
        sha256 = spool(stream, path)
        if path.stat().st_size == 0:
            raise SourceError("nothing was piped in", where="stdin")
        name = f"stdin-{sha256[:8]}"
        request = {"source": os.fspath(path), "selection": selection, "name": name}
        super().__init__({**request, "piped": True, "place": "stdin"}, limits)
        self.name, self.location, self.sha256 = name, "-", sha256


class _Reader:
    """The process, as seen by who reads what it sends."""

    def __init__(self, request: Row, limits: Limits) -> None:
        self.where = _place_of(request)
        self.limits = limits
        root = str(Path(__file__).parent.parent)
        kept = ExitStack()
        scratch = os.path.realpath(kept.enter_context(scratch_folder()))
        piped = request["source"] if request.get("piped") else scratch
        self._gone = {scratch, piped, os.path.realpath(piped)}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(root)],  # -P: no code from this folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._end = weakref.finalize(self, _end, self._process, kept)
        self._hangs = False
        self._left = limits.text
        self._patience = max(STARTS, PATIENCE * limits.time)
        has = {"time": limits.time, "memory": limits.memory, "scratch": scratch}
        self._send({**request, **has})
        self.header = _checked(self._receive(), _HEADER, {"page_count": int}, self.where)
        self.warnings = _texts(self.header.get("warnings"), self.where)

    def pages(self, start: int) -> Iterator[Page]:
        try:
            self._send({"pages": start})
            count = start - 1
            while "end" not in (row := self._receive()):
                count += 1
                if count > self.limits.pages:
                    what = f"has more than {self.limits.pages:,} pages"
                    raise self.limits.exceeded("pages", what, self.where)
                yield Page(**_checked(row, _PAGE, _PAGE_OR_NONE, self.where))
            self.warnings = _texts(row["end"], self.where)
        finally:
            self._end()

    def _send(self, row: Row) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):  # what it died of is said when it is read from
            self._process.stdin.write(json.dumps(row).encode() + b"\n")
            self._process.stdin.flush()

    def _receive(self) -> Row:
        """The next line that is no sign of life."""
        while (row := self._line()) == ALIVE:
            pass
        return row

    def _line(self) -> Row:
        """The next line; SourceError for what it says went wrong, and if it says nothing."""
        assert self._process.stdout
        timer = threading.Timer(self._patience, self._stop)
        timer.daemon = True
        timer.start()
        try:
            line = self._process.stdout.readline(LONGEST_LINE + 1)
        finally:
            timer.cancel()
        self._left -= len(line)
        if len(line) > LONGEST_LINE:
            what = f"has a page of more than {written(LONGEST_LINE)} bytes"
            raise SourceError(what, where=self.where)
        if self._left < 0:
            what = f"holds more than {written(self.limits.text)} bytes of text"
            raise self.limits.exceeded("text", what, self.where)
        if not line.endswith(b"\n"):
            raise self._death()
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise _strange(self.where)
        if "memory" in row:
            what = f"its reader needs more than {written(self.limits.memory)} bytes of memory"
            raise self.limits.exceeded("memory", what, self.where)
        if "error" in row:
            said, where, hint = (None if x is None else str(x) for x in (*row["error"], *"xyz")[:3])
            raise SourceError(said or "cannot be read", where=self._place(where), hint=hint)
        return row

    def _place(self, where: str | None) -> str | None:
        """Where the user knows it: what was piped in or unpacked is in files that will be gone."""
        ours = any(where.startswith(folder) for folder in self._gone) if where else False
        return self.where if ours else where

    def _stop(self) -> None:
        self._hangs = True
        self._process.kill()

    def _death(self) -> SourceError:
        code = self._process.wait()
        if self._hangs:
            what = f"its reader gave nothing for {self._patience:g} seconds"
            return self.limits.exceeded("time", what, self.where)
        if _OUT_OF_TIME and code == -_OUT_OF_TIME:
            what = f"its reader took longer than {self.limits.time:g} seconds for a page"
            return self.limits.exceeded("time", what, self.where)
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        hint = "the file may be damaged"
        return SourceError(f"its reader broke off ({name})", where=self.where, hint=hint)


def _place_of(request: Row) -> str:
    """What is to be read, as the user knows it."""
    return str(request.get("place") or request.get("name") or request["source"])


def _end(process: subprocess.Popen[bytes], kept: ExitStack) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(OSError):
                stream.close()
    process.wait()
    kept.close()


def _checked(row: Row, kinds: dict[str, type], or_none: dict[str, type], where: str) -> Row:
    """The row, if its values are of these kinds; others it has are left out."""
    found = {name: row.get(name) for name in (*kinds, *or_none)}
    sure = all(type(found[name]) is kind for name, kind in kinds.items())
    if not sure or not all(type(found[n]) in (k, type(None)) for n, k in or_none.items()):
        raise _strange(where)
    return {**found, "warnings": row["warnings"]} if "warnings" in row else found


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _strange(where)
    return value


def _strange(where: str) -> SourceError:
    return SourceError("its reader said what makes no sense", where=where)


# -- in the child ------------------------------------------------------------------------------


def serve() -> None:
    """Open the source that is asked for on stdin, then send its pages on stdout."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library that prints says nothing to anyone
    request = json.loads(sys.stdin.readline())
    _has_time(request)

    def send(row: Row) -> None:
        out.write(json.dumps(row).encode() + b"\n")
        out.flush()
        _has_time(request)

    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > BEAT:
            send(ALIVE)
            last = time.monotonic()

    listen(beat)
    try:
        _give_up_rights(request["memory"])
        tempfile.tempdir = request["scratch"]
        confine(_needed(request["source"]), [Path(request["scratch"])])
        source = _open(request)
        send({name: getattr(source, name) for name in (*_HEADER, "page_count", "warnings")})
        asked = sys.stdin.readline()
        if asked:
            for page in source.pages(json.loads(asked)["pages"]):
                send({name: getattr(page, name) for name in (*_PAGE, *_PAGE_OR_NONE)})
            send({"end": source.warnings})
    except SourceError as error:
        send({"error": [error.what, error.where, error.hint]})
    except BrokenPipeError:
        pass
    except MemoryError:
        send({"memory": "too little"})
    except Exception as error:
        what = f"its reader failed ({type(error).__name__}): damaged, or of an unknown kind"
        send({"error": [what, _place_of(request), None]})


def _open(request: Row) -> Source:
    selection = {key: value for key, value in request["selection"].items() if value is not None}
    if request.get("piped"):
        how = {key: selection[key] for key in ("password", "whole_page", "ocr") if key in selection}
        charset = request.get("charset")
        return open_file(Path(request["source"]), request["name"], charset=charset, **how)
    return open_source(request["source"], **selection)


def _has_time(request: Row) -> None:
    """From now on as many seconds of the processor as the limit says, then this process ends.

    Those of all its threads count, of which recognizing letters has one for each core.
    """
    if _OUT_OF_TIME:
        threads = os.cpu_count() or 1 if request["selection"].get("ocr") else 1
        signal.signal(_OUT_OF_TIME, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, request["time"] * threads)


def _give_up_rights(memory: int) -> None:
    """No more memory than this, no dump of it, and no network, where the system knows how."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    if sys.platform == "linux":
        import ctypes

        new_user, new_net = 0x10000000, 0x40000000
        ctypes.CDLL(None).unshare(new_net if os.geteuid() == 0 else new_user | new_net)
    forbid_sockets()


def _needed(source: str | list[str]) -> Iterator[Path]:
    """The sources, and what tells of folders what git ignores in them."""
    from infinidoc.reading.bundles.ignoring import files_outside

    for one in [source] if isinstance(source, str) else source:
        with suppress(OSError, ValueError):  # opening it says what is wrong
            path = Path(one).expanduser().absolute()
            yield path
            if path.is_dir():
                yield from files_outside(path.resolve())
