"""Texts that address the model change nothing but, at most, answers about themselves; and
nothing of any of this needs the network."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from infinidoc.library import Library
from tests.conftest import Outcome
from tests.injections import DEMANDS, OPENERS


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file but the library's own."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    own = ("library.db", "digests.json")
    return {str(path): path.read_bytes() for path in found if not path.name.startswith((*own, "."))}


def test_a_hundred_of_them_change_nothing_else(
    cli: Callable[..., Outcome], tmp_path: Path, home: Path
) -> None:
    victim, folder = tmp_path / "victim.txt", tmp_path / "hostile"
    victim.write_text("The captain is called Elizabeth.\n\nThe map is in the cellar.\n", "utf-8")
    folder.mkdir()
    for number, (opener, demand) in enumerate(product(OPENERS, DEMANDS)):
        path = folder / f"note{number:03}.txt"
        path.write_text(f"A note about the captain.\n\n{opener} {demand}\n", "utf-8")
    assert len(list(folder.iterdir())) == 100
    assert cli("ingest", victim).code == 0
    ask = ("ask", "What is the captain called?", "--doc", "victim", "--json")

    def seen() -> list[Any]:
        answer = cli(*ask).json
        told = [answer["answer"], answer["found"], answer["evidence"]]
        with Library() as library:
            row = library.store.document("victim")
            row.pop("updated")
            return [told, row, list(library.store.pages(row["id"])), library.show("victim")]

    before, environment, files = seen(), dict(os.environ), files_below(tmp_path)
    assert cli("ingest", folder).code == 0
    for question in ("What about the captain?", "Who wrote the note?"):
        assert cli("ask", question, "--doc", "hostile").code in (0, 5)
    assert cli("summarize", "--doc", "hostile").code == 0
    assert seen() == before
    assert dict(os.environ) == environment
    assert files_below(tmp_path) == files
    names = [row["document"] for row in Library().list()]
    assert sorted(names) == ["hostile", "victim"]


def test_no_command_needs_the_network(
    cli: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> Any:
        raise AssertionError("the network was used")

    real = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        return (
            real(self, address) if self.family == getattr(socket, "AF_UNIX", None) else forbidden()
        )

    monkeypatch.setattr(socket.socket, "connect", local_only)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, forbidden)
    text = tmp_path / "tale.txt"
    text.write_text("The captain hid the map.\n\nIt was found at dawn.\n", "utf-8")
    for command in (
        ("ingest", text),
        ("append", "tale", text),
        ("ask", "Who hid the map?"),
        ("summarize",),
        ("list",),
        ("show", "tale"),
        ("export", "tale", tmp_path / "exported"),
        ("import", tmp_path / "exported"),
        ("verify", "--deep"),
        ("check", "tale"),
        ("rm", "tale"),
        ("models", "list"),
        ("path",),
    ):
        result = cli(*command)
        assert result.code in (0, 5), (command, result.err)
