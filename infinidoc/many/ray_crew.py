"""Workers on a Ray cluster, hired as the processes of `crew.py` are, led from here.

They read, and the library is written to here (`distant_store.py`). Files must stand at the same
place for every worker: a file system that all hosts share. Ray is imported when a job asks for it.
"""

from __future__ import annotations

import os
import queue
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pickle import PickleBuffer
from typing import Any

from infinidoc.errors import InfinidocError, UsageError
from infinidoc.many.crew import Hire, Inbox, thread_share
from infinidoc.many.distant_store import Call, Desk, DistantStore
from infinidoc.many.task import Row, Task
from infinidoc.many.wire import told
from infinidoc.store import Store

LOCAL = "local"
INSTALL = "pip install 'infinidoc[ray]'"
REACHED = 5.0  # seconds
LAST_WORDS = 60.0  # seconds
CALLS = 3  # at once of one worker: what it says, a task for it, an answer for it


@contextmanager
def cluster(address: str, workers: int) -> Iterator[Hire]:
    """What hires workers on the cluster at `address`; "local": one that is started here.

    One that is started here is for this job alone and ends with it.
    """
    if "://" in address:
        what, hint = "Ray's client hears no worker that goes on", "HOST:PORT of the head node"
        raise UsageError(what, where=address, hint=hint)
    _prepare(address)
    ray = _ray()
    own = {"num_cpus": workers, "include_dashboard": False} if address == LOCAL else {}
    try:
        _reach(address)
        ray.init(address, log_to_driver=False, logging_level="ERROR", **own)
    except (OSError, RuntimeError, ValueError) as error:  # OSError: also ConnectionError
        what, hint = "no Ray cluster answers", "--ray local starts one for this job"
        raise InfinidocError(what, where=address, hint=hint) from error
    threads = thread_share(workers) if address == LOCAL else 1

    hired: list[RayWorker] = []

    def hire(number: int, setup: Row, inbox: Inbox) -> RayWorker:
        hired.append(RayWorker(number, setup, threads, inbox))
        return hired[-1]

    try:
        yield hire
    finally:
        for worker in hired:  # who still listens when Ray is shut down takes the process with it
            worker.end()
        for worker in hired:
            worker.listener.join(LAST_WORDS)
        ray.shutdown()


def _prepare(address: str) -> None:
    """What Ray looks for in the environment when it is imported.

    A cluster listens on every interface, and whoever reaches it may run what he likes there: one
    that is started here wants a token that nobody else knows.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anyone
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # no second cluster by mistake
    if address == LOCAL:  # workers are no less urgent than this process, as those without Ray
        os.environ.setdefault("RAY_worker_niceness", "0")
    if "RAY_AUTH_MODE" in os.environ:
        return
    if address == LOCAL:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    elif "RAY_AUTH_TOKEN" in os.environ or (Path.home() / ".ray" / "auth_token").exists():
        os.environ["RAY_AUTH_MODE"] = "token"  # where `ray start` has put one


def _reach(address: str) -> None:
    """Raise OSError if nobody listens there: Ray itself would try for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), REACHED).close()


def _ray() -> Any:
    """The package, which is no dependency."""
    try:
        ray = import_module("ray")
        # Of every lost worker it would write on stdout, which is the job's; there is no setting.
        inner: Any = import_module("ray._private.worker")
        inner.print_to_stdstream = _unsaid
        return ray
    except ImportError as error:
        raise InfinidocError("--ray needs a package", hint=INSTALL) from error


def _unsaid(*_: Any, **__: Any) -> None:
    """In the place of what Ray would print."""


class RayWorker:
    """A worker on a cluster, as its leader sees it; what it says comes into the inbox."""

    def __init__(self, number: int, setup: Row, threads: int, inbox: Inbox) -> None:
        self.number, self.is_ready, self.pid = number, False, 0
        self.task: Task | None = None
        self._path: str = setup["library"]["path"]
        made = _ray().remote(max_concurrency=CALLS, num_cpus=1)(Remote)
        self._actor = made.remote(str(Path(__file__).parent.parent.parent), threads)
        said = self._actor.serve.options(num_returns="streaming").remote(setup)
        self.listener = threading.Thread(target=self._listen, args=[said, inbox], daemon=True)
        self.listener.start()

    def take(self, task: Task) -> None:
        self.task = task
        self._actor.take.remote(task.request)

    def _listen(self, said: Any, inbox: Inbox) -> None:
        """Hear it to its end; what it asks of the library is done here, in this thread."""
        ray = _ray()
        try:
            with Store(self._path) as store, Desk(store) as desk:
                for reference in said:
                    row = ray.get(reference)
                    if "do" in row:
                        self._actor.hear.remote(desk.do(row))
                        continue
                    self.pid = row.get("process", self.pid)
                    inbox.put((self, row))
        except InfinidocError as error:  # of the library itself
            inbox.put((self, {"refused": True, **told(error)}))
        except Exception:  # it died, or the cluster is gone
            pass
        inbox.put((self, None))

    def death(self) -> str:
        """What it died of, in words: Ray does not know more."""
        return "lost"

    def end(self) -> None:
        """End it, whatever it is at: what it has not committed is read again another time."""
        _ray().kill(self._actor)


class Remote:
    """The same worker where it works: an actor of Ray."""

    def __init__(self, root: str, threads: int) -> None:
        import sys

        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(threads)
        if root not in sys.path:
            sys.path.insert(0, root)  # a source tree that is not installed
        self._tasks: queue.Queue[Row] = queue.Queue()
        self._answers: queue.Queue[Row] = queue.Queue()
        self._said: queue.Queue[Row | None] = queue.Queue()

    def serve(self, setup: Row) -> Iterator[Row]:
        """What it says while it works, until it is ended."""
        threading.Thread(target=self._work, args=[setup], daemon=True).start()
        while (row := self._said.get()) is not None:
            yield row

    def take(self, request: Row) -> None:
        self._tasks.put(request)

    def hear(self, answer: Row) -> None:
        self._answers.put(answer)

    def _ask(self, row: Row) -> Row:
        self._said.put({"do": [_sent(*call) for call in row["do"]]})
        return self._answers.get()

    def _work(self, setup: Row) -> None:
        from infinidoc.library import Library
        from infinidoc.many.worker import begin, done

        try:
            path, options = setup["library"]["path"], setup["library"]
            store: Any = DistantStore(self._ask, path)
            others = {key: value for key, value in options.items() if key != "path"}
            with Library(path, store=store, **others) as library:
                work = begin(setup["work"], library, setup["options"])
                self._said.put({"ready": True, "process": os.getpid()})
                while True:
                    self._said.put(done(work, self._tasks.get(), self._said.put))
        except InfinidocError as error:
            self._said.put({"refused": True, **told(error)})
        except BaseException:  # what ends its one thread ends the worker
            self._said.put(None)


def _sent(name: str, values: tuple[Any, ...], named: Row) -> Call:
    """A call with its memories, some megabytes each, beside what is pickled: copied once less."""
    return name, tuple(map(_beside, values)), {key: _beside(named[key]) for key in named}


def _beside(value: Any) -> Any:
    return _Beside(value) if isinstance(value, bytes) else value


class _Beside:
    """Bytes that are not pickled with the rest; they arrive as bytes."""

    def __init__(self, value: bytes) -> None:
        self.value = value

    def __reduce_ex__(self, _: Any) -> tuple[type[bytes], tuple[PickleBuffer]]:
        return bytes, (PickleBuffer(self.value),)
