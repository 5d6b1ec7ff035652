"""Several workers and a server: each document has the memory of a single ingest into a file."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import infinidoc
from infinidoc.store.verify import verify
from tests.servers import postgres, postgres_server  # noqa: F401
from tests.test_many import (
    books,  # noqa: F401
    digests,
    expected,  # noqa: F401
    read_by_workers_that_die,
    setup,
)


def test_killed_workers_leave_whole_memories(
    books: Path,  # noqa: F811
    expected: dict[str, str],  # noqa: F811
    tiny_model: Path,
    postgres: str,  # noqa: F811
) -> None:
    options = setup(tiny_model, Path())
    options["library"]["path"] = postgres
    read_by_workers_that_die(options, books, signal.SIGKILL)
    with infinidoc.open(postgres) as library:
        assert digests(library) == expected
        assert list(verify(library.store)) == []


def test_a_folder_by_the_command_line(
    cli: Callable[..., Any],
    books: Path,  # noqa: F811
    expected: dict[str, str],  # noqa: F811
    postgres: str,  # noqa: F811
) -> None:
    there = ("-d", postgres)
    result = cli("ingest", books, "--each", "--workers", 2, "--json", *there).json
    assert {row["status"] for row in result["documents"]} == {"ingested"}
    assert cli("ask", "What is it about?", "--all", "--each", "--json", *there).code == 0
    with infinidoc.open(postgres) as library:
        assert digests(library) == expected


def test_a_file_imports_nothing_of_a_server(tmp_path: Path) -> None:
    code = (
        "import sys; from infinidoc.library import Library; Library(sys.argv[1]).list();"
        "print({'psycopg', 'fsspec', 's3fs', 'infinidoc.store.postgres'} & set(sys.modules))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "library.db")]
    assert subprocess.run(words, capture_output=True, text=True).stdout == "set()\n"
