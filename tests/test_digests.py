"""A damaged model, made file or adapter is found before it is used, and mended if it can be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infinidoc import digests
from infinidoc.adapter import SHIPPED, Adapter, damaged_adapters, save_adapter
from infinidoc.errors import ModelError
from infinidoc.weights import ModelFolder, damaged_files, derived


def flip(path: Path, at: int, *, keep_times: bool = False) -> None:
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    if keep_times:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_file_is_hashed_again_only_if_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"some bytes")
    first = digests.file_digest(path)
    with monkeypatch.context() as patch:
        patch.setattr(digests, "hash_file", lambda _: pytest.fail("hashed again"))
        assert digests.file_digest(path) == first
    flip(path, 3, keep_times=True)
    assert digests.file_digest(path) != first


def test_what_is_remembered_is_of_files_that_are_there(tmp_path: Path, home: Path) -> None:
    gone, there = tmp_path / "gone", tmp_path / "there"
    for path in (gone, there):
        path.write_bytes(b"x")
        digests.file_digest(path)
    gone.unlink()
    there.write_bytes(b"yy")
    digests.file_digest(there)
    assert "gone" not in (home / "cache" / "digests.json").read_text()


def test_a_made_file_that_is_damaged_is_made_again(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path, "tiny", "a" * 64)
    path = derived(folder, "made.safetensors")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"made of weights")
    digests.seal(path)
    assert derived(folder, "made.safetensors").exists()
    assert damaged_files() == []
    flip(path, 4)
    assert damaged_files() == ["made.safetensors"]
    assert not derived(folder, "made.safetensors").exists()
    path.write_bytes(b"cut short before it was sealed")
    path.with_name(f"{path.name}{digests.SUFFIX}").unlink()
    assert not derived(folder, "made.safetensors").exists()


def test_what_ships_is_sealed() -> None:
    """After another adapter is put there: `infinidoc.digests.seal(path)`."""
    assert list(SHIPPED.glob("*/*.safetensors"))
    assert damaged_adapters() == []


@pytest.mark.parametrize("where", [9, 300, -1])
def test_a_damaged_adapter_is_not_loaded(tmp_path: Path, where: int) -> None:
    import torch

    path = tmp_path / "adapter.safetensors"
    header = {"base": "b" * 64, "name": "x", "config": {}, "scale": 1.0}
    save_adapter(path, {"layers.0.a": torch.ones(64)}, header)
    assert list(Adapter.read(path).tensors) == ["layers.0.a"]
    flip(path, where)
    with pytest.raises(ModelError):
        _ = Adapter.read(path).tensors
