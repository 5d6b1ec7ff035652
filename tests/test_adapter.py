"""Adapters: written, found by the base's digest, merged, refused when they do not fit."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from infinidoc import adapter
from infinidoc.adapter import Adapter, save_adapter
from infinidoc.errors import ModelError
from infinidoc.memory import MemoryConfig
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.lora import LowRank, add_low_rank, changed, unchanged
from infinidoc.model.quantized import as_stored
from tests import tiny

CONFIG = MemoryConfig(segment=16, sinks=2, carried=4, kept=8, kept_from=1)


def header(base: str = "abc") -> dict[str, object]:
    return {
        "name": "tiny-reader",
        "base": base,
        "rank": 2,
        "scale": 2.0,
        "refusal": 0.5,
        "config": asdict(CONFIG),
    }


def taught(path: Path, base: str = "abc") -> tuple[Path, torch.nn.Module]:
    """An adapter of a tiny model with random changes, on disk, and the model itself."""
    decoder = tiny.decoder(CONFIG)
    parameters = add_low_rank(decoder, 2, 2.0)
    for parameter in parameters.values():
        torch.nn.init.normal_(parameter, std=0.2)
        parameter.data = as_stored(parameter.data, 8)  # what the file can hold
    assert decoder.selector is not None
    tensors = {f"keeper.{k}": v for k, v in decoder.selector.state_dict().items()}
    save_adapter(path, tensors | {k: v.detach() for k, v in parameters.items()}, header(base))
    return path, decoder


def test_a_changed_model_answers_as_the_trained_ones(tmp_path: Path) -> None:
    path, trained = taught(tmp_path / "a.safetensors")
    base = tiny.decoder(CONFIG)
    reader = Adapter.read(path).reader(base)
    ids = torch.arange(3, 20).unsqueeze(0)
    with torch.no_grad():
        ours = reader.ask(ids, None, KVCache(2))
        theirs = trained.ask(ids, None, KVCache(2))  # type: ignore[operator]
        untouched = base.ask(ids, None, KVCache(2))
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(ours, untouched, atol=1e-2)
    assert torch.equal(untouched, tiny.decoder(CONFIG).ask(ids, None, KVCache(2)))


def test_changing_shares_what_it_does_not_change() -> None:
    base = tiny.decoder(CONFIG)
    other = changed(base, {}, 1.0)
    assert other.embed_tokens.weight is base.embed_tokens.weight
    assert other is not base


def test_documents_are_read_by_the_unchanged_base() -> None:
    decoder = tiny.decoder(CONFIG)
    ids = torch.arange(3, 35).unsqueeze(0)
    with torch.no_grad():
        before = decoder.read(ids, decoder.empty_memory()).digest()
        for parameter in add_low_rank(decoder, 2, 2.0).values():
            torch.nn.init.normal_(parameter)
        with unchanged(decoder):
            assert decoder.read(ids, decoder.empty_memory()).digest() == before
        assert decoder.read(ids, decoder.empty_memory()).digest() != before
    assert all(m.active for m in decoder.modules() if isinstance(m, LowRank))


def test_the_one_that_ships_is_found_by_the_weights_it_was_made_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "SHIPPED", tmp_path)
    taught(tmp_path / "tiny" / adapter.FILE)
    found = Adapter.find("abc")
    assert found is not None
    assert found.config == CONFIG
    assert found.memory_identity.startswith("keeper-")
    assert Adapter.find("abd") is None
    assert Adapter.find("abc", "none") is None


def test_one_made_for_another_base_is_refused(tmp_path: Path) -> None:
    path, _ = taught(tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="another base"):
        Adapter.find("other", str(path))


def headed(header: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not safetensors at all",
        b"\x08" + b"\0" * 7 + b"{}",
        headed(b"[" * 50_000),
        headed(b'{"__metadata__": {"infinidoc": "[1, 2]"}}'),
    ],
)
def test_what_is_not_an_adapter_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not an adapter"):
        Adapter.read(path)


def test_a_newer_adapter_is_refused(tmp_path: Path) -> None:
    path, _ = taught(tmp_path / "a.safetensors")
    blob = path.read_bytes().replace(b'\\"format\\": 3', b'\\"format\\": 9')
    path.write_bytes(blob)
    with pytest.raises(ModelError, match="newer"):
        Adapter.read(path)


def test_an_embedder_keeps_its_name_however_its_vectors_are_held(tmp_path: Path) -> None:
    """Libraries hold vectors under that name: rounding them changes hardly any, and no name."""
    before, after, again = (tmp_path / f"{name}.safetensors" for name in ("b", "a", "g"))
    torch.manual_seed(0)
    vectors, turn = torch.randn(3000, 128).half(), torch.eye(128)
    named = torch.tensor(list(bytes.fromhex("efae9b39d9cc")), dtype=torch.uint8)
    parts = {"seeker.meanings": vectors, "seeker.turn": turn}
    save_file(parts, before, {"infinidoc": json.dumps({**header(), "format": 2})})
    save_adapter(after, {**parts, "seeker.identity": named}, header())
    save_adapter(again, Adapter.read(after).tensors, header())
    one, other, third = (Adapter.read(path).embedder for path in (before, after, again))
    assert one
    assert other
    assert third
    assert one.identity not in ("", other.identity)
    assert other.identity == third.identity == "efae9b39d9cc"
    assert np.dot(one.passage([3, 7, 7, 3000]), other.passage([3, 7, 7, 3000])) > 0.99
    np.testing.assert_array_equal(other.question([4]), third.question([4]))
    assert not other.passage([]).any()
    assert after.stat().st_size < before.stat().st_size / 1.5
