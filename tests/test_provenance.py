"""A document from elsewhere is taken at its word only for a text that is the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import LibraryError, ModelError, NotFound
from infinidoc.library import Library
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.verify import verify
from tests.conftest import Outcome
from tests.tale import in_a_child, small_steps
from tests.test_store import blob

HONEST = "The captain is called Elizabeth.\n"


def imported(library: Library, text: str, file: Path, claims: str, folder: Path) -> int:
    """A document of `text` from another library, that says it was read from `claims`."""
    other = Library(folder / "other.db", model=library.model)
    path = folder / "evil" / file.name
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    other.ingest(path)
    other.store.update_document(1, source_sha256=claims, source=str(file))
    export_document(other.store, 1, folder / "exported")
    return int(import_documents(library.store, folder / "exported")[0]["id"])


@pytest.fixture
def library(tmp_path: Path, tiny_model: Path) -> Iterator[Library]:
    with small_steps(), Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        yield library


def test_a_forged_origin_is_not_believed(library: Library, tmp_path: Path) -> None:
    from infinidoc.reading import open_source

    file = tmp_path / "tale.txt"
    file.write_text(HONEST, "utf-8")
    claims = open_source(file).sha256
    forged = imported(library, "The captain is called Mallory.\n", file, claims, tmp_path)
    result = library.ingest(file)
    assert (result["status"], result["document"]) == ("ingested", "tale-2")
    assert library.store.text(result["id"], 0, 99) == HONEST
    assert library.store.document(forged)["imported"] is not None
    assert library._manuscript(str(file), None)["id"] == result["id"]


def test_the_same_text_from_elsewhere_is_not_read_again(library: Library, tmp_path: Path) -> None:
    from infinidoc.reading import open_source

    file = tmp_path / "tale.txt"
    file.write_text(HONEST, "utf-8")
    honest = imported(library, HONEST, file, open_source(file).sha256, tmp_path)
    assert library.ingest(file)["status"] == "unchanged"
    assert library.store.document(honest)["imported"] is None
    assert list(verify(library.store)) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_copy_and_a_removal_beside_a_reading_are_refused(
    library: Library, tmp_path: Path, tiny_model: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(HONEST * 30, "utf-8")
    path, model = tmp_path / "library.db", str(tiny_model)
    library.close()

    def read() -> None:
        def wait(_: Any) -> None:
            (tmp_path / "reading").touch()
            time.sleep(600)

        Library(path, model=model).ingest(tmp_path / "one.txt", watch=wait)

    child = in_a_child(read)
    while not (tmp_path / "reading").exists():
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        time.sleep(0.02)
    with Library(path, model=model) as other:
        with pytest.raises(LibraryError, match="another process"):
            other.ingest(tmp_path / "two.txt")
        with pytest.raises(LibraryError, match="another process"):
            other.remove("one")
        os.kill(child, 9)
        os.waitpid(child, 0)
        assert other.ingest(tmp_path / "one.txt")["status"] == "resumed"
        other.remove("one")
        with pytest.raises(NotFound):
            other.remove("one")


def test_numbers_that_go_wrong_stop_a_reading_at_its_last_good_state(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import stream

    file = tmp_path / "tale.txt"
    file.write_text(HONEST * 30, "utf-8")
    read, calls = stream.read_block, []

    def break_down(*arguments: Any) -> Any:
        memory, note = read(*arguments)
        calls.append(1)
        if len(calls) == 3:
            layer = replace(memory.layers[0], norm=memory.layers[0].norm * float("nan"))
            memory = replace(memory, layers=(layer, *memory.layers[1:]))
        return memory, note

    with monkeypatch.context() as patch:
        patch.setattr(stream, "read_block", break_down)
        with pytest.raises(ModelError, match="stopped being numbers in segment 8"):
            library.ingest(file)
    assert library.show("tale")["segments"] == 8
    assert list(verify(library.store)) == []
    assert library.ingest(file)["status"] == "resumed"


def test_a_device_that_is_lost_costs_what_was_not_committed(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import stream

    file = tmp_path / "tale.txt"
    file.write_text(HONEST * 30, "utf-8")
    library.ingest(file)
    undisturbed = library.show("tale")["memory_sha256"]
    library.remove("tale")
    read, devices = stream._read, []

    def lose_it_once(decoder: Any, *arguments: Any) -> Any:
        devices.append(decoder)
        if len(devices) == 3:
            raise RuntimeError("CUDA error: unspecified launch failure")
        return read(decoder, *arguments)

    monkeypatch.setattr(stream, "_read", lose_it_once)
    result = library.ingest(file)
    assert any("the GPU failed" in warning for warning in result["warnings"])
    assert devices[3] is not devices[2]  # what was on the device is loaded anew
    assert library.show("tale")["memory_sha256"] == undisturbed
    assert list(verify(library.store)) == []


def test_a_device_without_room_hands_over_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    import torch

    from infinidoc import stream

    moved: list[Any] = []
    decoder: Any = SimpleNamespace(device=torch.device("cuda"), to=lambda *to: moved.append(to))
    memory: Any = SimpleNamespace(to=lambda device: ("memory on", device))

    def read(_: Any, state: Any, block: Any) -> Any:
        if not moved:
            raise torch.OutOfMemoryError("full")
        return state

    monkeypatch.setattr(stream, "_read", read)
    found, note = stream.read_block(decoder, memory, SimpleNamespace())  # type: ignore[arg-type]
    assert (found, moved) == (("memory on", "cpu"), [("cpu", torch.float32)])
    assert "out of memory" in (note or "")


def test_a_memory_that_is_no_number_is_not_used(
    cli: Callable[..., Outcome], tmp_path: Path
) -> None:
    file = tmp_path / "tale.txt"
    file.write_text(HONEST, "utf-8")
    assert cli("ingest", file).code == 0
    with Library() as library:
        saved = library.store.memory(1, "closing")
        assert saved is not None
        bad = saved[1][:-4] + b"\x00\x00\xc0\x7f"
        library.store.save_memory(1, "closing", saved[0], bad)
        library.store.save_memory(1, "current", saved[0], blob(float("nan")))
    assert cli("ask", "Who?", "--mode", "memory").code == 1
    assert cli("append", "tale", file).code != 0
