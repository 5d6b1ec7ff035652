"""Flips random bytes of a library and looks whether `verify` says so; then of what else is kept.

    python -m tests.damage [COUNT]      1,000 flips in a library, a tenth of it in other files

A quarter are changes of one value of a random column of a random row, so that every table and
column has its turn; the rest are bytes of the file. A byte of the file is live if what the
library holds reads otherwise afterwards, or cannot be read; the others (free pages, spare
room) are counted and left alone.

The other files are a fetched model, what was made from one, and the adapter that ships with
the encoder beside it: a flipped bit must be found when the file is next used.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

from infinidoc import digests
from infinidoc.adapter import FILE, SHIPPED, Adapter
from infinidoc.errors import InfinidocError, ModelError
from infinidoc.pointing.file import FILE as POINTER
from infinidoc.store import Store
from infinidoc.store.digests import TABLES
from infinidoc.store.replies import add_reply
from infinidoc.store.verify import verify
from infinidoc.weights import ModelFolder, cache, derived
from tests import tiny
from tests.test_store import fill
from tests.test_store_privacy import fill_with_secrets

REPLY = {"question": "Who?", "answer": "He", "kind": "cloze", "page": 1, "start": 0, "end": 2}
REPLY |= {"given": "she", "grade": "wrong", "asked": "2026-11-28T00:00:00+00:00"}


def made(path: Path) -> Path:
    """A library with rows in every table, as one file."""
    with Store(path) as store:
        fill(store)
        document = fill_with_secrets(store)
        row = {"document": document, "start": 0, "seeker": "s", "vector": b"\0\1\2\3"}
        store._insert("vectors", [row])
        store.save_summary(document, "long", {"summary": "A list."})
        add_reply(store, document, REPLY)
        store.compact()
        store.db.execute("pragma journal_mode = delete")
    return path


def content(path: Path) -> Any:
    """Everything that is kept, as rows; None if it cannot be read."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            schema = "select type, name, tbl_name, sql from sqlite_master order by name"
            found = [list(connection.execute(schema))]
            for table in TABLES:
                found.append(list(connection.execute(f"select * from {table} order by rowid")))
            for words in ("captain", "zephyrine7quux", "word"):
                sql = "select rowid from passages_fts where passages_fts match ? order by rowid"
                found.append(list(connection.execute(sql, [words])))
            return found
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def complaint(path: Path) -> str | None:
    """What `verify`, or opening, says is wrong."""
    try:
        with Store(path) as store:
            return next(verify(store), None)
    except InfinidocError as error:
        return str(error)


def columns(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            (table, row[1])
            for table in TABLES
            for row in connection.execute(f"pragma table_info({table})")
            if (table, row[1]) != ("replies", "id")  # only an order, and the date is that too
        ]


def change_value(path: Path, table: str, column: str, chance: random.Random) -> bool:
    """Change one value of this column, by one bit if it is bytes or text; False: it has none."""
    with closing(sqlite3.connect(path)) as connection:
        sql = f'select rowid, "{column}" from {table} where "{column}" is not null'
        rows = connection.execute(sql).fetchall()
        if not rows:
            return False
        key, value = chance.choice(rows)
        try:
            connection.execute(
                f'update {table} set "{column}" = ? where rowid = ?', [other(value, chance), key]
            )
        except sqlite3.IntegrityError:
            return False  # taken already: SQLite itself refuses it
        connection.commit()
        return True


def other(value: Any, chance: random.Random) -> Any:
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(8))
    if not value:
        return "x" if isinstance(value, str) else b"x"
    at = chance.randrange(len(value))
    if isinstance(value, bytes):
        return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]
    return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]


def flip_byte(path: Path, chance: random.Random) -> int:
    """Flip a bit of the file; returns where."""
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return at


def run(count: int, folder: Path, seed: int = 0) -> Counter[str]:
    """So many live changes; returns how many were found, and where one was not."""
    chance, outcomes = random.Random(seed), Counter[str]()
    whole = made(folder / "whole.db")
    before, places = content(whole), columns(whole)
    assert complaint(whole) is None
    number = 0
    while outcomes["found"] + outcomes["missed"] < count:
        path = Path(shutil.copy(whole, folder / "flipped.db"))
        number += 1
        if number % 4 == 0:
            table, column = places[number // 4 % len(places)]
            what = f"{table}.{column}"
            if not change_value(path, table, column, chance):
                continue
        else:
            what = f"byte {flip_byte(path, chance)}"
        if content(path) == before:
            outcomes["not live"] += 1
            continue
        found = complaint(path) is not None
        outcomes["found" if found else "missed"] += 1
        if not found:
            outcomes[f"missed {what}"] += 1
        for left in folder.glob("flipped.db?*"):
            left.unlink()
    return outcomes


def files(folder: Path) -> Iterator[tuple[Path, Callable[[], object]]]:
    """Files beside the library, and what uses each: it must raise if the file is damaged."""
    weights, made = folder / "weights", ModelFolder(folder, "made", "a" * 64)
    use: Callable[[], object] = lambda: cache.ensure(weights, tiny.save_model, "tiny", 0)  # noqa: E731
    use()
    yield from ((path, use) for path in weights.iterdir() if path.name != cache.MANIFEST)
    path = derived(made, "made.safetensors")
    path.parent.mkdir(parents=True)
    path.write_bytes(random.Random(0).randbytes(1 << 16))
    digests.seal(path)
    yield path, lambda: _is_there(derived(made, path.name))
    adapter = Path(shutil.copytree(SHIPPED, folder / "adapters")) / "smollm2-135m-instruct" / FILE
    yield adapter, lambda: Adapter.read(adapter).tensors
    yield adapter.with_name(POINTER), lambda: Adapter.read(adapter).pointer(torch.float32)


def _is_there(path: Path) -> None:
    if not path.exists():
        raise ModelError("it is to be made again", where=path)


def run_files(count: int, folder: Path, seed: int = 0) -> Counter[str]:
    """So many flips, in each of the other files in turn; each is mended afterwards."""
    chance, outcomes = random.Random(seed), Counter[str]()
    kept = list(files(folder))
    for number in range(count):
        path, use = kept[number % len(kept)]
        whole = path.read_bytes()
        at = flip_byte(path, chance)
        try:
            use()
            outcomes[f"missed {path.name} byte {at}"] += 1
        except ModelError:
            outcomes["found"] += 1
        path.write_bytes(whole)
    for _, use in kept:
        use()  # whole again
    return outcomes


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else 1000
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INFINIDOC_HOME"] = f"{folder}/home"
        library = run(count, Path(folder))
        others = run_files(-(-count // 10), Path(folder))
    print("library:", dict(library))
    print("model, what was made from it, adapter:", dict(others))
    print(f"{library['found']} of {count} live changes in the library found,", end=" ")
    print(f"{others['found']} of {sum(others.values())} in other files")


if __name__ == "__main__":
    main()
