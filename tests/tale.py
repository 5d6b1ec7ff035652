"""What the long checks do with a library: tiny model, small segments, processes to be killed."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

import infinidoc
from infinidoc import ingest
from infinidoc.language import LanguageModel
from infinidoc.library import Library
from infinidoc.memory import MemoryConfig
from infinidoc.snapshot import unpack
from infinidoc.store.portable import import_documents
from infinidoc.store.transactions import Transactions

CONFIG = MemoryConfig(segment=32, sinks=2, carried=8)
_language: dict[Path, LanguageModel] = {}


@contextmanager
def small_steps() -> Iterator[None]:
    """Documents have many segments, snapshots and commits; the model is loaded once."""
    before = LanguageModel.config, ingest.COMMIT_SECONDS, ingest.SNAPSHOT_TOKENS
    LanguageModel.config, ingest.COMMIT_SECONDS, ingest.SNAPSHOT_TOKENS = CONFIG, 0.0, 256  # type: ignore[assignment]
    try:
        yield
    finally:
        LanguageModel.config, ingest.COMMIT_SECONDS, ingest.SNAPSHOT_TOKENS = before  # type: ignore[assignment]
        _language.clear()


def opened(path: Path, model: Path) -> Library:
    library = infinidoc.open(path, model=str(model), offline=True)
    if model not in _language:
        _language[model] = library.language
        _ = library.language.decoder, library.language.tokenizer, library.language.identity
    library._language = _language[model]
    return library


def do(library: Library, work: str, *names: str) -> None:
    """One piece of work, that does nothing if it has been done."""
    if work == "ingest":
        library.ingest(names[0])
    if work == "append":
        row = library.store.document(names[0])
        if len(library.store.parts(row["id"])) == 1 or row["status"] == "reading":
            library.append(names[0], names[1])
    if work == "import" and names[1] not in {row["document"] for row in library.list()}:
        import_documents(library.store, Path(names[0]))
    if work == "remove" and names[0] in {row["document"] for row in library.list()}:
        library.remove(names[0])


def state(library: Library) -> list[Any]:
    """All that matters of a library but dates and numbers of rows."""
    found = []
    for row in sorted(library.store.documents(), key=lambda row: str(row["name"])):
        key = row["id"]
        kept = {k: row[k] for k in ("name", "status", "pages", "characters", "tokens", "segments")}
        kept |= {"memory": row["memory_sha256"], "text": library.store.text(key, 0, 1 << 40)}
        for table, columns, order in (
            ("segments", 'number, token_start, tokens, start, "end"', "number"),
            ("passages", 'page, start, "end", line, text, folded', "start"),
            ("snapshots", "tokens, page, title, sha256", "tokens"),
        ):
            sql = f"select {columns} from {table} where document = ? order by {order}"
            kept[table] = library.store._rows(sql, [key])
        for role in (
            "current",
            "closing",
        ):  # how far the tokenizer was may differ, not what it read
            saved = library.store.memory(key, role)
            language = library.language
            whole = saved is not None and row["identity"] == language.identity
            kept[role] = (
                unpack(saved[1], row["identity"], language.empty_memory())[0].digest()
                if saved and whole
                else None
            )
        found.append(kept)
    return found


def in_a_child(work: Callable[[], None]) -> int:
    """Start `work` in a process of its own; returns its id.

    The threads that computed in this process do not exist in the child: it must not wait for
    them, so it computes with one.
    """
    child = os.fork()
    if child:
        return child
    torch.set_num_threads(1)
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def kill_at_commit(count: int) -> None:
    """SIGKILL this process at the outer transaction of this number: just before its commit if
    the count is odd, just after it if even."""
    turn, left = Transactions.turn, [count]

    def counted_down() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), 9)

    @contextmanager
    def watched(self: Any) -> Iterator[None]:
        outer = not self.db.conn.in_transaction
        with turn(self):
            yield
            if outer:
                counted_down()
        if outer:
            counted_down()

    Transactions.turn = watched  # type: ignore[method-assign]
